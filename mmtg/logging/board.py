"""What a dashboard is told beside figures: samples, attention, how a run ended."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as pl

from mmtg.logging.attention import mean_attention

FINISHED, FAILED, STOPPED = "finished", "failed", "stopped"
"""How a run may end; a stopped one may go on."""


class Board(ABC):
    """A logger of Lightning's that shows more than figures; only the first process says anything."""

    @abstractmethod
    def show_samples(self, samples: Sequence[Mapping[str, Any]]) -> None:
        """Shows the texts of a test as ``test/samples``."""

    @abstractmethod
    def show_attention(self, rows: Sequence[tuple[int, str, float]]) -> None:
        """Shows the mean attention of a test as ``test/attention``: step, source, weight."""

    @abstractmethod
    def conclude(self, figures: Mapping[str, float], step: int) -> None:
        """Says the final figures, those of ``metrics.json``, after so many optimizer steps."""

    @abstractmethod
    def close(self, end: str) -> None:
        """Ends the run there; a call without a run is none."""


def show_test(loggers: Sequence[Any], samples: Sequence[Mapping[str, Any]]) -> None:
    """Shows what a test wrote.

    Args:
        loggers: of the run.
        samples: with ``attention`` where the system has some.
    """
    attention = mean_attention(samples)
    for logger in loggers:
        if isinstance(logger, Board):
            logger.show_samples(samples)
            if attention:
                logger.show_attention(attention)


def conclude(trainer: pl.Trainer, figures: dict[str, float]) -> dict[str, float]:
    """Says the final figures, and the best value of what checkpoints are chosen by (``val/loss_min``).

    Args:
        trainer: of the run.
        figures: those of ``metrics.json``.

    Returns:
        The figures, unchanged.
    """
    finite = {name: value for name, value in figures.items() if math.isfinite(value)}
    for logger in trainer.loggers:
        if isinstance(logger, Board):
            logger.conclude({**finite, **_best(trainer)}, trainer.global_step)
    return figures


def _best(trainer: pl.Trainer) -> dict[str, float]:
    """The best value so far of the figure that ``callbacks.checkpoint`` watches."""
    callback = trainer.checkpoint_callback
    score, monitor = getattr(callback, "best_model_score", None), getattr(callback, "monitor", None)
    return {} if score is None or monitor is None else {f"{monitor}_{callback.mode}": float(score)}  # type: ignore[union-attr]


@contextmanager
def at_work(loggers: Sequence[Any]) -> Iterator[None]:
    """Closes the loggers at the end, however it comes, so that the next job of a sweep starts runs of its own.

    Args:
        loggers: of the run.

    Yields:
        Nothing.
    """
    end = FAILED
    try:
        yield
        end = FINISHED
    except (KeyboardInterrupt, SystemExit):
        end = STOPPED
        raise
    finally:
        for logger in loggers:
            if isinstance(logger, Board):
                logger.close(end)
