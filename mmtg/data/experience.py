"""The schema every source speaks: a topic, steps of picture and text, and the lines they inspired.

Letters of shapes: T steps, W the width of encoder vectors, K raters.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from mmtg.errors import InputError

if TYPE_CHECKING:
    import PIL.Image

SCORE_RANGES = {"img_rel": (1, 5), "r_rel": (1, 5), "cmp_rel": (0, 2)}
"""Smallest and largest score a rater may give (MMTG reference, section 1.2)."""


@dataclass(frozen=True)
class Step:
    """One step of an experience: a picture and a text; whatever is None is missing, a masked input.

    Attributes:
        text: the text that goes with the picture.
        picture: opens or draws the picture when called.
        picture_key: equal keys mean the same picture, which is then encoded once.
        image_vector: [W] float32, what an encoder makes of the picture.
        text_vector: [W] float32, what an encoder makes of the text.
    """

    text: str | None = None
    picture: Callable[[], PIL.Image.Image] | None = None
    picture_key: str | None = None
    image_vector: np.ndarray | None = None
    text_vector: np.ndarray | None = None


@dataclass(frozen=True)
class StepScores:
    """How raters saw one step beside its lines; one entry per rater.

    Attributes:
        img_rel: [K] relevance of the picture, 1 to 5.
        r_rel: [K] relevance of the text, 1 to 5.
        cmp_rel: [K] which is more relevant: 0 the picture, 1 a tie, 2 the text.
    """

    img_rel: tuple[int, ...]
    r_rel: tuple[int, ...]
    cmp_rel: tuple[int, ...]


@dataclass(frozen=True)
class Experience:
    """A topic, T steps in order, and, where known, the lines to write and what is known of them.

    Attributes:
        id: the name of this experience, unique in its source.
        topic: the topic word or words.
        steps: [T] steps, in order.
        lines: the target lines; lines 2i and 2i+1 speak of step i when there are two lines per step.
        rating: how well steps and lines belong together, 1 (least) to 5 (most).
        topic_vector: [W] float32, what an encoder makes of the topic.
        scores: [T] raters' scores.
        plan: [T] per step, the names of the concepts its couplet speaks of.
    """

    id: str
    topic: str
    steps: tuple[Step, ...]
    lines: tuple[str, ...] | None = None
    rating: int | None = None
    topic_vector: np.ndarray | None = None
    scores: tuple[StepScores, ...] | None = None
    plan: tuple[tuple[str, ...], ...] | None = None


class Experiences(Protocol):
    """Experiences by their places, with their pictures."""

    def __getitem__(self, place: int, /) -> Experience: ...


def check_experience(
    experience: Experience,
    *,
    steps: int,
    lines_per_step: int,
    fewer_lines: bool = False,
    width: int | None,
    file: object,
    record: str,
) -> None:
    """Refuse an experience that does not keep to the schema.

    Missing pictures, texts, vectors, lines, ratings, scores and plans are allowed. Fields are named as they
    are in the released files (MMTG reference, section 1.2): ``img_2_emb``, ``r_1``, ``score_3.img_rel``.

    Args:
        experience: what to check.
        steps: T, the number of steps it must have.
        lines_per_step: lines that belong to each step; it must have T times as many, or none.
        fewer_lines: it may have fewer, but one at least.
        width: W, the width of every vector; None asks only that each is a vector.
        file: the file to name in messages.
        record: the record to name, such as ``item 17``.

    Raises:
        InputError: naming file, record and field.
    """
    check = _Check(file, record)
    check.text("id", experience.id)
    check.that(experience.id != "", "id", "is empty")
    check.text("topic", experience.topic)
    check.vector("topic_emb", experience.topic_vector, width)
    check.count("steps", experience.steps, steps, Step)
    for number, step in enumerate(experience.steps):
        check.step(number, step, width)
    if experience.lines is not None:
        most = steps * lines_per_step
        check.count("lyrics", experience.lines, min(most, max(1, len(experience.lines))) if fewer_lines else most, str)
        for line in experience.lines:
            check.text("lyrics", line)
    if experience.rating is not None:
        check.whole("rating", experience.rating, 1, 5)
    if experience.scores is not None:
        check.count("scores", experience.scores, steps, StepScores)
        for number, scores in enumerate(experience.scores):
            check.step_scores(number, scores)
    if experience.plan is not None:
        check.count("plan", experience.plan, steps, tuple)
        for name in (name for names in experience.plan for name in names):
            check.text("plan", name)


class _Check:
    """The single checks; each names the field at fault."""

    def __init__(self, file: object, record: str) -> None:
        self.file = file
        self.record = record

    def that(self, right: bool, field: str, what: str) -> None:
        if not right:
            raise InputError(what, file=self.file, record=self.record, field=field)

    def step(self, number: int, step: Step, width: int | None) -> None:
        if step.text is not None:
            self.text(f"r_{number}", step.text)
        self.vector(f"r_{number}_emb", step.text_vector, width)
        self.that(
            step.picture is None or callable(step.picture),
            f"img_{number}",
            "must be a function that opens the picture, or None",
        )
        if step.picture_key is not None:
            self.text(f"img_{number}", step.picture_key)
        self.vector(f"img_{number}_emb", step.image_vector, width)

    def step_scores(self, number: int, scores: StepScores) -> None:
        raters = len(scores.img_rel) if isinstance(scores.img_rel, tuple) else 0
        for name, (low, high) in SCORE_RANGES.items():
            field, given = f"score_{number}.{name}", getattr(scores, name)
            self.count(field, given, max(raters, 1), object)
            for score in given:
                self.whole(field, score, low, high)

    def count(self, field: str, given: object, wanted: int, kind: type) -> None:
        if not isinstance(given, tuple):
            self.that(False, field, f"must be a tuple, not {_name(given)}")
            return
        self.that(len(given) == wanted, field, f"has {len(given)} entries, {wanted} are wanted")
        for entry in given:
            if not isinstance(entry, kind):
                self.that(False, field, f"holds {_name(entry)} where {kind.__name__} is wanted")

    def text(self, field: str, given: object) -> None:
        if not isinstance(given, str):
            self.that(False, field, f"must be text, not {_name(given)}")
            return
        try:
            given.encode()
        except UnicodeEncodeError:
            self.that(False, field, "holds half a surrogate pair, which is not text")

    def whole(self, field: str, given: object, low: int, high: int) -> None:
        whole = isinstance(given, (int, np.integer)) and not isinstance(given, bool)
        fits = whole and low <= int(given) <= high  # type: ignore[call-overload]
        self.that(fits, field, f"must be a whole number from {low} to {high}, not {_shown(given)}")

    def vector(self, field: str, given: object, width: int | None) -> None:
        if given is None:
            return
        if not isinstance(given, np.ndarray) or given.dtype.kind != "f" or given.ndim != 1:
            self.that(False, field, f"must be a vector of floats, not {_name(given)}")
            return
        self.that(width is None or len(given) == width, field, f"has {len(given)} numbers, {width} are wanted")
        self.that(bool(np.isfinite(given).all()), field, "holds NaN or infinity")


def _name(given: object) -> str:
    if isinstance(given, np.ndarray):
        return f"an array of {given.dtype} shaped {list(given.shape)}"
    return "None" if given is None else type(given).__name__


def _shown(given: object) -> str:
    """Short and on one line, whatever it is."""
    return repr(given)[:60] if isinstance(given, (bool, float, str)) or _short(given) else _name(given)


def _short(given: object) -> bool:
    return isinstance(given, (int, np.integer)) and abs(int(given)) < 10**20
