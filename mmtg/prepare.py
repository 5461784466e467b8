"""From a configuration to what a system is built of: data, encoder, vocabulary, decoder. Artefacts are made here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from omegaconf import DictConfig

from mmtg.artefacts import Artefacts
from mmtg.curriculum import Schedule, Stage
from mmtg.data.keyword_poems import KeywordPoemDataset
from mmtg.data.layout import Layout
from mmtg.data.line_vocabulary import line_vocabulary
from mmtg.data.module import ExperienceDataset, PoemDataset, TextDataModule
from mmtg.data.posts.post import COMMENTS, PostTokens
from mmtg.data.prompt_layout import PromptLayout, prompt_layout
from mmtg.data.sources import FORMAT, Source
from mmtg.data.splits import BEST_RATING, Poems, Split
from mmtg.data.vocabulary import Vocabulary
from mmtg.decoding.ranking import Ranking
from mmtg.encoders.base import CellEncoder, Encoder
from mmtg.encoders.make import PRECOMPUTED, WORLD, make_encoder
from mmtg.errors import InputError
from mmtg.instantiate import build
from mmtg.posts import CROMIC_SYSTEM, learns_posts, pictured_sets, post_module, post_tokens, shown_by
from mmtg.prompted import KEYWORD_SYSTEM, Prompted, prompted
from mmtg.unified import UNIFIED_SYSTEM, celled_sets, check_unified, codes_of, topic_tokens
from mmtg.units import CHARACTERS

POEMS, PAIRS = "poems", "pairs"
"""What ``model.learns`` may say of img2poem's generator: phase 1 alone, or all of it."""

IMG2POEM_SYSTEM = "mmtg.models.img2poem_system.Img2PoemSystem"
"""The ``_target_`` of ``conf/model/img2poem.yaml``."""

DECODER_SYSTEM = "mmtg.models.decoder_lm.DecoderSystem"
"""The ``_target_`` of ``conf/model/decoder.yaml``: phase 1 alone."""


@dataclass(frozen=True)
class Prepared:
    """What a run learns from."""

    source: Source
    encoder: Encoder | None
    splits: dict[str, Split]  # empty for text alone
    vocabulary: Vocabulary
    layout: Layout
    token_table: np.ndarray  # float32 [V, W]
    artefacts: Artefacts
    identity: dict[str, Any]  # fingerprints of data, encoder and vocabulary
    figures: dict[str, float]  # how good what was made is, such as the encoder's recall
    prompted: Prompted | None = None  # what systems that write from keywords need besides
    one_sequence: bool = False  # whether texts are sequences in which a line break is a token
    tokens: PostTokens | None = None  # of systems that read texts and pictures for themselves
    topics: PostTokens | None = None  # of the unified transformer, which reads topics and hears cells of pictures

    @property
    def keyword_vectors(self) -> torch.Tensor | None:
        """Vectors [K, W] of the closed set of keywords; None for systems and data that have none."""
        return None if self.prompted is None or self.prompted.index is None else self.prompted.index.vectors

    @property
    def ranking(self) -> Ranking | None:
        """What candidates are ranked by; None without keywords or encoder."""
        if self.encoder is None or self.prompted is None or self.prompted.index is None:
            return None
        return Ranking(self.encoder, self.prompted.index)

    def poems(self) -> Mapping[str, Poems]:
        """Texts for phase 1."""
        return self.source.poems(self.splits, self.artefacts)


