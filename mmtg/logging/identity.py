"""What dashboards know a run by: the same name, group, job type and tags in each of them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from mmtg.seeded import Seeded, seeded
from mmtg.typed import pairs

ID_LETTERS = 16
TAG_LETTERS = 64
"""The longest tag that W&B takes."""
ONLY_HOW = ("seed", "pretrain.seed", "experiment", "sweep", "resume", "threads")
BESIDE = ("task", "paths", "logger", "callbacks")
"""Keys, and sections, that do not make another system of a run."""
NOT_FIT = {"encoder": "encoder"}
"""Job types of runs that do not train ``model``, by their task."""


@dataclass(frozen=True)
class Identity:
    """A run among others.

    Attributes:
        directory: of the run.
        config: the resolved configuration.
        overrides: what was typed, or chosen by a sweeper.
        sweep: folder of the multirun that it is one of; None if it is alone.
    """

    directory: Path
    config: Mapping[str, Any]
    overrides: Sequence[str] = ()
    sweep: Path | None = None

    @property
    def id(self) -> str:
        """Follows from the run directory, so that a continued run is the same run."""
        return hashlib.sha256(str(self.directory.resolve()).encode()).hexdigest()[:ID_LETTERS]

    @property
    def name(self) -> str:
        """Experiment and folder."""
        return f"{self.config['name']}/{self.directory.name}"

    @property
    def group(self) -> str:
        """The configured one; else the sweep; of a run that is alone its experiment."""
        own = f"{self.sweep.parent.name}/{self.sweep.name}" if self.sweep else str(self.config["name"])
        return self.config["logger"]["wandb"]["group"] or own

    @property
    def job_type(self) -> str:
        """The model."""
        return NOT_FIT.get(self.config["task"]["name"], str(self.config["model"]["name"]))

    @property
    def tags(self) -> list[str]:
        """The configured ones, which an ablation sets; a curriculum that was chosen; a task that is no training."""
        more = [f"curriculum:{self.typed['curriculum']}"] if "curriculum" in self.typed else []
        if (task := self.config["task"]["name"]) != "fit":
            more.append(task)
        own = [str(tag) for tag in self.config["logger"]["wandb"]["tags"]]
        return [tag[:TAG_LETTERS] for tag in dict.fromkeys([*own, *more])]

    @property
    def label(self) -> str:
        """What seeds have in common: the folder without its seed, as sweeps name it; else experiment and overrides."""
        if self._seeded:
            return f"{self._seeded.name}{self._seeded.rest}"
        keys = [key for key, _ in pairs(self.overrides)]
        changed = [
            item.lstrip("+")
            for item, key in zip(self.overrides, keys, strict=True)
            if key not in ONLY_HOW and key.split(".")[0] not in BESIDE
        ]
        return " ".join([str(self.config["name"]), *changed])

    @property
    def seed(self) -> int:
        """The seed that the sweep varies; else ``seed``."""
        return self._seeded.seed if self._seeded else int(self.config["seed"])

    @property
    def _seeded(self) -> Seeded | None:
        """What the sweep says by the folder's name."""
        return seeded(self.directory.name) if self.sweep else None

    @cached_property
    def typed(self) -> dict[str, str]:
        """Choices of groups and values without a section, as they were typed: ``{"curriculum": "none", ...}``."""
        return {key: value for key, value in pairs(self.overrides) if value and "." not in key}

    @property
    def facts(self) -> dict[str, Any]:
        """What to group runs by beside the configuration."""
        sweep = self.sweep.parent.name if self.sweep else None
        return {"label": self.label, "seed": self.seed, "sweep": sweep, "typed": self.typed}
