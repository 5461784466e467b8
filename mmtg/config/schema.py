"""The shape of every config group, so that a mistyped key or value fails at once and is named.

A YAML file of ``conf/GROUP/`` starts with ``defaults: [schema_X, _self_]`` and fills in the values of one
dataclass below. Only names and types stand here; what a value does is said in the YAML, beside the value.
"""

from dataclasses import dataclass, field
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING


@dataclass
class LayoutConfig:
    """Sizes of the token layout (mmtg.data.layout)."""

    line_tokens: int = MISSING
    topic_tokens: int = MISSING
    prompt: str = MISSING
    step_types: list[int] = MISSING


@dataclass
class DataConfig:
    """What all data groups share."""

    _target_: str = MISSING
    steps: int = MISSING
    lines_per_step: int = MISSING
    layout: LayoutConfig = field(default_factory=LayoutConfig)
    vocabulary: str = MISSING
    keep_spaces: bool = MISSING
    batch_size: int = MISSING
    eval_batch_size: int = MISSING
    encode_batch_size: int = MISSING
    workers: int = MISSING
    vector_dtype: str = MISSING


@dataclass
class WorldConfig:
    """Arguments of mmtg.world.World."""

    seed: int = MISSING
    picture_size: int = MISSING
    picture_share: float = MISSING
    text_share: float = MISSING
    both_share: float = MISSING
    theme_bias: float = MISSING
    mood_constancy: float = MISSING
    pair_share: float = MISSING
    two_topics: float = MISSING
    scene_first: float = MISSING
    raters: int = MISSING
    score_noise: float = MISSING
    pictures_per_scene: int | None = None


@dataclass
class WorldDataConfig(DataConfig):
    """The picture world (mmtg.world)."""

    world: WorldConfig = field(default_factory=WorldConfig)
    train_items: int = MISSING
    val_items: int = MISSING
    test_items: int = MISSING
    poem_items: int = MISSING
    post_items: int = MISSING
    caption_items: int = MISSING
    question_items: int = MISSING
    post_val_items: int = MISSING


@dataclass
class StoreDataConfig(DataConfig):
    """Converted releases: folders made by task=convert or task=encode."""

    root: str = MISSING
    val_share: float = MISSING
    test_items: int = MISSING
    token_table: str = MISSING


@dataclass
class JsonlDataConfig(DataConfig):
    """Experiences as JSON lines with picture paths."""

    train: str = MISSING
    val: str | None = None
    test: str | None = None
    val_share: float = MISSING
    test_items: int = MISSING
    max_pixels: int = MISSING


@dataclass
class QuatrainDataConfig(DataConfig):
    """CCPC: real classical quatrains, text only."""

    root: str = MISSING
    file: str = MISSING
    val_share: float = MISSING


@dataclass
class LyricsDataConfig(DataConfig):
    """A folder of lyrics as plain text or JSON lines, text only."""

    root: str = MISSING
    title: str = MISSING
    song_ends: str = MISSING
    lines_field: str = MISSING
    title_field: str = MISSING
    least_lines: int = MISSING
    most_lines: int | None = None
    least_last_lines: int = MISSING
    least_count: int = MISSING
    val_share: float = MISSING
    test_items: int = MISSING


@dataclass
class MultimDataConfig(DataConfig):
    """MultiM-Poem: English poems and, where there is a folder of them, their pictures."""

    root: str = MISSING
    file: str = MISSING
    more_poems: str | None = None
    images: str | None = None
    max_pixels: int = MISSING
    least_count: int = MISSING
    val_share: float = MISSING
    test_share: float = MISSING
    test_items: int = MISSING


@dataclass
class CocoDataConfig(DataConfig):
    """COCO's captions with Karpathy's splits and grid features."""

    root: str = MISSING
    annotations: str = MISSING
    train_features: str = MISSING
    val_features: str = MISSING
    train_splits: list[str] = MISSING
    captions: int = MISSING
    grid: int = MISSING
    width: int = MISSING
    least_count: int = MISSING


@dataclass
class PostDataConfig(DataConfig):
    """What the groups of real posts share."""

    root: str = MISSING
    val_share: float = MISSING
    test_share: float = MISSING
    max_pixels: int = MISSING


@dataclass
class CromicDataConfig(PostDataConfig):
    """Posts with comments in shards."""

    train: list[str] = MISSING
    val: list[str] | None = None
    test: list[str] | None = None


@dataclass
class CaptionDataConfig(PostDataConfig):
    """Pictures with captions."""

    train: str = MISSING
    val: str | None = None
    test: str | None = None
    pictures: list[str] = MISSING


