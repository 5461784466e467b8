"""Weights & Biases: offline without a key, never a prompt."""

import hashlib
import netrc
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import WandbLogger
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from mmtg.errors import InputError

MODES = ("auto", "online", "offline")
ID_LETTERS = 16


def wandb_logger(
    settings: Mapping[str, Any], directory: Path, *, experiment: str, system: str, config: Mapping[str, Any]
) -> WandbLogger:
    """The logger of a run; its id follows from the run directory, so that a continued run is the same run.

    Args:
        settings: ``conf/logger`` section ``wandb``.
        directory: the run directory; W&B's files go into its ``wandb`` folder.
        experiment: name of the experiment, before the run's own.
        system: name of the model, the job type.
        config: the resolved configuration.

    Returns:
        The logger; W&B itself starts at the first figure.

    Raises:
        InputError: unknown mode.
    """
    mode = settings["mode"]
    if mode not in MODES:
        raise InputError(f"'{mode}' is unknown; choose {', '.join(MODES)}", field="logger.wandb.mode")
    offline = mode == "offline" or (mode == "auto" and not has_key())
    return WandbLogger(
        name=f"{experiment}/{directory.name}",
        id=hashlib.sha256(str(directory.resolve()).encode()).hexdigest()[:ID_LETTERS],
        project=settings["project"],
        entity=settings["entity"],
        group=settings["group"],
        job_type=system,
        tags=list(settings["tags"]),
        save_dir=directory,
        offline=offline,
        resume=None if offline else "allow",
        config=dict(config),
    )


def has_key() -> bool:
    """Whether a W&B key is at hand, in the environment or in the netrc file; a mode set there wins."""
    if os.environ.get("WANDB_MODE") in ("offline", "disabled", "dryrun"):
        return False
    if os.environ.get("WANDB_API_KEY"):
        return True
    try:
        hosts = netrc.netrc().hosts
    except (OSError, netrc.NetrcParseError):
        return False
    return any("wandb" in host for host in hosts)


@rank_zero_only
def log_samples(logger: WandbLogger, samples: Sequence[Mapping[str, Any]]) -> None:
    """Writes the table ``test/samples``: id, topic, reference and each hypothesis in a row."""
    rows = [
        [sample["id"], sample["topic"], "\n".join(sample["reference"]), "\n".join(lines)]
        for sample in samples
        for lines in sample["hypotheses"]
    ]
    logger.log_table("test/samples", columns=["id", "topic", "reference", "hypothesis"], data=rows)