def prepare(config: DictConfig, *, experiences: bool) -> Prepared:
    """Data, encoder, vocabulary and token table; artefacts are made if missing.

    Args:
        config: the whole configuration.
        experiences: whether the system needs experiences, not only poems.

    Returns:
        What a run learns from.

    Raises:
        InputError: the data cannot be read, or do not bring what the system needs.
    """
    check_unified(config)
    artefacts = Artefacts(Path(config.paths.artefacts))
    source: Source = build(config.data)
    if learns_posts(config):
        return _checked(of_posts(config, source, artefacts), config)
    if experiences and not source.brings_experiences:
        raise InputError(
            f"holds texts alone, but model={config.model.name} needs experiences", field=config.data._target_
        )
    encoder, figures = encoder_for(config, source, artefacts)
    splits = source.splits(encoder, artefacts) if source.brings_experiences else {}
    vocabulary = source.make_vocabulary(splits, artefacts)
    width = splits["train"].store.width if splits else int(config.encoder.width)
    table = source.make_token_table(vocabulary, encoder, artefacts, width)
    identity = {
        "format": FORMAT,
        "source": source.identity(),
        "encoder": encoder.fingerprint if encoder else None,
        "stores": {name: split.store.fingerprint for name, split in splits.items()},
    }
    layout = source.make_layout(vocabulary, config.layout)
    prepared = Prepared(source, encoder, splits, vocabulary, layout, table, artefacts, identity, figures)
    if config.model._target_ == KEYWORD_SYSTEM:
        prepared = in_prompts(prepared, config)
    if config.model._target_ == IMG2POEM_SYSTEM:
        prepared = in_sequences(prepared)
    if config.model._target_ == CROMIC_SYSTEM:
        prepared = in_posts(prepared, config)
    if config.model._target_ == UNIFIED_SYSTEM:
        prepared = in_scenes(prepared, config)
    return _checked(prepared, config)


def _checked(prepared: Prepared, config: DictConfig) -> Prepared:
    """The same; refuses decoding that its system does not do."""
    if config.decoding.beams > 1 and not (prepared.one_sequence or prepared.tokens or prepared.topics):
        what = f"is {config.decoding.beams}; only model=img2poem, model=cromic and model=unified search beams"
        raise InputError(what, field="decoding.beams")
    if config.decoding.candidates > 1 and prepared.ranking is None:
        what = f"is {config.decoding.candidates}; only model=keyword_clip ranks candidates, on data with pictures"
        raise InputError(what, field="decoding.candidates")
    return prepared


def in_prompts(prepared: Prepared, config: DictConfig) -> Prepared:
    """The same for a system that writes from keywords: its own vocabulary and layout, and no token table."""
    own = prompted(prepared.source, prepared.splits, prepared.encoder, prepared.artefacts, config)
    layout = prepared.source.make_layout(own.vocabulary, PromptLayout.kind)
    none = np.zeros((0, 0), np.float32)
    figures = {**prepared.figures, **own.figures}
    return replace(prepared, vocabulary=own.vocabulary, layout=layout, token_table=none, prompted=own, figures=figures)


def in_sequences(prepared: Prepared) -> Prepared:
    """The same for a system that writes a text as one sequence: a vocabulary with line breaks, and no token table."""
    source, splits, artefacts = prepared.source, prepared.splits, prepared.artefacts
    poems = source.poems(splits, artefacts)["train"]
    vocabulary = line_vocabulary(
        (poem.lines for poem in poems),
        unit=source.unit,
        least_count=getattr(source, "least_count", 1),
        more=source.characters(splits, artefacts) if source.unit == CHARACTERS and splits else (),
        keep_spaces=source.keep_spaces,
    )
    layout = source.make_layout(vocabulary, PromptLayout.kind)
    none = np.zeros((0, 0), np.float32)
    return replace(prepared, vocabulary=vocabulary, layout=layout, token_table=none, one_sequence=True)


def in_scenes(prepared: Prepared, config: DictConfig) -> Prepared:
    """The same for the unified transformer: a vocabulary of its own, and no token table."""
    tokens = topic_tokens(config, prepared.source, prepared.splits, prepared.artefacts)
    layout = prepared.source.make_layout(tokens.vocabulary, PromptLayout.kind)
    none = np.zeros((0, 0), np.float32)
    return replace(prepared, vocabulary=tokens.vocabulary, layout=layout, token_table=none, topics=tokens)