@dataclass
class QuestionDataConfig(CaptionDataConfig):
    """Questions about pictures."""

    picture_names: list[str] = MISSING
    kinds: str | None = None
    answer_texts: str | None = None
    classes: int = MISSING


@dataclass
class EncoderConfig:
    """What all encoders share."""

    _target_: str = MISSING
    width: int = MISSING


@dataclass
class EncoderTrainingConfig:
    """Arguments of mmtg.encoders.world.Training."""

    learning_rate: float = MISSING
    weight_decay: float = MISSING
    warmup_share: float = MISSING
    pair_weight: float = MISSING
    spelling_weight: float = MISSING


@dataclass
class WorldEncoderConfig(EncoderConfig):
    """The world's own dual encoder (mmtg.encoders.world)."""

    channels: list[int] = MISSING
    character_width: int = MISSING
    steps: int = MISSING
    batch_concepts: int = MISSING
    pictures_per_concept: int = MISSING
    poems: int = MISSING
    training: EncoderTrainingConfig = field(default_factory=EncoderTrainingConfig)
    test_pictures: int = MISSING
    batch_size: int = MISSING
    seed: int = MISSING


@dataclass
class ClipEncoderConfig(EncoderConfig):
    """A Hugging Face CLIP, Chinese-CLIP or SigLIP checkpoint."""

    checkpoint: str = MISSING
    batch_size: int = MISSING
    device: str = MISSING


@dataclass
class OptimizerConfig:
    """AdamW with linear warm-up and linear decay, or that of a cosine."""

    learning_rate: float = MISSING
    betas: list[float] = MISSING
    eps: float = MISSING
    weight_decay: float = MISSING
    warmup_share: float = MISSING
    warmup_of: str = MISSING
    decay: bool | str = True


@dataclass
class PictureReadingConfig:
    """Arguments of mmtg.encoders.reading.Reading."""

    size: int = MISSING
    resize: int | None = None
    mean: list[float] = MISSING
    std: list[float] = MISSING


@dataclass
class ResNetSizeConfig:
    """Arguments of transformers' ResNetConfig."""

    embedding_size: int = MISSING
    hidden_sizes: list[int] = MISSING
    depths: list[int] = MISSING


@dataclass
class NetFilesConfig:
    """A file for each visual net."""

    object: str | None = None
    scene: str | None = None
    sentiment: str | None = None


@dataclass
class KeywordLabelsConfig(NetFilesConfig):
    """Keywords of poems as labels of pictures (mmtg.encoders.img2poem.keywords)."""

    enabled: bool = MISSING
    start: float = MISSING
    weight: float = MISSING
    least: int = MISSING


@dataclass
class VariedConfig:
    """How training pictures may differ (mmtg.encoders.img2poem.visual.VisualLearning)."""

    shift: int = MISSING
    contrast: float = MISSING
    flip: bool = MISSING


@dataclass
class PolarityConfig:
    """Tables and pictures of the polarity data (mmtg.encoders.img2poem.polarity)."""

    train: str | None = None
    test: str | None = None
    images: str | None = None
    max_pixels: int = MISSING


@dataclass
class VisualStageConfig:
    """Stage 1: the visual nets (mmtg.encoders.img2poem.visual_stage)."""

    preset: str = MISSING
    channels: list[int] = MISSING
    resnet: ResNetSizeConfig = field(default_factory=ResNetSizeConfig)
    weights: NetFilesConfig = field(default_factory=NetFilesConfig)
    steps: int = MISSING
    batch_size: int = MISSING
    validations: int = MISSING
    keywords: KeywordLabelsConfig = field(default_factory=KeywordLabelsConfig)
    varied: VariedConfig = field(default_factory=VariedConfig)
    polarity: PolarityConfig = field(default_factory=PolarityConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)


@dataclass
class PoemEncoderConfig:
    """The poem encoder (mmtg.encoders.img2poem.poems)."""

    kind: str = MISSING
    unit: str = MISSING
    piece_width: int = MISSING
    width: int = MISSING
    longest: int = MISSING
    least: int = MISSING
    bert: str | None = None
    newlines: str = MISSING


@dataclass
class RankingConfig:
    """Arguments of mmtg.encoders.img2poem.alignment.Ranking."""

    form: str = MISSING
    margin: float = MISSING
    negatives: int = MISSING
    normalise: bool = MISSING


@dataclass
class RecallConfig:
    """Arguments of mmtg.encoders.img2poem.figures.recalls."""

    candidates: int = MISSING
    draws: int = MISSING


@dataclass
class AlignmentStageConfig:
    """Stage 2: pictures and poems in one space (mmtg.encoders.img2poem.alignment_stage)."""

    steps: int = MISSING
    batch_size: int = MISSING
    validations: int = MISSING
    views: int = MISSING
    ranking: RankingConfig = field(default_factory=RankingConfig)
    test: RecallConfig = field(default_factory=RecallConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)


