"""Settings of the unified transformer (``conf/model/unified.yaml``)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmtg.data.layout import Layout
from mmtg.data.post_vocabulary import PostVocabulary
from mmtg.errors import InputError
from mmtg.models.unified_embeddings import UnifiedCells, UnifiedText
from mmtg.models.unified_layers import UnifiedSize
from mmtg.models.unified_network import UnifiedNetwork
from mmtg.models.unified_objectives import CAUSAL, SINGLE, SPANS
from mmtg.models.unlikelihood import Unlikelihood

MIXED, DENSE, DISCRETE = "mixed", "dense", "discrete"
FEATURES = (MIXED, DENSE, DISCRETE)
"""What ``model.features`` may say of cells: vectors to write from and clusters to paint with, as published; or one
of both for both."""

SIZES = ("width", "heads", "feedforward", "text_layers", "cell_layers", "cross_layers", "joint_layers")

WRITE, PAINT = "i2t", "t2i"
TASKS = {"xe_i2t": WRITE, "xe_t2i": PAINT, "rl_i2t": WRITE, "rl_t2i": PAINT}
"""What ``model.tasks`` may name, and its direction: token by token, or by what whole results are worth."""


@dataclass(frozen=True, kw_only=True)
class TokenLevel:
    """How both directions are learnt token by token; see ``model.token_level``.

    Raises:
        InputError: a value out of its range.
    """

    smoothing: float
    hidden: float
    predicts: str
    draws: int
    evaluated: int
    iterations: int
    unlikelihood: float
    unlikelihood_power: float

    def __post_init__(self) -> None:
        if not 0 <= self.smoothing < 1:
            raise InputError(f"is {self.smoothing}; must be in [0, 1)", field="model.token_level.smoothing")
        if not 0 <= self.hidden <= 1:
            raise InputError(f"is {self.hidden}; must be in 0..1", field="model.token_level.hidden")
        if self.predicts not in (CAUSAL, SINGLE, SPANS):
            what = f"'{self.predicts}' is unknown; choose {CAUSAL}, {SINGLE} or {SPANS}"
            raise InputError(what, field="model.token_level.predicts")
        if not self.unlikelihood >= 0:
            raise InputError(f"is {self.unlikelihood}; must be at least 0", field="model.token_level.unlikelihood")
        for name in ("draws", "evaluated", "iterations"):
            if getattr(self, name) < 1:
                raise InputError(f"is {getattr(self, name)}; must be at least 1", field=f"model.token_level.{name}")

    def unlikely(self, words: PostVocabulary) -> Unlikelihood | None:
        """What is made less likely of texts of a vocabulary; None for nothing."""
        if not self.unlikelihood:
            return None
        structure = (words.pad, words.start, words.line, words.end, words.mask)
        return Unlikelihood(weight=self.unlikelihood, power=self.unlikelihood_power, structure=structure)


CLIP, MSE = "clip", "mse"
"""What ``model.sequence_level.paints_by`` may say: nearness of pictures to their texts; or distance from true cells."""


@dataclass(frozen=True, kw_only=True)
class SequenceLevel:
    """How both directions are learnt from whole results; see ``model.sequence_level``.

    Raises:
        InputError: a value out of its range.
    """

    draw_temperature: float
    reward_weight: float
    whole_weight: float
    ends: bool
    paints_by: str
    weight: float
    temperature: float
    noise: bool

    def __post_init__(self) -> None:
        if self.paints_by not in (CLIP, MSE):
            what = f"'{self.paints_by}' is unknown; choose {CLIP} or {MSE}"
            raise InputError(what, field="model.sequence_level.paints_by")
        for name in ("draw_temperature", "reward_weight", "weight", "temperature"):
            if not getattr(self, name) > 0:
                raise InputError(f"is {getattr(self, name)}; must be above 0", field=f"model.sequence_level.{name}")
        if self.whole_weight < 0:
            raise InputError(f"is {self.whole_weight}; must be at least 0", field="model.sequence_level.whole_weight")


def unified_network(
    *,
    size: Mapping[str, Any],
    dropout: float,
    closeness: float,
    streams: str,
    grid: int,
    vector_width: int,
    topic_tokens: int,
    positions: int,
    positions_restart: bool,
    lines_per_text: int | None,
    slots: bool,
    vocabulary: PostVocabulary,
    layout: Layout,
) -> UnifiedNetwork:
    """The network.

    Args:
        size: the section ``model.size``.
        dropout: of the layers.
        closeness: of tokens and cells of one step; see :class:`UnifiedSize`.
        streams: ``two`` or ``one``.
        grid: cells a side of a picture.
        vector_width: of a cell's vector.
        topic_tokens: most tokens of a topic.
        positions: most tokens of the lines.
        positions_restart: whether places count within each of several texts.
        lines_per_text: lines of one; None: those of a step are one.
        slots: whether each has a slot, as long as the longest.
        vocabulary: of all texts.
        layout: how many steps and lines there are.

    Returns:
        The network, as initialised.

    Raises:
        InputError: the section does not give its dimensions, or the lines do not fit, or do not make whole texts.
    """
    if missing := [name for name in (*SIZES, "clusters", "init_std") if size[f"unified_{name}"] is None]:
        raise InputError("is not given by this model/size", field=f"model.size.unified_{missing[0]}")
    if positions < layout.length + 1:
        raise InputError(f"is {positions}, but the lines take up to {layout.length + 1}", field="model.positions")
    each = lines_per_text or layout.lines_per_step
    if each < 1 or layout.lines_per_step % each:
        what = f"is {each}, but a picture has {layout.lines_per_step} lines, which must make whole texts"
        raise InputError(what, field="model.lines_per_text")
    return UnifiedNetwork(
        size=UnifiedSize(dropout=dropout, closeness=closeness, **{name: size[f"unified_{name}"] for name in SIZES}),
        text=UnifiedText(
            vocabulary=len(vocabulary),
            pad=vocabulary.pad,
            line=vocabulary.line,
            lines_per_step=layout.lines_per_step,
            topic_tokens=topic_tokens,
            positions=positions,
            lines_per_text=each,
            positions_restart=positions_restart,
            slot=each * (layout.line_tokens + 1) if slots else None,
        ),
        cells=UnifiedCells(steps=layout.steps, grid=grid, width=vector_width, clusters=size["unified_clusters"]),
        streams=streams,
        init_std=size["unified_init_std"],
    )


def check_settings(pretrained: str | None, tasks: Sequence[str], features: str, token_level: TokenLevel) -> None:
    """Refuses what is unknown.

    Args:
        pretrained: must be None.
        tasks: at least one of TASKS.
        features: one of FEATURES.
        token_level: how both directions are learnt token by token.

    Raises:
        InputError: another value, or two that contradict each other.
    """
    if pretrained is not None:
        raise InputError("must be null: model.weights takes a checkpoint", field="model.pretrained")
    if not tasks:
        raise InputError(f"must name at least one of {', '.join(TASKS)}", field="model.tasks")
    for value, known, field in [(features, FEATURES, "features"), *((task, TASKS, "tasks") for task in tasks)]:
        if value not in known:
            raise InputError(f"'{value}' is unknown; choose {', '.join(known)}", field=f"model.{field}")
    if token_level.predicts == SPANS and "rl_i2t" in tasks:
        what = f"asks for rl_i2t, which scores tokens one after another; model.token_level.predicts={SPANS} does not"
        raise InputError(what, field="model.tasks")