def in_posts(prepared: Prepared, config: DictConfig) -> Prepared:
    """The same for a system that reads texts and pictures for itself: a vocabulary of its own, and no token table."""
    return replace(prepared, **_read_by_itself(config, prepared.source, prepared.splits, prepared.artefacts))


def _read_by_itself(
    config: DictConfig, source: Source, splits: Mapping[str, Split], artefacts: Artefacts
) -> dict[str, Any]:
    """What such a system has of its own, by the names of fields of ``Prepared``."""
    tokens = post_tokens(config, source, splits, artefacts)
    layout = source.make_layout(tokens.vocabulary, PromptLayout.kind)
    none = np.zeros((0, 0), np.float32)
    return {"vocabulary": tokens.vocabulary, "layout": layout, "token_table": none, "tokens": tokens}


def of_posts(config: DictConfig, source: Source, artefacts: Artefacts) -> Prepared:
    """What a run on posts learns from: neither experiences nor an encoder.

    Args:
        config: the whole configuration.
        source: the data.
        artefacts: of the run.

    Returns:
        The same as :func:`prepare`.

    Raises:
        InputError: the data have no posts.
    """
    if not source.brings_posts:
        raise InputError(f"has no posts, but model.learns={config.model.learns} needs them", field=config.data._target_)
    identity = {"format": FORMAT, "source": source.identity(), "encoder": None, "stores": {}}
    own = _read_by_itself(config, source, {}, artefacts)
    return Prepared(source=source, encoder=None, splits={}, artefacts=artefacts, identity=identity, figures={}, **own)


def encoder_for(config: DictConfig, source: Source, artefacts: Artefacts) -> tuple[Encoder | None, dict[str, float]]:
    """The encoder that the data need, and its figures; None where they bring vectors or have nothing to encode.

    Args:
        config: the whole configuration.
        source: the data.
        artefacts: where the world's encoder is kept.

    Returns:
        The encoder and its figures.

    Raises:
        InputError: an encoder was chosen for data that bring their vectors.
    """
    if source.brings_vectors and config.encoder._target_ not in (WORLD, PRECOMPUTED):
        raise InputError(
            f"'{config.encoder._target_}' cannot be used with {config.data._target_}, which brings its vectors; leave "
            "out the encoder or choose other data",
            field="encoder",
        )
    if source.brings_vectors or not source.brings_experiences:
        return None, {}
    return make_encoder(config, artefacts)


def poems_only(config: DictConfig) -> bool:
    """Whether the configured system learns from poems alone: phase 1.

    Args:
        config: the whole configuration.

    Returns:
        Whether it does.

    Raises:
        InputError: ``model.learns`` is unknown.
    """
    target = str(config.model._target_)
    if target == KEYWORD_SYSTEM:
        source: Source = build(config.data)  # whether it has pictures may depend on its settings
        return not source.brings_experiences
    if target == IMG2POEM_SYSTEM:
        if config.model.learns not in (POEMS, PAIRS):
            raise InputError(f"'{config.model.learns}' is unknown; choose {POEMS} or {PAIRS}", field="model.learns")
        return bool(config.model.learns == POEMS)
    if learns_posts(config):
        return bool(config.model.learns == COMMENTS)
    return target == DECODER_SYSTEM


def experience_module(
    prepared: Prepared, schedule: Schedule, config: DictConfig, *, trains: bool = True
) -> TextDataModule:
    """Loaders of experiences; in training with the vectors of their lines, where something learns from them."""
    if prepared.tokens is not None:
        return _own_eyes(prepared, schedule, config, trains=trains)
    if prepared.topics is not None:
        return _scenes(prepared, schedule, config, trains=trains)
    sets = {name: ExperienceDataset(split, prepared.layout) for name, split in prepared.splits.items()}
    listens = config.pretrain is not None and config.pretrain.listening.steps > 0
    if trains and (listens or config.model.get("echo_weight")) and prepared.encoder:
        train = prepared.splits["train"]
        lines = train.store.texts(train.places)[1]
        sets["train"] = ExperienceDataset(train, prepared.layout, line_vectors(lines, prepared))
    ratings = prepared.splits["train"].ratings
    return TextDataModule(sets, ratings=ratings, schedule=schedule, seed=config.seed, **_loading(prepared))