@dataclass
class Img2PoemEncoderConfig(EncoderConfig):
    """img2poem's visual-poetic embedding (mmtg.encoders.img2poem)."""

    pairs: str = MISSING
    experiences: int = MISSING
    test_experiences: int = MISSING
    held_out: float = MISSING
    order: list[str] = MISSING
    picture: PictureReadingConfig = field(default_factory=PictureReadingConfig)
    visual: VisualStageConfig = field(default_factory=VisualStageConfig)
    poem: PoemEncoderConfig = field(default_factory=PoemEncoderConfig)
    alignment: AlignmentStageConfig = field(default_factory=AlignmentStageConfig)
    batch_size: int = MISSING
    workers: int = MISSING
    seed: int = MISSING


@dataclass
class SizeConfig:
    """Dimensions that people turn together."""

    hidden: int = MISSING
    attention_heads: int = MISSING
    projector_hidden: int = MISSING
    decoder_layers: int = MISSING
    decoder_heads: int = MISSING
    decoder_width: int = MISSING
    decoder_positions: int = MISSING
    decoder_vocabulary: int | None = None
    t5_heads: int | None = None
    t5_key_width: int | None = None
    t5_feedforward: int | None = None
    post_width: int | None = None
    post_heads: int | None = None
    post_feedforward: int | None = None
    post_encoder_layers: int | None = None
    post_decoder_layers: int | None = None
    unified_width: int | None = None
    unified_heads: int | None = None
    unified_feedforward: int | None = None
    unified_text_layers: int | None = None
    unified_cell_layers: int | None = None
    unified_cross_layers: int | None = None
    unified_joint_layers: int | None = None
    unified_clusters: int | None = None
    unified_init_std: float | None = None


@dataclass
class SystemConfig:
    """What all systems share."""

    _target_: str = MISSING
    name: str = MISSING
    size: SizeConfig = field(default_factory=SizeConfig)
    dropout: float = MISSING
    pretrained: str | None = None
    weights: str | None = None


@dataclass
class MMTGConfig(SystemConfig):
    """MMTG (mmtg.models.mmtg)."""

    encoder: str = MISSING
    encoder_positions: bool = MISSING
    alpha_attention: str = MISSING
    fusion: str = MISSING
    use_image: bool = MISSING
    use_text: bool = MISSING
    use_topic_prompt: bool = MISSING
    kl_weight: float = MISSING
    echo_weight: float = MISSING
    context_gain: float = MISSING
    freeze_decoder: bool = MISSING


@dataclass
class SplitGPT2Config(SystemConfig):
    """Five passes of GPT-2 (mmtg.models.split_gpt2)."""

    encoder: str = MISSING
    encoder_positions: bool = MISSING
    alpha_attention: str = MISSING
    fusion: str = MISSING
    use_image: bool = MISSING
    use_text: bool = MISSING
    use_topic_prompt: bool = MISSING
    context_gain: float = MISSING
    kl_weight: float = MISSING
    detached: bool = MISSING


@dataclass
class Images2PoemConfig(SystemConfig):
    """images2poem (mmtg.models.images2poem)."""

    lyrics_decoder: bool = MISSING
    image_width: int | None = None
    context_gain: float = MISSING


@dataclass
class LanguageModelConfig:
    """Which language model writes from keywords (mmtg.models.prompt_gpt2, prompt_t5)."""

    kind: str = MISSING
    token_types: bool = MISSING
    types_when_writing: bool = MISSING
    ban_first: bool = MISSING
    scaled_head: bool = MISSING


@dataclass
class ObjectiveConfig:
    """Arguments of mmtg.models.prompt_objective.Objective."""

    mask: str = MISSING
    mask_rate: float = MISSING
    key_weight: float = MISSING
    key_shifted: bool = MISSING
    count_padding: bool = MISSING
    count_prompt: bool = MISSING
    attend_padding: bool = MISSING
    doubled_end: bool = MISSING
    lines_per_visit: int | None = None


@dataclass
class KeywordCLIPConfig(SystemConfig):
    """Keywords of pictures to texts (mmtg.models.keyword_clip)."""

    lm: LanguageModelConfig = field(default_factory=LanguageModelConfig)
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    freeze_lm: bool = MISSING


@dataclass
class GeneratorConfig:
    """Arguments of mmtg.models.img2poem.Generator beside its sizes."""

    cell: str = MISSING
    batch_norm: bool = MISSING
    projected: bool = MISSING
    normalised: bool = MISSING
    tied: bool = MISSING
    uniform_init: float | None = None


