"""The run directory: complete on its own (contract: ``A run directory``)."""

import json
import logging
import math
import platform
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from mmtg.checkpoints import tidy
from mmtg.files import write_json, write_text
from mmtg.stats.kept import FILE as SCORES
from mmtg.stats.kept import KeptScores
from mmtg.stats.score import Score

log = logging.getLogger(__name__)

BOUNDS = ("_ceiling", "_chance")
"""Endings of figures that say what another is to be held against."""
PACKAGES = [
    "mmtg",
    "torch",
    "pytorch-lightning",
    "hydra-core",
    "omegaconf",
    "transformers",
    "datasets",
    "numpy",
    "pillow",
    "torchmetrics",
    "sacrebleu",
    "wandb",
]


@dataclass(frozen=True)
class RunDirectory:
    """Writes the files of a run; each is written beside and renamed.

    Attributes:
        path: the directory.
    """

    path: Path

    @property
    def checkpoints(self) -> Path:
        """Folder of ``best.ckpt`` and ``last.ckpt``."""
        return self.path / "checkpoints"

    def start(self, config: Mapping[str, Any], overrides: Sequence[str], seed: int) -> None:
        """Writes what is known before the first step: configuration, provenance, state."""
        self.path.mkdir(parents=True, exist_ok=True)
        tidy(self.checkpoints)
        write_text(self.path / "config.yaml", OmegaConf.to_yaml(OmegaConf.create(dict(config))))
        write_text(self.path / "overrides.yaml", OmegaConf.to_yaml(OmegaConf.create(list(overrides))))
        self.provenance({"seed": seed})
        self.status("running")

    def status(self, state: str, **more: Any) -> None:
        """Writes ``status.json``: running, completed, failed or preempted."""
        write_json(self.path / "status.json", {"state": state, "time": time.strftime("%Y-%m-%dT%H:%M:%S"), **more})

    def provenance(self, more: Mapping[str, Any]) -> None:
        """Adds to ``provenance.json``, which begins with code, packages and platform."""
        file = self.path / "provenance.json"
        known = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else _code_and_platform()
        write_json(file, {**known, **more})

    def metrics(self, figures: Mapping[str, float]) -> None:
        """Writes ``metrics.json``, one flat object; figures that are no finite numbers are named, and left out."""
        finite = {name: value for name, value in sorted(figures.items()) if math.isfinite(value)}
        if lost := sorted(set(figures) - set(finite)):
            log.warning("not in metrics.json, since not finite: %s", ", ".join(lost))
        write_json(self.path / "metrics.json", finite)

    def scores(self, samples: Sequence[Mapping[str, Any]], scores: Mapping[str, Score]) -> None:
        """Writes ``scores.json``: what the figures of a test are made of, experience by experience."""
        kept = {name: score for name, score in scores.items() if not name.endswith(BOUNDS)}
        write_text(self.path / SCORES, KeptScores.of(samples, kept).as_text())

    def samples(self, samples: Iterable[Mapping[str, Any]]) -> None:
        """Writes ``samples.jsonl``, an object a line."""
        write_text(self.path / "samples.jsonl", json_lines(samples))


def json_lines(objects: Iterable[Mapping[str, Any]]) -> str:
    """Objects as JSON lines, Chinese as it is."""
    return "".join(json.dumps(dict(item), ensure_ascii=False) + "\n" for item in objects)


def _code_and_platform() -> dict[str, Any]:
    return {
        "git_commit": _git("rev-parse", "HEAD"),
        "git_dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "packages": {name: _version(name) for name in PACKAGES},
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def _git(*arguments: str) -> str | None:
    """Output of a git command in the code's folder; None where the code is not under git."""
    command = ["git", "-C", str(Path(__file__).parent), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