def _own_eyes(prepared: Prepared, schedule: Schedule, config: DictConfig, *, trains: bool) -> TextDataModule:
    """Loaders of a system that reads for itself: of the lesson's posts, or of experiences with pictures and words."""
    source, tokens, artefacts = prepared.source, prepared.tokens, prepared.artefacts
    assert tokens is not None
    if learns_posts(config):
        return lesson_module(prepared, config, schedule, lesson=config.model.learns, seed=config.seed)
    shown, ratings = _shown(prepared, schedule, trains=trains), prepared.splits["train"].ratings
    sets = pictured_sets(config, source, prepared.splits, prepared.layout, tokens, artefacts, shown=shown)
    return TextDataModule(sets, ratings=ratings, schedule=schedule, seed=config.seed, **_loading(prepared))


def _scenes(prepared: Prepared, schedule: Schedule, config: DictConfig, *, trains: bool) -> TextDataModule:
    """Loaders of the unified transformer: of experiences with cells of pictures."""
    assert prepared.topics is not None
    sets = celled_sets(
        config,
        prepared.source,
        prepared.splits,
        prepared.layout,
        prepared.topics,
        prepared.encoder,
        prepared.artefacts,
        shown=_shown(prepared, schedule, trains=trains),
    )
    if trains and "rl_t2i" in config.model.tasks and prepared.encoder:  # paintings are held against their lines
        train = prepared.splits["train"]
        sets["train"].heard = line_vectors([train[i].lines or () for i in range(len(train))], prepared)
    ratings = prepared.splits["train"].ratings
    return TextDataModule(sets, ratings=ratings, schedule=schedule, seed=config.seed, **_loading(prepared))


def _shown(prepared: Prepared, schedule: Schedule, *, trains: bool) -> dict[str, np.ndarray]:
    """By split, bool [N]: the experiences that a run looks at."""
    shown = {name: np.ones(len(split), dtype=bool) for name, split in prepared.splits.items()}
    shown["train"] = shown_by(schedule, prepared.splits["train"].ratings) & trains
    return shown


def give_codebook(config: DictConfig, prepared: Prepared, system: Any, module: TextDataModule) -> dict[str, float]:
    """Gives the unified transformer its codebook, made now if it is missing, and what makes whole pictures of cells.

    Args:
        config: the whole configuration.
        prepared: what the run learns from.
        system: to train; others are left as they are.
        module: its data.

    Returns:
        Figures of the codebook.
    """
    if prepared.topics is None:
        return {}
    shown = shown_by(system.schedule, prepared.splits["train"].ratings)
    codes = codes_of(config, module.sets["train"], shown, prepared.identity, prepared.artefacts)
    system.model.take_codebook(codes.centroids)
    if system.model.whole.projects:
        assert isinstance(prepared.encoder, CellEncoder)
        system.model.whole.take(*prepared.encoder.cells_to_pictures())
    return codes.figures


def lesson_module(
    prepared: Prepared, config: DictConfig, schedule: Schedule, *, lesson: str, seed: int, batch_size: int | None = None
) -> TextDataModule:
    """Loaders of the posts of a lesson; of phase 1 in batches of its own size."""
    assert prepared.tokens is not None
    return post_module(
        config,
        prepared.source,
        prepared.tokens,
        prepared.artefacts,
        lesson=lesson,
        schedule=schedule,
        batch_size=prepared.source.batch_size if batch_size is None else batch_size,
        seed=seed,
    )