@dataclass
class AdversarialConfig:
    """Arguments of mmtg.models.adversarial.Adversarial."""

    start_epoch: int | None = None
    warmup_epochs: int = MISSING
    paired_weight: float = MISSING
    likelihood_weight: float = MISSING
    reward_weight: float = MISSING
    baseline: str = MISSING
    momentum: float = MISSING
    learning_rate: float = MISSING
    discriminator_learning_rate: float = MISSING
    discriminator_slowdown: float = MISSING


@dataclass
class Img2PoemConfig(SystemConfig):
    """img2poem (mmtg.models.img2poem_system)."""

    learns: str = MISSING
    of: str = MISSING
    length: int = MISSING
    bound_lines: bool = MISSING
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    multimodal: bool = MISSING
    style: bool = MISSING
    adversarial: AdversarialConfig = field(default_factory=AdversarialConfig)


@dataclass
class LookConfig:
    """How CroMIC-CMT and its peers see pictures (mmtg.models.picture_tokens)."""

    picture: PictureReadingConfig = field(default_factory=PictureReadingConfig)
    preset: str = MISSING
    channels: list[int] = MISSING
    resnet: ResNetSizeConfig = field(default_factory=ResNetSizeConfig)
    weights: str | None = None
    pool: int = MISSING
    pool_stride: int = MISSING
    patch: int = MISSING


@dataclass
class MaskedConfig:
    """Masked prediction of mmtg.models.unified_vlp and vilt."""

    rate: float = MISSING
    seq2seq: float = MISSING


@dataclass
class CromicConfig(SystemConfig):
    """CroMIC-CMT and its peers (mmtg.models.cromic_system)."""

    variant: str = MISSING
    learns: str = MISSING
    modality: str = MISSING
    sees: str = MISSING
    look: LookConfig = field(default_factory=LookConfig)
    balanced: bool = MISSING
    masked: MaskedConfig = field(default_factory=MaskedConfig)
    matching: bool = MISSING
    positions: int = MISSING
    text_tokens: int = MISSING
    reply_tokens: int = MISSING
    bound_lines: bool = MISSING
    validation_texts: int = MISSING
    replies_per_post: int | None = None
    writes_unknown: bool = MISSING


@dataclass
class CodebookConfig:
    """Arguments of mmtg.codebook.Clustering beside the number of clusters."""

    vectors: int = MISSING
    batch_size: int = MISSING
    passes: int = MISSING
    seed: int = MISSING


@dataclass
class TokenLevelConfig:
    """Arguments of mmtg.models.unified_settings.TokenLevel."""

    smoothing: float = MISSING
    hidden: float = MISSING
    predicts: str = MISSING
    draws: int = MISSING
    evaluated: int = MISSING
    iterations: int = MISSING
    unlikelihood: float = MISSING
    unlikelihood_power: float = MISSING


@dataclass
class SequenceLevelConfig:
    """Arguments of mmtg.models.unified_settings.SequenceLevel."""

    draw_temperature: float = MISSING
    reward_weight: float = MISSING
    whole_weight: float = MISSING
    paints_by: str = MISSING
    weight: float = MISSING
    temperature: float = MISSING
    noise: bool = MISSING
    ends: bool = MISSING


@dataclass
class UnifiedConfig(SystemConfig):
    """The unified transformer (mmtg.models.unified_system)."""

    streams: str = MISSING
    shared: bool = MISSING
    tasks: list[str] = MISSING
    features: str = MISSING
    grid: int = MISSING
    codebook: CodebookConfig = field(default_factory=CodebookConfig)
    token_level: TokenLevelConfig = field(default_factory=TokenLevelConfig)
    sequence_level: SequenceLevelConfig = field(default_factory=SequenceLevelConfig)
    iterations: int = MISSING
    closeness: float = MISSING
    text_tokens: int = MISSING
    positions: int = MISSING
    positions_restart: bool = MISSING
    lines_per_text: int | None = None
    bound_lines: bool = MISSING
    writes_unknown: bool = MISSING


@dataclass
class StageConfig:
    """One stage of a curriculum."""

    until_epoch: int | None = MISSING
    ratings: list[int] = MISSING
    positive_from: int = MISSING
    batch_scale: float = 1
    share: float = 1.0


@dataclass
class CompetenceConfig:
    """Arguments of mmtg.curriculum.Competence."""

    pace: str = MISSING
    start: float = MISSING
    full_at: float = MISSING
    order: list[list[int]] = MISSING
    positive_from: int = MISSING
    levels: int | None = None


@dataclass
class CurriculumConfig:
    """A schedule of stages, or of a growing competence (mmtg.curriculum)."""

    epochs: int = MISSING
    stages: list[StageConfig] = field(default_factory=list)
    competence: CompetenceConfig | None = None
    evaluation_positive_from: int = MISSING
    learning_rate_epochs: int | None = None
    train_kl: bool = True


