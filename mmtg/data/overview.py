"""What a set of experiences holds: counts of ratings, topics, concepts, lengths, of what is missing; raters' scores.

Letters of shapes: N rated experiences, T steps, K raters.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from mmtg.data.experience import SCORE_RANGES, Experience, StepScores
from mmtg.data.store import StoredExperience
from mmtg.stats.attention import padded

AnyExperience = Experience | StoredExperience
"""An experience as a source gives it, or as a store keeps it."""


@dataclass
class Overview:
    """Counts over experiences.

    Attributes:
        experiences: how many there are.
        steps: how many steps they have in all.
        ratings: experiences by rating; those without one under None.
        topics: experiences by topic.
        concepts: steps by the concepts of their plan.
        lines: experiences by their number of lines.
        characters: lines by their number of characters.
        missing: steps that lack their ``picture`` or ``text``.
        named: by rating, steps with a plan and a text, and those of them whose text names a planned concept; needs
            the nouns of concepts.
    """

    experiences: int = 0
    steps: int = 0
    ratings: Counter[int | None] = field(default_factory=Counter)
    topics: Counter[str] = field(default_factory=Counter)
    concepts: Counter[str] = field(default_factory=Counter)
    lines: Counter[int] = field(default_factory=Counter)
    characters: Counter[int] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    named: dict[int | None, tuple[int, int]] = field(default_factory=dict)
    _scores: list[tuple[StepScores, ...]] = field(default_factory=list, repr=False)

    @property
    def scores(self) -> dict[str, np.ndarray]:
        """Raters' scores by their names, each float [N, T, K], as mmtg.stats wants them; empty without any.

        Steps and raters that an experience lacks are NaN.
        """
        if not self._scores:
            return {}
        return {
            name: padded([[getattr(step, name) for step in rated] for rated in self._scores]) for name in SCORE_RANGES
        }

    def named_share(self) -> dict[int | None, float]:
        """By rating, falling: the share of steps whose text names a concept of their plan."""
        order = sorted(self.named, key=lambda rating: -(rating or 0))
        return {rating: self.named[rating][1] / self.named[rating][0] for rating in order}

    def add(self, experience: AnyExperience, nouns: Mapping[str, Iterable[str]]) -> None:
        """Counts one more."""
        self.experiences += 1
        self.ratings[experience.rating] += 1
        self.topics[experience.topic] += 1
        texts, pictures = _texts(experience), _pictures(experience)
        self.steps += len(texts)
        self.missing.update({"picture": pictures.count(False), "text": texts.count(None)})
        if experience.lines is not None:
            self.lines[len(experience.lines)] += 1
            self.characters.update(map(len, experience.lines))
        if experience.scores is not None:
            self._scores.append(experience.scores)
        for text, concepts in zip(texts, experience.plan or (), strict=False):
            self.concepts.update(concepts)
            if text is not None and nouns:
                self._name(experience.rating, any(noun in text for c in concepts for noun in nouns.get(c, ())))

    def _name(self, rating: int | None, names: bool) -> None:
        steps, named = self.named.get(rating, (0, 0))
        self.named[rating] = steps + 1, named + names


def overview(experiences: Iterable[AnyExperience], nouns: Mapping[str, Iterable[str]] | None = None) -> Overview:
    """Counts experiences of any source: of the picture world, of a file, or of a store.

    Args:
        experiences: any number; they are not kept.
        nouns: of each concept, where plans are known, such as those of a source.

    Returns:
        The counts.
    """
    found = Overview()
    for experience in experiences:
        found.add(experience, nouns or {})
    return found


def _texts(experience: AnyExperience) -> list[str | None]:
    """The text of each step."""
    if isinstance(experience, StoredExperience):
        return list(experience.texts)
    return [step.text for step in experience.steps]


def _pictures(experience: AnyExperience) -> list[bool]:
    """Whether each step has a picture, or what an encoder made of one."""
    if isinstance(experience, StoredExperience):
        return [number >= 0 for number in experience.image_vectors]
    return [step.picture is not None or step.image_vector is not None for step in experience.steps]
