"""What the encoder learns from, one picture at a time: a picture, its poem, and labels where they are known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from PIL.Image import Image

from mmtg.data.experience import Experience
from mmtg.data.splits import is_held_out
from mmtg.world import World
from mmtg.world.pictures import Drawing

SPLIT = "img2poem"
"""The world's split whose poems are read, and with ``-val`` and ``-test`` behind it those held out; no other job draws
from them."""

RATINGS = 5
"""Every fifth experience of the world is of the highest rating: its pictures belong to its lines."""

LABELS = {"object": "object", "scene": "scene", "time": "scene", "weather": "scene", "sentiment": "sentiment"}
"""By label, the net that learns it."""


@dataclass(frozen=True)
class Item:
    """A picture with its poem.

    Attributes:
        picture: opens or draws the picture.
        key: equal keys mean the same picture.
        text: the poem, its lines joined by newlines; empty if there is none.
        group: name of the experience it belongs to.
        paired: whether the poem speaks of what the picture shows.
        labels: some of LABELS.
    """

    picture: Callable[[], Image]
    key: str
    text: str
    group: str
    paired: bool = True
    labels: Mapping[str, str] = field(default_factory=dict)


def world_items(world: World, split: str, count: int) -> Iterator[Item]:
    """Every step of the world's best-rated experiences.

    Args:
        world: draws pictures and writes lines.
        split: name of its split.
        count: experiences.

    Yields:
        A step's picture, its lines and its labels; paired where the plan has what the picture shows.
    """
    for number in range(count):
        experience = world.experience(split, RATINGS * number)
        for item, step, plan in zip(_steps(experience), experience.steps, experience.plan or (), strict=True):
            drawing = step.picture
            assert isinstance(drawing, Drawing)
            seen = vars(world.labels(drawing.concept, drawing.sky))
            labels = {name: seen[name] for name in LABELS}
            yield Item(item.picture, item.key, item.text, item.group, drawing.concept in plan, labels)


def experience_items(experiences: Iterable[Experience]) -> Iterator[Item]:
    """Every step that has a picture, with its lines; of experiences whose lines belong to their pictures.

    Args:
        experiences: rated 5 or not at all; others are passed over.

    Yields:
        The steps' pictures and lines.
    """
    for experience in experiences:
        if experience.lines and experience.rating in (None, RATINGS):
            yield from _steps(experience)


def _steps(experience: Experience) -> Iterator[Item]:
    lines = experience.lines or ()
    each = len(lines) // len(experience.steps)
    for place, step in enumerate(experience.steps):
        if step.picture is not None:
            text = "\n".join(lines[place * each : (place + 1) * each])
            key = step.picture_key or f"{experience.id}/{place}"
            yield Item(step.picture, key, text, experience.id)


def held_out(items: Iterable[Item], *, share: float) -> dict[str, list[Item]]:
    """Split items by their poems' text, so that no poem stands on both sides.

    Args:
        items: all.
        share: of validation, and of test.

    Returns:
        ``train``, ``val`` and ``test``.
    """
    sets: dict[str, list[Item]] = {"train": [], "val": [], "test": []}
    for item in items:
        lines = [item.text or item.key]
        name = "test" if is_held_out(lines, share=share) else "val" if is_held_out(lines, share=2 * share) else "train"
        sets[name].append(item)
    return sets
