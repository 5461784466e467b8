"""Trained systems with their encoders, ready to write."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmtg.config.typed import typed_sections
from mmtg.data.experience import Experience
from mmtg.decoding.settings import DecodingSettings
from mmtg.encoders.base import Encoder
from mmtg.generating import equipped, written
from mmtg.models.build import load_system
from mmtg.models.keyword_clip import GIVEN_ANEW
from mmtg.models.system import System


@dataclass(frozen=True)
class Written:
    """What a system wrote.

    Attributes:
        system: its name.
        checkpoint: its file.
        lines_per_step: lines that belong to each step.
        record: ``hypotheses``, and where the system has them ``attention`` and ``keywords``.
    """

    system: str
    checkpoint: Path
    lines_per_step: int
    record: Mapping[str, Any]


@dataclass
class Author:
    """A system with its encoder, ready to write.

    Attributes:
        checkpoint: its file.
        system: in evaluation mode.
        encoder: of the system's run.
        own: how the checkpoint itself would have texts drawn.
    """

    checkpoint: Path
    system: System
    encoder: Encoder
    own: DecodingSettings

    def write(self, experience: Experience, settings: DecodingSettings, *, batch_sizes: Mapping[str, int]) -> Written:
        """Write to an experience.

        Args:
            experience: of as many steps as the system's layout has.
            settings: how texts are drawn; their precision is the checkpoint's own, and a system that has nothing to
                rank by draws no candidates.
            batch_sizes: of :func:`mmtg.generating.written`.

        Returns:
            The texts.

        Raises:
            InputError: a picture is at fault, or the system cannot draw texts so.
        """
        if self.system.ranking is None:
            settings = replace(settings, candidates=1)
        self.system.decoding = replace(settings, dtype=self.own.dtype, quantise=self.own.quantise)
        [record] = written(self.system, self.encoder, [experience], **batch_sizes)
        return Written(self.system.name, self.checkpoint, self.system.layout.lines_per_step, record)


def load_author(checkpoint: Path, config: DictConfig) -> Author:
    """A checkpoint, ready to write.

    Args:
        checkpoint: ``RUN/checkpoints/NAME.ckpt``.
        config: the whole configuration.

    Returns:
        The system, with its own settings but for those that were typed.

    Raises:
        InputError: the checkpoint, its encoder or its keywords cannot be had.
    """
    system = load_system(checkpoint, model=typed_sections(config, GIVEN_ANEW))
    typed = typed_sections(config, ["decoding"]).get("decoding", {})
    own = replace(system.decoding, **typed)
    return Author(checkpoint, system, equipped(system, checkpoint, config), own)