def poem_module(prepared: Prepared, *, batch_size: int, seed: int, epochs: int, echo: bool) -> TextDataModule:
    """Loaders of poems; the test writes to the topics of held-out poems.

    With ``echo``, and where there is an encoder, training poems come with the vectors of their lines.
    """
    sets = _poem_sets(prepared, echo=echo)
    ratings = np.full(len(sets["train"]), BEST_RATING, np.int8)
    loading = {**_loading(prepared), "batch_size": batch_size}
    schedule = poem_schedule(epochs)
    return TextDataModule(sets, ratings=ratings, schedule=schedule, seed=seed, **loading)


def _poem_sets(prepared: Prepared, *, echo: bool) -> dict[str, PoemDataset]:
    poems = dict(prepared.poems())
    poems.setdefault("test", poems["val"])
    if prepared.prompted is not None:
        finder, layout = prepared.prompted.finder, prompt_layout(prepared.layout)
        return {name: KeywordPoemDataset(kept, layout, finder) for name, kept in poems.items()}
    if prepared.one_sequence:
        return {
            name: PoemDataset(kept, prepared.layout, step_vectors([poem.lines for poem in kept], prepared))
            for name, kept in poems.items()
        }
    sets = {name: PoemDataset(kept, prepared.layout) for name, kept in poems.items()}
    if echo and prepared.encoder:
        heard = line_vectors([poem.lines for poem in poems["train"]], prepared)
        sets["train"] = PoemDataset(poems["train"], prepared.layout, heard)
    return sets


def line_vectors(texts: Sequence[Sequence[str]], prepared: Prepared) -> np.ndarray:
    """The mean of the encoder's vectors of each step's lines, zeros of no lines: float32 [N, T, W]."""
    assert prepared.encoder is not None
    steps, per_step = prepared.layout.steps, prepared.layout.lines_per_step
    lines = sorted({line for text in texts for line in text})
    place = {line: i for i, line in enumerate(lines)}
    vectors = np.pad(prepared.encoder.encode_texts(lines).numpy(), ((0, 1), (0, 0)))  # the last row is of no line
    rows = np.full((len(texts), steps * per_step), len(lines))
    for row, text in zip(rows, texts, strict=True):
        row[: len(text)] = [place[line] for line in text]
    heard: np.ndarray = np.zeros((len(texts), steps, vectors.shape[1]), np.float32)
    for offset in range(per_step):
        heard += vectors[rows[:, offset::per_step]]
    said = (rows < len(lines)).reshape(len(texts), steps, per_step).sum(axis=2, keepdims=True)  # [N, T, 1]
    heard /= np.maximum(said, 1).astype(np.float32)
    return heard


def step_vectors(texts: Sequence[Sequence[str]], prepared: Prepared) -> np.ndarray | None:
    """The encoder's vectors of each step's lines as one text, zeros of none: float32 [N, T, W]; None without one."""
    if prepared.encoder is None:
        return None
    steps, share = prepared.layout.steps, prepared.layout.lines_per_step
    joined = ["\n".join(text[step * share : (step + 1) * share]) for text in texts for step in range(steps)]
    vectors = prepared.encoder.encode_texts(joined).numpy()
    vectors[[not text for text in joined]] = 0
    return vectors.reshape(len(texts), steps, -1)


def poem_schedule(epochs: int) -> Schedule:
    """All poems in every epoch."""
    stage = Stage(until_epoch=None, ratings=(BEST_RATING,), positive_from=BEST_RATING)
    return Schedule(epochs=epochs, stages=(stage,), evaluation_positive_from=BEST_RATING)


def _loading(prepared: Prepared) -> dict[str, Any]:
    source = prepared.source
    names = ("batch_size", "eval_batch_size", "workers", "nouns", "unit")
    return {name: getattr(source, name) for name in names}


def table_tensor(prepared: Prepared) -> torch.Tensor:
    """The token table as a tensor of its own, [V, W]."""
    return torch.from_numpy(np.array(prepared.token_table, dtype=np.float32))