@dataclass
class EchoConfig:
    """Arguments of mmtg.models.decoder_lm.Echo."""

    share: float = MISSING
    noise: float = MISSING


@dataclass
class ListeningConfig:
    """Phase 1 of the encoder side (mmtg.listening)."""

    steps: int = MISSING
    batch_size: int = MISSING
    learning_rate: float = MISSING


@dataclass
class PretrainConfig:
    """Phase 1: the decoder alone on a corpus of poems."""

    steps: int = MISSING
    batch_size: int = MISSING
    validations: int = MISSING
    seed: int = MISSING
    echo: EchoConfig = field(default_factory=EchoConfig)
    listening: ListeningConfig = field(default_factory=ListeningConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)


@dataclass
class DecodingConfig:
    """How texts are drawn (mmtg.decoding)."""

    samples: int = MISSING
    top_k: int = MISSING
    top_p: float = MISSING
    temperature: float = MISSING
    repetition_penalty: float = MISSING
    penalty: str = MISSING
    token_types: str = MISSING
    seed: int = MISSING
    batch_size: int = MISSING
    candidates: int = MISSING
    drop_unequal: bool = MISSING
    beams: int = MISSING
    length_power: float = MISSING
    dtype: str = MISSING
    quantise: str | None = MISSING


@dataclass
class FormConfig:
    """The form that poems are held to while they are written (mmtg.decoding.forms)."""

    lines: int | None = MISSING
    characters: list[int] = MISSING
    equal_lines: bool = MISSING
    rhyme: str | None = MISSING
    level_rhyme: bool = MISSING
    tones: str | None = MISSING
    free_tones: str = MISSING
    no_repeat: str = MISSING
    rhyme_readings: str = MISSING
    tone_readings: str = MISSING


@dataclass
class KeywordsConfig:
    """The closed set of keywords and how pictures choose among them (mmtg.keywords)."""

    file: str | None = None
    top_k: int = MISSING
    most: int = MISSING
    of: str = MISSING
    use_texts: bool = MISSING
    test_pictures: int = MISSING
    seed: int = MISSING


@dataclass
class MappingConfig:
    """Arguments of mmtg.models.mapping.MappingNetwork; no network if positions is 0."""

    positions: int = MISSING
    layers: int = MISSING
    heads: int = MISSING
    feedforward: int = MISSING
    dropout: float = MISSING


@dataclass
class PerturbConfig:
    """What a test does to its experiences (mmtg.data.perturb)."""

    drop: int = MISSING
    fill: str = MISSING
    orders: list[list[int]] = MISSING
    seed: int = MISSING


@dataclass
class TrainingMetricsConfig:
    """Figures against the training set."""

    compare: bool = MISSING
    most_texts: int = MISSING
    frequent: int = MISSING
    count_unseen: bool = MISSING


@dataclass
class BertConfig:
    """Arguments of mmtg.metrics.bertscore.BertScorer."""

    folder: str | None = None
    layer: int = MISSING
    batch_size: int = MISSING
    device: str = MISSING


@dataclass
class MetricsConfig:
    """What a test measures beside texts and references (mmtg.measures)."""

    embeddings: bool = MISSING
    relevance: bool = MISSING
    training: TrainingMetricsConfig = field(default_factory=TrainingMetricsConfig)
    bert: BertConfig = field(default_factory=BertConfig)


@dataclass
class TrainerConfig:
    """Arguments of pytorch_lightning.Trainer."""

    _target_: str = MISSING
    accelerator: str = MISSING
    devices: Any = MISSING
    num_nodes: int = MISSING
    strategy: str = MISSING
    precision: Any = MISSING
    max_epochs: int | None = None
    max_steps: int = MISSING
    max_time: str | None = None
    gradient_clip_val: float | None = MISSING
    accumulate_grad_batches: int = MISSING
    val_check_interval: Any = None
    check_val_every_n_epoch: int | None = MISSING
    num_sanity_val_steps: int = MISSING
    log_every_n_steps: int = MISSING
    limit_train_batches: Any = None
    limit_val_batches: Any = None
    limit_test_batches: Any = None
    deterministic: Any = None
    benchmark: bool | None = None
    detect_anomaly: bool = False
    profiler: str | None = None
    sync_batchnorm: bool = False
    enable_progress_bar: bool = MISSING
    enable_model_summary: bool = MISSING
    fast_dev_run: Any = False


@dataclass
class CompileConfig:
    """Arguments of mmtg.compiling.Compiled; nothing is compiled without a backend."""

    backend: str | None = MISSING
    mode: str | None = MISSING
    dynamic: bool | None = MISSING


