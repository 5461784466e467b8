"""From a topic and steps, checked, to what each of some systems writes."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.data.experience import Experience, Step
from mmtg.decoding.settings import DecodingSettings
from mmtg.errors import InputError
from mmtg.logging.progress import track
from mmtg.playground.authors import Author, Written, load_author
from mmtg.playground.pictures import GivenPicture, Limits, step_name

ID = "playground"  # of the experience; a text depends on it, on the seed and on its number

Progress = Callable[[int, int, str], None]
"""Told how many systems have written, of how many, and which writes now."""


@dataclass(frozen=True)
class GivenStep:
    """A step as it was given; either may be missing.

    Attributes:
        picture: a file.
        text: of any length.
    """

    picture: Path | None = None
    text: str = ""


class Playground:
    """Systems side by side; one request is answered at a time.

    Args:
        authors: at least one, all of the same number of steps.
        limits: of what is given.
        batch_sizes: of :func:`mmtg.generating.written`.

    Raises:
        InputError: the systems differ in the number of steps.
    """

    def __init__(self, authors: Sequence[Author], limits: Limits, *, batch_sizes: Mapping[str, int]) -> None:
        self.authors, self.limits, self.batch_sizes = list(authors), limits, dict(batch_sizes)
        self._busy = threading.Lock()
        for author in self.authors:
            if (own := author.system.layout.steps) != self.steps:
                what = f"has {own} steps, {self.authors[0].checkpoint} has {self.steps}; show them apart"
                raise InputError(what, file=author.checkpoint)

    @property
    def steps(self) -> int:
        """Steps of an experience."""
        return self.authors[0].system.layout.steps

    def rehearse(self, experience: Experience) -> None:
        """Lets each system write once, so that the first request is answered as fast as later ones.

        Args:
            experience: to write to.

        Raises:
            InputError: a system cannot write to experiences.
        """
        for author in track(self.authors, "rehearsing"):
            author.write(experience, author.own, batch_sizes=self.batch_sizes)

    def settings(self, strategy: DecodingSettings | None, changes: Mapping[str, Any]) -> list[DecodingSettings]:
        """How each system draws its texts.

        Args:
            strategy: for all of them; None for each checkpoint's own.
            changes: fields to set in it.

        Returns:
            The settings of each.

        Raises:
            InputError: a value out of its range.
        """
        return [replace(strategy or author.own, **changes) for author in self.authors]

    def write(
        self,
        topic: str,
        steps: Sequence[GivenStep],
        settings: Sequence[DecodingSettings],
        *,
        progress: Progress = lambda done, total, name: None,
    ) -> list[Written]:
        """What every system writes.

        Args:
            topic: of the experience.
            steps: in order; those left out at the end are missing ones.
            settings: of each system.
            progress: is told before each system writes.

        Returns:
            The texts of each.

        Raises:
            InputError: naming the step and what is wrong with it.
        """
        experience = self.experience(topic, steps)
        texts = []
        with self._busy:
            for number, (author, own) in enumerate(zip(self.authors, settings, strict=True)):
                progress(number, len(self.authors), author.system.name)
                texts.append(author.write(experience, own, batch_sizes=self.batch_sizes))
        return texts

    def experience(self, topic: str, steps: Sequence[GivenStep]) -> Experience:
        """What was given, checked but for what is in the pictures.

        Args:
            topic: must not be empty.
            steps: in order.

        Returns:
            The experience, of as many steps as the systems have.

        Raises:
            InputError: the topic is empty, there are too many steps, or a text is too long.
        """
        if not topic.strip():
            raise InputError("is empty; every poem has one", field="topic")
        if len(steps) > self.steps:
            raise InputError(f"has {len(steps)}, at most {self.steps} are wanted", field="steps")
        self._check_length(topic, None, "topic")
        given = [self._step(number, step) for number, step in enumerate(steps)]
        return Experience(ID, topic.strip(), (*given, *[Step()] * (self.steps - len(given))))

    def _step(self, number: int, step: GivenStep) -> Step:
        self._check_length(step.text, step_name(number), "text")
        text = step.text.strip() or None
        if step.picture is None:
            return Step(text=text)
        picture = GivenPicture(step.picture, number, self.limits)
        return Step(text=text, picture=picture, picture_key=picture.key())

    def _check_length(self, text: str, record: str | None, field: str) -> None:
        if len(text) > self.limits.max_text:
            what = f"has {len(text)} characters, more than the {self.limits.max_text} allowed"
            raise InputError(what, record=record, field=field)


def load_playground(config: DictConfig) -> Playground:
    """The systems of ``task.checkpoint``, one or a list, ready to write.

    Args:
        config: the whole configuration.

    Returns:
        The playground.

    Raises:
        InputError: there is none, one cannot be had, or two do not go together.
    """
    given = plain(config.task)["checkpoint"]
    paths = given if isinstance(given, list) else [given]
    if not paths or not all(isinstance(path, str) for path in paths):
        raise InputError(f"is {given}; name a checkpoint, or a list of them", field="task.checkpoint")
    limits = Limits(config.task.max_pixels, config.task.max_bytes, config.task.max_text)
    sizes = {"encode_batch_size": config.data.encode_batch_size, "batch_size": config.data.eval_batch_size}
    authors = [load_author(Path(path), config) for path in track(paths, "loading")]
    return Playground(authors, limits, batch_sizes=sizes)
