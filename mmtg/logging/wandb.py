"""Weights & Biases: offline without a key, never a prompt."""

from collections.abc import Mapping, Sequence
from typing import Any

from pytorch_lightning.loggers import WandbLogger
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from mmtg.logging.attention import heat_map
from mmtg.logging.board import FINISHED, STOPPED, Board
from mmtg.logging.checks import has_key, wandb_mode
from mmtg.logging.identity import Identity
from mmtg.logging.samples import samples_table

FACTS = "run"
"""Section of W&B's config with what runs are grouped by beside the configuration."""


class WandbBoard(Board, WandbLogger):
    """Lightning's logger, with samples, attention and an end; see it for the arguments."""

    @rank_zero_only
    def show_samples(self, samples: Sequence[Mapping[str, Any]]) -> None:
        """The table ``test/samples``."""
        columns, rows = samples_table(samples)
        self.log_table("test/samples", columns=columns, data=rows)

    @rank_zero_only
    def show_attention(self, rows: Sequence[tuple[int, str, float]]) -> None:
        """The table ``test/attention`` and its picture ``test/attention_map``, both shown without any set-up."""
        self.log_table("test/attention", columns=["step", "source", "weight"], data=[list(row) for row in rows])
        self.log_image("test/attention_map", images=[heat_map(rows)])

    @rank_zero_only
    def conclude(self, figures: Mapping[str, float], step: int) -> None:
        """Puts the figures into the summary, which otherwise has what was logged last."""
        self.experiment.summary.update(dict(figures))

    @rank_zero_only
    def close(self, end: str) -> None:
        """Ends W&B's run; one that was stopped is marked as preempted."""
        import wandb

        if wandb.run is not None:
            if end == STOPPED:
                wandb.run.mark_preempting()
            wandb.finish(exit_code=0 if end == FINISHED else 1)


def wandb_logger(settings: Mapping[str, Any], identity: Identity, *, goes_on: bool = False) -> WandbBoard:
    """The logger of a run.

    Args:
        settings: ``conf/logger`` section ``wandb``.
        identity: of the run; W&B's files go into the ``wandb`` folder of its directory.
        goes_on: whether the run goes on from a checkpoint. Then what is logged is appended to what W&B has of it, also
            by ``wandb sync``; else it takes its place.

    Returns:
        The logger; W&B itself starts at the first figure.

    Raises:
        InputError: unknown mode.
    """
    mode = wandb_mode(settings)
    return WandbBoard(
        name=identity.name,
        id=identity.id,
        project=settings["project"],
        entity=settings["entity"],
        group=identity.group,
        job_type=identity.job_type,
        tags=identity.tags,
        save_dir=identity.directory,
        offline=mode == "offline" or (mode == "auto" and not has_key()),
        resume="allow" if goes_on else None,
        config={**identity.config, FACTS: identity.facts},
    )