@dataclass
class ShardingConfig:
    """Arguments of mmtg.sharding.Sharding."""

    blocks: list[str] = MISSING
    reshard_after_forward: bool = MISSING
    activation_checkpointing: bool = MISSING
    reduce_dtype: str = MISSING


@dataclass
class ShardedTrainerConfig(TrainerConfig):
    """Arguments of mmtg.sharding.sharded_trainer."""

    sharding: ShardingConfig = field(default_factory=ShardingConfig)


@dataclass
class WandbConfig:
    """Arguments of the W&B logger; offline when there is no key."""

    enabled: bool = MISSING
    project: str = MISSING
    entity: str | None = None
    mode: str = MISSING
    group: str | None = None
    tags: list[str] = field(default_factory=list)


@dataclass
class TensorBoardConfig:
    """Arguments of the TensorBoard logger."""

    enabled: bool = MISSING
    samples: int = MISSING


@dataclass
class MLflowConfig:
    """Arguments of the MLflow logger."""

    enabled: bool = MISSING
    experiment: str = MISSING
    tracking_uri: str | None = None


@dataclass
class LoggerConfig:
    """Where figures go."""

    csv: bool = MISSING
    wandb: WandbConfig = field(default_factory=WandbConfig)
    tensorboard: TensorBoardConfig = field(default_factory=TensorBoardConfig)
    mlflow: MLflowConfig = field(default_factory=MLflowConfig)


@dataclass
class PathsConfig:
    """Folders; relative ones are taken from where the command is typed."""

    runs: str = MISSING
    artefacts: str = MISSING


@dataclass
class PreemptionConfig:
    """Arguments of mmtg.preemption.Watch."""

    requeue_on: list[str] = MISSING
    patience: int = MISSING


@dataclass
class BudgetConfig:
    """How much of everything a run spends that model/size=debug makes small."""

    train_items: int = MISSING
    val_items: int = MISSING
    test_items: int = MISSING
    poem_items: int = MISSING
    post_items: int = MISSING
    caption_items: int = MISSING
    question_items: int = MISSING
    post_val_items: int = MISSING
    encoder_steps: int = MISSING
    encoder_pictures: int = MISSING
    pretrain_steps: int = MISSING
    text_steps: int = MISSING
    listening_steps: int = MISSING
    img2poem_experiences: int = MISSING
    img2poem_test_experiences: int = MISSING
    img2poem_visual_steps: int = MISSING
    img2poem_alignment_steps: int = MISSING
    cromic_steps: int = MISSING
    pixel_experiences: int = MISSING
    pixel_steps: int = MISSING


@dataclass
class TaskConfig:
    """The job; ``name`` is the key of mmtg.tasks.TASKS."""

    name: str = MISSING


@dataclass
class GenerateTaskConfig(TaskConfig):
    """Texts for experiences in a file."""

    checkpoint: str = MISSING
    input: str | None = None
    image: str | None = None
    output: str = MISSING
    overwrite: bool = False
    max_pixels: int = MISSING


@dataclass
class SliderConfig:
    """Arguments of mmtg.playground.offer.Slider."""

    low: float = MISSING
    high: float = MISSING
    step: float = MISSING


@dataclass
class PlayTaskConfig(TaskConfig):
    """A web page on which experiences become poems."""

    checkpoint: Any = MISSING
    host: str = MISSING
    port: int | None = None
    open_browser: bool = MISSING
    max_pixels: int = MISSING
    max_bytes: int = MISSING
    max_text: int = MISSING
    examples: int = MISSING
    strategies: dict[str, DecodingConfig] = field(default_factory=dict)
    sliders: dict[str, SliderConfig] = field(default_factory=dict)


@dataclass
class ConvertTaskConfig(TaskConfig):
    """A released file to a store; text to post records; a folder of pictures to LMDB."""

    source: str = MISSING
    input: str = MISSING
    output: str = MISSING
    width: int | None = None
    overwrite: bool = False
    vocabulary: str | None = None
    text_tokens: int = MISSING
    reply_tokens: int = MISSING
    published_ids: bool = MISSING
    keys: str | None = None
    max_pixels: int = MISSING


@dataclass
class EncodeTaskConfig(TaskConfig):
    """JSON lines to a store."""

    input: str = MISSING
    output: str = MISSING
    overwrite: bool = False
    max_pixels: int = MISSING


@dataclass
class EncoderTaskConfig(TaskConfig):
    """A stage of an encoder's training as a run of its own."""

    stage: str = MISSING


