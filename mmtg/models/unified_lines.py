"""Lines of the unified transformer: tokens chosen, held to the data's form, and decoded.

Letters of shapes: A texts that are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmtg.data.post_vocabulary import PostVocabulary
from mmtg.data.prompt_layout import PromptLayout
from mmtg.decoding.settings import DecodingSettings
from mmtg.decoding.stepwise import step_settings, write
from mmtg.decoding.texts import noise
from mmtg.errors import InputError
from mmtg.models.unified_both import BothWays
from mmtg.models.unified_inputs import Scene
from mmtg.models.unified_settings import WRITE
from mmtg.models.unified_spans import SpanDraws, lines_of_slots, write_spans


@dataclass(frozen=True, kw_only=True)
class LineRules:
    """How lines are written.

    Attributes:
        words: of the text.
        layout: how many lines there are, and of what length.
        decoding: how tokens are chosen.
        bound: whether texts are held to that layout.
        writes_unknown: whether the unknown token may be written.
    """

    words: PostVocabulary
    layout: PromptLayout
    decoding: DecodingSettings
    bound: bool
    writes_unknown: bool

    @property
    def banned(self) -> list[int]:
        """Tokens that are never written."""
        words = self.words
        return sorted({words.pad, words.start, words.mask} | (set() if self.writes_unknown else {words.unk}))


def written_lines(model: BothWays, scene: Scene, rules: LineRules, texts: Sequence[tuple[str, int]]) -> list[list[str]]:
    """Lines to each row of a scene, token by token; in slots by mask-predict.

    Args:
        model: in evaluation mode.
        scene: A experiences, as they are seen in writing.
        rules: how they are written.
        texts: [A] names of the experiences and numbers of the samples, which decide the draws.

    Returns:
        [A] lists of lines.
    """
    if model.network(WRITE).words.texts.slot is not None:
        return _in_slots(model, scene, rules, texts)
    settings, words, layout = step_settings(rules.decoding), rules.words, rules.layout
    length = layout.lines * (layout.line_tokens + 1)
    uniform = None
    if settings.kind == "sampling":
        uniform = noise((length,), rules.decoding.seed, texts).to(scene.device)
    ids = write(
        model.steps(),
        scene,
        start=words.start,
        end=words.end,
        newline=words.line,
        banned=rules.banned,
        settings=settings,
        length=length,
        lines=layout.lines if rules.bound else None,
        line_tokens=layout.line_tokens if rules.bound else None,
        uniform=uniform,
        pad=words.pad,
    )
    return [words.lines(row) for row in ids.tolist()]


def _in_slots(model: BothWays, scene: Scene, rules: LineRules, texts: Sequence[tuple[str, int]]) -> list[list[str]]:
    """Several texts one after another; each has its number of lines, and what is too long is cut."""
    network, kind, words = model.network(WRITE), step_settings(rules.decoding).kind, rules.words
    order, iterations = network.words.texts, model.token_level.iterations
    if kind == "beam":
        raise InputError(f"is {rules.decoding.beams}; texts in slots are not searched", field="decoding.beams")
    uniform = None
    if kind == "sampling":
        shape = (order.count, iterations, order.slot or 0)
        uniform = noise(shape, rules.decoding.seed, texts).to(scene.device)
    draws = SpanDraws(rules.banned, (words.start, words.line, words.end), rules.decoding, uniform)
    ids = write_spans(network, scene, draws, mask=words.mask, iterations=iterations)
    most = rules.layout.line_tokens if rules.bound else None
    rows = (lines_of_slots(slots, order, end=words.end, most=most) for slots in ids.tolist())
    return [[words.decode(line) for line in lines] for lines in rows]
