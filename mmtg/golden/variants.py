"""The golden variants as our choices."""

from dataclasses import replace
from typing import Any

import torch

from mmtg.data.layout import SlotsLayout
from mmtg.data.sequence_layout import SequenceLayout
from mmtg.data.vocabulary import Vocabulary
from mmtg.golden.recipe import STEPS, TOKENS, WIDTH, Golden
from mmtg.models.decoder import Decoder, DecoderSize
from mmtg.models.images2poem import Images2Poem
from mmtg.models.mmtg import MMTG, MMTGChoices
from mmtg.models.published import images2poem_from_published, without_buffers
from mmtg.models.released import MMTG as RELEASED
from mmtg.models.released import Released, to_ours
from mmtg.models.variant import variant_of

PUBLISHED = MMTGChoices(
    encoder="gru",
    encoder_positions=False,
    alpha_attention="learned",
    fusion="add",
    use_image=True,
    use_text=True,
    use_topic_prompt=True,
    context_gain=1.0,
)
VARIANTS: dict[str, dict[str, Any]] = {
    "forward": {},
    "positives": {},
    "fusion_mul": {"fusion": "multiply"},
    "without_image": {},
    "without_text": {},
    "without_topic_prompt": {"use_topic_prompt": False},
    "fixed_alpha": {"alpha_attention": "fixed"},
    "encoder_lstm": {},
    "encoder_rnn": {},
    "encoder_trm": {},
}
"""Of each set of golden numbers, the choices that its weights do not tell."""
HEADS, ALPHA_HEADS = 12, 4
SIZES = {
    "steps": STEPS,
    "lines_per_step": 2,
    "line_tokens": 20,
    "topic_tokens": 15,
    "prompt": "主题词：",
    "step_types": (1, 2, 3, 4, 1),
}


def published_slots(vocabulary: Vocabulary) -> SlotsLayout:
    """The layout of the published MMTG: 15 + 221 positions."""
    return SlotsLayout(vocabulary=vocabulary, **SIZES)  # type: ignore[arg-type]


def published_sequence(vocabulary: Vocabulary) -> SequenceLayout:
    """The layout of the published images2poem: 220 positions."""
    return SequenceLayout(vocabulary=vocabulary, **SIZES)  # type: ignore[arg-type]


def _decoder_size(golden: Golden) -> DecoderSize:
    rows, width = golden.shapes["decoder.gpt2.transformer.wte.weight"]
    positions = golden.shapes["decoder.gpt2.transformer.wpe.weight"][0]
    hidden = golden.shapes.get("decoder.projector_layer1.weight", [0])[0]
    return DecoderSize(
        width=width,
        layers=golden.layers,
        heads=HEADS,
        positions=positions,
        vocabulary=rows,
        projector_hidden=hidden,
        dropout=0.0,
    )


def mmtg_of(golden: Golden, layout: SlotsLayout) -> MMTG:
    """The golden MMTG: weights under their published names, through the importer of released checkpoints."""
    weights = without_buffers(golden.weights())
    told = variant_of(Released(golden.folder, RELEASED, weights, None)).switches
    decoder = Decoder(golden.token_table(), _decoder_size(golden))
    model = MMTG(
        decoder,
        replace(PUBLISHED, **told, **VARIANTS[golden.name]),  # type: ignore[arg-type]
        hidden=golden.shapes["encoder.topic_fc.weight"][0],
        attention_heads=ALPHA_HEADS,
        dropout=0.0,
        topic_tokens=layout.topic_tokens,
        step_types=torch.tensor(layout.step_types),
        step_of_position=torch.from_numpy(layout.step_of_position),
    )
    ours = {name.removeprefix("model."): weight for name, weight in to_ours(weights, RELEASED).items()}
    model.load_state_dict({**ours, "decoder.token_table": decoder.token_table})
    return model.eval()


def images2poem_of(golden: Golden) -> Images2Poem:
    """The golden images2poem."""
    hidden = golden.shapes["img_inner_atten_layer.query.weight"][0]
    model = Images2Poem(
        _decoder_size(golden), width=WIDTH, hidden=hidden, heads=ALPHA_HEADS, steps=STEPS, tokens=TOKENS
    )
    model.load_state_dict(images2poem_from_published(golden.weights()))
    return model.eval()