@dataclass
class ExpandTaskConfig(TaskConfig):
    """Pictures with the poems of a corpus that lie nearest."""

    input: str = MISSING
    poems: str = MISSING
    output: str = MISSING
    images: str | None = None
    encoder: str | None = None
    nearest: int = MISSING
    keep_own: bool = MISSING
    batch_size: int = MISSING
    max_pixels: int = MISSING
    overwrite: bool = False


@dataclass
class BoundsConfig:
    """Arguments of mmtg.golden.compare.Bounds."""

    values: float = MISSING
    losses_floor: float = MISSING
    gradients: float = MISSING
    gradients_floor: float = MISSING
    gradients_noise: float = MISSING


@dataclass
class VerifyTaskConfig(TaskConfig):
    """Our model against golden numbers."""

    golden: str = MISSING
    vocabulary: str = MISSING
    places: list[str] = MISSING
    base: str = MISSING
    bounds: BoundsConfig = field(default_factory=BoundsConfig)


@dataclass
class ImportTaskConfig(TaskConfig):
    """A released checkpoint to one of ours."""

    input: str = MISSING
    output: str = MISSING
    token_table: str | None = None
    vocabulary: str | None = None
    overwrite: bool = False


@dataclass
class ExportTaskConfig(TaskConfig):
    """A checkpoint of ours to a file like the released one."""

    input: str = MISSING
    output: str = MISSING
    prefix: str = MISSING
    mask_buffers: bool = MISSING
    overwrite: bool = False


@dataclass
class TestTaskConfig(TaskConfig):
    """A checkpoint tested again."""

    checkpoint: str = MISSING


@dataclass
class DrawTaskConfig(TaskConfig):
    """A contact sheet of the picture world."""

    output: str = MISSING
    columns: int = MISSING


@dataclass
class PixelDecoderConfig:
    """Arguments of mmtg.painting.make.pixel_decoder."""

    experiences: int = MISSING
    narrowest: int = MISSING
    widest: int = MISSING
    steps: int = MISSING
    batch_size: int = MISSING
    learning_rate: float = MISSING
    weight_decay: float = MISSING
    warmup_share: float = MISSING
    feature_weight: float = MISSING
    feature_grid: int = MISSING
    centroids: float = MISSING
    seed: int = MISSING


@dataclass
class PaintTaskConfig(TaskConfig):
    """Pictures to lines."""

    checkpoint: str = MISSING
    input: str | None = None
    count: int = MISSING
    rows: int = MISSING
    side: int = MISSING
    output: str = MISSING
    pictures: str | None = None
    overwrite: bool = False
    fonts: list[str] = MISSING
    max_pixels: int = MISSING
    decoder: PixelDecoderConfig = field(default_factory=PixelDecoderConfig)


@dataclass
class ScoreTaskConfig(TaskConfig):
    """Figures of texts, with intervals and tests."""

    hypotheses: str | None = None
    references: str | None = None
    samples_per_reference: int | None = None
    input: str | None = None
    output: str | None = None
    overwrite: bool = False
    metrics: list[str] | None = None
    unit: str | None = None
    baseline: str | None = None
    resamples: int = MISSING
    seed: int = MISSING
    confidence: float = MISSING


@dataclass
class CurvesConfig:
    """Learning curves (mmtg.report.curves)."""

    figures: list[str] | None = None
    most_figures: int = MISSING
    points: int = MISSING
    numbers: int = MISSING
    drawn: int = MISSING


@dataclass
class CostConfig:
    """Quality against cost (mmtg.report.cost)."""

    labelled: int = MISSING
    decade: float = MISSING
    figures: dict[str, str] = field(default_factory=dict)


@dataclass
class BrowserConfig:
    """Experiences one by one (mmtg.report.browser)."""

    experiences: int = MISSING
    bytes: int = MISSING
    samples: int = MISSING
    shown: int = MISSING
    side: int = MISSING
    largest_picture: int = MISSING
    quality: int = MISSING


@dataclass
class CompareTaskConfig(TaskConfig):
    """Run directories to a page."""

    runs: Any = MISSING
    output: str = MISSING
    title: str = MISSING
    baseline: str | None = None
    figures: list[str] = MISSING
    others: int = MISSING
    resamples: int = MISSING
    most_resamples: int = MISSING
    seed: int = MISSING
    confidence: float = MISSING
    overwrite: bool = False
    largest_file: int = MISSING
    ignored: list[str] = MISSING
    parts: list[str] = MISSING
    curves: CurvesConfig = field(default_factory=CurvesConfig)
    cost: CostConfig = field(default_factory=CostConfig)
    browser: BrowserConfig = field(default_factory=BrowserConfig)
    pictures: str | None = None


