"""A finished run in a notebook: ``run = mmtg.load("runs/mmtg_full/...")``."""

import json
import os
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from mmtg.data.module import TextDataModule
from mmtg.errors import InputError
from mmtg.models.build import load_system
from mmtg.models.system import System
from mmtg.phases import phase_one_module
from mmtg.prepare import Prepared, experience_module, poems_only, prepare


@dataclass(frozen=True)
class LoadedRun:
    """What a run directory holds.

    Attributes:
        directory: the run directory.
        config: its whole configuration.
        system: the model of a checkpoint, in evaluation mode.
        figures: final figures; empty where the run did not end.
        samples: test outputs; empty where it was not tested.
    """

    directory: Path
    config: DictConfig
    system: System
    figures: dict[str, float]
    samples: list[dict[str, Any]]

    @cached_property
    def module(self) -> TextDataModule:
        """The data that the run learned from, in the model's layout.

        ``module.sets["val"].__getitems__([0, 1])`` is a batch of two. What they are made of is looked up in
        ``config.paths.artefacts``, and made where it is missing.
        """
        return module_of(self.config, prepared_for(self.config, self.system), self.system)


def load(
    directory: str | os.PathLike[str], *, checkpoint: str = "best", artefacts: str | os.PathLike[str] | None = None
) -> LoadedRun:
    """Gives model, data, configuration and results of a run back.

    Args:
        directory: the run directory.
        checkpoint: which of its checkpoints, ``best`` or ``last``.
        artefacts: folder of artefacts, where it is no longer where the run found it.

    Returns:
        The run; its data are opened when they are asked for.

    Raises:
        InputError: no run directory, or no such checkpoint in it.
    """
    path = Path(directory)
    config = config_of(path)
    if artefacts is not None:
        config.paths.artefacts = str(artefacts)
    system = load_system(path / "checkpoints" / f"{checkpoint}.ckpt")
    figures, samples = path / "metrics.json", path / "samples.jsonl"
    return LoadedRun(
        path,
        config,
        system,
        json.loads(figures.read_text(encoding="utf-8")) if figures.is_file() else {},
        [json.loads(line) for line in samples.read_text(encoding="utf-8").splitlines()] if samples.is_file() else [],
    )


def config_of(directory: Path) -> DictConfig:
    """The configuration of a run.

    Args:
        directory: the run directory.

    Returns:
        The whole configuration.

    Raises:
        InputError: there is none, or it cannot be read.
    """
    file = directory / "config.yaml"
    if not file.is_file():
        raise InputError("is not there; name the directory of a run", file=file)
    try:
        return OmegaConf.create(OmegaConf.to_container(OmegaConf.load(file)))  # type: ignore[return-value]
    except OmegaConfBaseException as error:
        raise InputError(f"is not the configuration of a run ({error})", file=file) from error


def prepared_for(config: DictConfig, system: System) -> Prepared:
    """What a run learned from, in the layout of its model.

    Args:
        config: the run's configuration.
        system: its model.

    Returns:
        Data, encoder, vocabulary.

    Raises:
        InputError: the data cannot be read.
    """
    return replace(prepare(config, experiences=not poems_only(config)), layout=system.layout)


def module_of(config: DictConfig, prepared: Prepared, system: System) -> TextDataModule:
    """The loaders of what a run learned from, as a test wants them.

    Args:
        config: the run's configuration.
        prepared: what it learned from.
        system: its model.

    Returns:
        The loaders.
    """
    if poems_only(config):
        return phase_one_module(config, prepared, echo=False)
    return experience_module(prepared, system.schedule, config, trains=False)
