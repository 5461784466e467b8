"""The picture world: poems, pictures and experiences from a seed, at any size (design of the suite)."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from PIL import Image

from mmtg.data.experience import Experience, Step, StepScores
from mmtg.errors import InputError
from mmtg.world import alphabet, pictures, texts
from mmtg.world.concepts import concept_named
from mmtg.world.dice import Dice, stream
from mmtg.world.levels import draw_elsewhere, level_texts, rating_of
from mmtg.world.pictures import Drawing
from mmtg.world.poems import Draft, Habits, draw_poem
from mmtg.world.raters import rate_step
from mmtg.world.skies import sky_named
from mmtg.world.talk import Talk

TEST_SPLIT = "test"
"""The one split whose items are all of the highest level and carry raters' scores."""


@dataclass(frozen=True)
class Labels:
    """What is to be seen in a picture.

    Attributes:
        object: name of the main concept.
        kind: what sort of thing the concept is.
        scene: where it stands.
        time: time of day.
        weather: weather.
        sentiment: the mood its sky leans to, one of MOODS.
    """

    object: str
    kind: str
    scene: str
    time: str
    weather: str
    sentiment: str


@dataclass(frozen=True, kw_only=True)
class World(Talk):
    """A deterministic world of pictures and poems; cheap to make and to send to another process.

    Items are pure functions of the seed, the name of their split and their index: they are the same whatever
    is drawn before, elsewhere or besides. A split may have any name and any length.

    Attributes:
        seed: names the world, >= 0.
        steps: steps of an experience, >= 1.
        lines_per_step: lines of a step, >= 1.
        picture_size: width and height of pictures in pixels, >= 8.
        picture_share: weight of steps whose lines speak of the picture alone; their text is a mood.
        text_share: weight of steps whose lines speak of the text alone; their text is emphatic.
        both_share: weight of steps whose lines speak of picture and text; their text is plain.
        theme_bias: chance that a concept is one its theme favours.
        mood_constancy: chance that a step keeps its poem's mood rather than a neutral one.
        pair_share: chance that picture and text meet in one line, in steps that speak of both.
        two_topics: chance of a second topic word.
        scene_first: chance that a step's lines go from what is seen over what is told to the mood, and not in
            any order.
        raters: raters of a step of the test split.
        score_noise: chance that a rater's score is off by one.
        pictures_per_scene: how many different pictures a split has of one concept under one sky; None draws
            every step its own.

    Raises:
        InputError: a number is out of its range.
    """

    seed: int = 1
    steps: int = 5
    lines_per_step: int = 2
    picture_size: int = 64
    picture_share: float = 0.3
    text_share: float = 0.25
    both_share: float = 0.45
    theme_bias: float = 0.7
    mood_constancy: float = 0.8
    pair_share: float = 0.25
    two_topics: float = 0.5
    scene_first: float = 0.8
    raters: int = 2
    score_noise: float = 0.15
    pictures_per_scene: int | None = None

    def __post_init__(self) -> None:
        least = {"seed": 0, "steps": 1, "lines_per_step": 1, "picture_size": 8, "raters": 1}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise InputError(f"must be at least {low}, not {getattr(self, name)}", field=name)
        for name in ("theme_bias", "mood_constancy", "pair_share", "two_topics", "scene_first", "score_noise"):
            if not 0 <= getattr(self, name) <= 1:
                raise InputError(f"must be a probability, not {getattr(self, name)}", field=name)
        if min(self._kind_weights) < 0 or sum(self._kind_weights) <= 0:
            raise InputError("picture_share, text_share and both_share must be >= 0, and not all 0")
        if self.pictures_per_scene is not None and self.pictures_per_scene < 1:
            raise InputError("must be at least 1, or null", field="pictures_per_scene")

    @property
    def _kind_weights(self) -> tuple[float, float, float]:
        return self.picture_share, self.text_share, self.both_share

    @cached_property
    def _habits(self) -> Habits:
        return Habits(
            steps=self.steps,
            lines_per_step=self.lines_per_step,
            kind_weights=self._kind_weights,
            theme_bias=self.theme_bias,
            mood_constancy=self.mood_constancy,
            pair_share=self.pair_share,
            two_topics=self.two_topics,
            scene_first=self.scene_first,
        )

    def experience(self, split: str, index: int) -> Experience:
        """One item: topic, steps of picture and text, lines, and what is known of them.

        Args:
            split: name of the split; items of ``test`` have scores and no rating, all others a rating of
                5 - index % 5 and no scores.
            index: place in the split, >= 0.

        Returns:
            The experience; its lines and plan do not depend on its rating.

        Raises:
            InputError: the index is negative.
        """
        draft = self._draft(split, index)
        test = split == TEST_SPLIT
        rating = None if test else rating_of(index)
        return Experience(
            id=f"{split}-{index:06d}",
            topic=draft.topic,
            steps=self._steps(rating, draft, split, index),
            lines=_lines(draft),
            rating=rating,
            scores=self._scores(draft, split, index) if test else None,
            plan=tuple(step.plan for step in draft.steps),
        )

    def poem(self, split: str, index: int) -> tuple[str, tuple[str, ...]]:
        """Topic and lines of one item, the same as those of the experience but much faster.

        Args:
            split: name of the split.
            index: place in the split, >= 0.

        Returns:
            The topic, and the lines in order.

        Raises:
            InputError: the index is negative.
        """
        draft = self._draft(split, index)
        return draft.topic, _lines(draft)

    def picture(self, concept: str, sky: str, rng: np.random.Generator) -> Image.Image:
        """Draw a concept under a sky.

        Args:
            concept: name of a concept.
            sky: name of a sky.
            rng: all chance in the picture.

        Returns:
            An RGB picture, picture_size by picture_size pixels.

        Raises:
            InputError: no concept or no sky has the name.
        """
        return pictures.paint(concept, sky, self.picture_size, Dice(rng))

    def caption(self, concept: str, rng: np.random.Generator) -> str:
        """A short Chinese phrase that names the concept, and no other.

        Args:
            concept: name of a concept.
            rng: chooses the phrase.

        Returns:
            A bare noun, a described one, one at work, or a phrase such as step texts are.

        Raises:
            InputError: no concept has the name.
        """
        return texts.caption(concept_named(concept), Dice(rng))

    def labels(self, concept: str, sky: str) -> Labels:
        """What is to be seen in a picture of the concept under the sky.

        Args:
            concept: name of a concept.
            sky: name of a sky.

        Returns:
            Labels of object, scene and sentiment.

        Raises:
            InputError: no concept or no sky has the name.
        """
        thing, above = concept_named(concept), sky_named(sky)
        return Labels(thing.name, thing.kind, thing.scene, above.time, above.weather, above.sentiment)

    def characters(self) -> list[str]:
        """All characters that any line, text, topic or caption can contain, sorted."""
        return alphabet.characters()

    def _draft(self, split: str, index: int) -> Draft:
        if index < 0:
            raise InputError(f"must be >= 0, not {index}", record=f"split {split}", field="index")
        return draw_poem(self._habits, Dice(stream("poem", self.seed, split, index)))

    def _steps(self, rating: int | None, draft: Draft, split: str, index: int) -> tuple[Step, ...]:
        dice = Dice(stream("level", self.seed, split, index))
        if rating == 1:
            other, order = draw_elsewhere(self._habits, draft, dice)
            item = f"{index}-elsewhere"
            return tuple(self._step(other, place, other.steps[place].text, split, item) for place in order)
        own = level_texts(rating or 5, draft, dice)
        return tuple(self._step(draft, place, text, split, str(index)) for place, text in enumerate(own))

    def _step(self, draft: Draft, place: int, text: str, split: str, item: str) -> Step:
        step = draft.steps[place]
        keys: tuple[int | str, ...] = (self.seed, split, item, place)
        if self.pictures_per_scene is not None:
            keys = (self.seed, split, Dice(stream("scene", *keys)).below(self.pictures_per_scene))
        drawing = Drawing(step.shown, step.setting.sky.name, self.picture_size, keys)
        return Step(text=text, picture=drawing, picture_key=drawing.key)

    def _scores(self, draft: Draft, split: str, index: int) -> tuple[StepScores, ...]:
        dice = Dice(stream("scores", self.seed, split, index))
        return tuple(
            rate_step(step.kind, raters=self.raters, noise=self.score_noise, dice=dice) for step in draft.steps
        )


def _lines(draft: Draft) -> tuple[str, ...]:
    return tuple(line for step in draft.steps for line in step.lines)