@dataclass
class Config:
    """The whole configuration."""

    name: str = MISSING
    seed: int = MISSING
    resume: str = MISSING
    preemption: PreemptionConfig = field(default_factory=PreemptionConfig)
    objective: str | None = None
    threads: int | None = None
    test: bool = True
    tested: str = MISSING
    layout: str = MISSING
    budget: BudgetConfig = field(default_factory=BudgetConfig)
    task: Any = MISSING
    paths: PathsConfig = field(default_factory=PathsConfig)
    data: Any = MISSING
    encoder: Any = MISSING
    model: Any = MISSING
    curriculum: CurriculumConfig = field(default_factory=CurriculumConfig)
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    pretrain: PretrainConfig | None = None
    decoding: DecodingConfig = field(default_factory=DecodingConfig)
    form: FormConfig = field(default_factory=FormConfig)
    keywords: KeywordsConfig = field(default_factory=KeywordsConfig)
    mapping: MappingConfig = field(default_factory=MappingConfig)
    perturb: PerturbConfig = field(default_factory=PerturbConfig)
    metrics: MetricsConfig = field(default_factory=MetricsConfig)
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    compile: CompileConfig = field(default_factory=CompileConfig)
    callbacks: dict[str, Any] = field(default_factory=dict)
    logger: LoggerConfig = field(default_factory=LoggerConfig)


_SCHEMAS: dict[str, dict[str, type]] = {
    "task": {
        "fit": TaskConfig,
        "generate": GenerateTaskConfig,
        "play": PlayTaskConfig,
        "convert": ConvertTaskConfig,
        "encode": EncodeTaskConfig,
        "encoder": EncoderTaskConfig,
        "expand": ExpandTaskConfig,
        "draw": DrawTaskConfig,
        "paint": PaintTaskConfig,
        "verify": VerifyTaskConfig,
        "test": TestTaskConfig,
        "import": ImportTaskConfig,
        "export": ExportTaskConfig,
        "score": ScoreTaskConfig,
        "compare": CompareTaskConfig,
    },
    "compile": {"compile": CompileConfig},
    "data": {
        "world": WorldDataConfig,
        "store": StoreDataConfig,
        "jsonl": JsonlDataConfig,
        "quatrains": QuatrainDataConfig,
        "lyrics": LyricsDataConfig,
        "multim": MultimDataConfig,
        "coco": CocoDataConfig,
        "cromic": CromicDataConfig,
        "captions": CaptionDataConfig,
        "questions": QuestionDataConfig,
    },
    "encoder": {
        "world": WorldEncoderConfig,
        "clip": ClipEncoderConfig,
        "precomputed": EncoderConfig,
        "img2poem": Img2PoemEncoderConfig,
    },
    "model": {
        "system": SystemConfig,
        "mmtg": MMTGConfig,
        "images2poem": Images2PoemConfig,
        "split_gpt2": SplitGPT2Config,
        "keyword_clip": KeywordCLIPConfig,
        "img2poem": Img2PoemConfig,
        "cromic": CromicConfig,
        "unified": UnifiedConfig,
    },
    "model/look": {"look": LookConfig},
    "model/lm": {"lm": LanguageModelConfig},
    "model/generator": {"generator": GeneratorConfig},
    "model/objective": {"objective": ObjectiveConfig},
    "curriculum": {"curriculum": CurriculumConfig},
    "optimizer": {"optimizer": OptimizerConfig},
    "pretrain": {"pretrain": PretrainConfig},
    "decoding": {"decoding": DecodingConfig},
    "form": {"form": FormConfig},
    "keywords": {"keywords": KeywordsConfig},
    "mapping": {"mapping": MappingConfig},
    "perturb": {"perturb": PerturbConfig},
    "metrics": {"metrics": MetricsConfig},
    "trainer": {"trainer": TrainerConfig, "sharded_trainer": ShardedTrainerConfig},
    "logger": {"logger": LoggerConfig},
    "paths": {"paths": PathsConfig},
}


def _itself(store: ConfigStore, memo: dict[int, Any]) -> ConfigStore:
    """What ``copy.deepcopy`` makes of Hydra's store."""
    return store


def register_schemas() -> None:
    """Makes the dataclasses known to Hydra as ``schema_NAME`` of their groups.

    Hydra copies its sources, the store among them, with every list of defaults it makes: ``--help`` took 7.7 s instead
    of 1.0. It copies again what it loads from the store, so that may be shared; no setting of Hydra's says so.
    """
    store = ConfigStore.instance()
    ConfigStore.__deepcopy__ = _itself  # type: ignore[attr-defined]
    store.store(name="schema_config", node=Config)
    for group, schemas in _SCHEMAS.items():
        for name, node in schemas.items():
            store.store(group=group, name=f"schema_{name}", node=node)
