"""The command line's work from Python, for notebooks: ``mmtg.compose``, ``fit``, ``comparison`` and ``compare``."""

import io
import os
import re
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from hydra import compose as compose_here
from hydra import initialize_config_dir
from omegaconf import DictConfig

from mmtg.app import check
from mmtg.config import register_schemas
from mmtg.config.plain import plain
from mmtg.errors import InputError
from mmtg.invocation import Invocation, told
from mmtg.report.board import Comparison, compared_below
from mmtg.tasks import job

CONF = Path(__file__).resolve().parents[1] / "conf"
"""The repository's configuration, beside the package."""

StrPath = str | os.PathLike[str]
Folders = StrPath | Sequence[StrPath]


def compose(*overrides: str, conf: StrPath | None = None) -> DictConfig:
    """The whole configuration, as ``run.py`` composes it.

    Args:
        *overrides: as they are typed, such as ``"+experiment=mmtg_full"`` and ``"seed=2"``.
        conf: a folder of groups and choices of one's own, which stand beside those of the suite.

    Returns:
        The configuration, checked.

    Raises:
        InputError: the folders are not there, or a key is unknown or missing.
    """
    for folder in (CONF, conf):
        if folder is not None and not Path(folder).is_dir():
            raise InputError("is no folder of configurations", file=folder)
    register_schemas()
    own = [] if conf is None else [f"hydra.searchpath=[{_quoted(f'file://{Path(conf).resolve()}')}]"]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose_here("config", overrides=[*own, *overrides])
    check(config)
    return config


def fit(*overrides: str, directory: StrPath, conf: StrPath | None = None) -> Path:
    """Trains and tests a system, as ``python run.py OVERRIDES hydra.run.dir=DIRECTORY`` does.

    The table and the poems that the command ends with are not printed; ``mmtg.load`` gives them.

    Args:
        *overrides: as they are typed.
        directory: the run directory; a run that is there goes on (``resume=auto``).
        conf: a folder of configurations of one's own, as ``--config-dir`` names it.

    Returns:
        The run directory, complete.

    Raises:
        InputError: a mistake in configuration or data.
    """
    config, run = compose(*overrides, conf=conf), Path(directory).absolute()
    os.environ.setdefault("WANDB_SILENT", "true")
    with told(Invocation(run, overrides)), redirect_stdout(io.StringIO()):
        job("fit")(config)
    return run


def comparison(runs: Folders, *overrides: str) -> Comparison:
    """What the report of finished runs is made of: rows, their figures with intervals and tests, curves, samples.

    Args:
        runs: a folder that is searched through, or several; a run directory is found, too.
        *overrides: as they are typed, such as ``"task.baseline=mmtg_full"``.

    Returns:
        The comparison; ``broken`` says what cannot be compared, and why.

    Raises:
        InputError: a folder is not there, or a setting is wrong.
    """
    return compared_below(plain(compose("task=compare", *_of_runs(runs, "."), *overrides).task))


def compare(runs: Folders, output: StrPath, *overrides: str) -> Path:
    """Compares finished runs, as ``python run.py task=compare`` does.

    Args:
        runs: a folder that is searched through, or several; a run directory is found, too.
        output: the folder to write.
        *overrides: as they are typed, such as ``"task.overwrite=true"``.

    Returns:
        The folder: ``index.html``, and ``leaderboard.csv``, ``.tex`` and ``.md``.

    Raises:
        InputError: a folder is not there or holds no run, or the output is there already.
    """
    config = compose("task=compare", *_of_runs(runs, output), *overrides)
    with redirect_stdout(io.StringIO()):
        job("compare")(config)
    return Path(output)


def _of_runs(runs: Folders, output: StrPath) -> list[str]:
    folders = [runs] if isinstance(runs, str | os.PathLike) else runs
    return [f"task.runs=[{','.join(_quoted(folder) for folder in folders)}]", f"task.output={_quoted(output)}"]


def _quoted(text: StrPath) -> str:
    """Text as a quoted word of Hydra's overrides, in which a backslash counts only in front of a quotation mark."""
    doubled = re.sub(r"(\\*)('|\Z)", lambda found: 2 * found[1] + (found[2] and "\\'"), os.fspath(text))
    return f"'{doubled}'"
