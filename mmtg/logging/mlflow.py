"""MLflow: runs on a server, or in files."""

import csv
import io
import os
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from filelock import FileLock
from pytorch_lightning.loggers import MLFlowLogger
from pytorch_lightning.utilities.rank_zero import rank_zero_only

from mmtg.logging.attention import heat_map
from mmtg.logging.board import FAILED, FINISHED, STOPPED, Board
from mmtg.logging.identity import Identity
from mmtg.logging.samples import samples_table
from mmtg.rank import is_first

FOLDER, LOCK = "mlruns", ".lock"
"""Where runs are kept without a server, below where the command is typed."""
ID_TAG = "mmtg.id"
"""Tag by which a continued run finds itself."""
STATES = {FINISHED: "FINISHED", FAILED: "FAILED", STOPPED: "KILLED"}
FILES_ALLOWED = "MLFLOW_ALLOW_FILE_STORE"
"""MLflow 3 reads and writes files only where this is set; it would rather have a data base, which jobs of a cluster
cannot share through a network's file system."""


class MLflowBoard(Board, MLFlowLogger):
    """Lightning's logger, with samples and attention as artefacts; see it for the arguments."""

    @rank_zero_only
    def show_samples(self, samples: Sequence[Mapping[str, Any]]) -> None:
        """The artefact ``test/samples.csv``."""
        self.experiment.log_text(self.run_id, _csv(*samples_table(samples)), "test/samples.csv")

    @rank_zero_only
    def show_attention(self, rows: Sequence[tuple[int, str, float]]) -> None:
        """The artefacts ``test/attention.csv`` and ``test/attention.png``."""
        self.experiment.log_text(self.run_id, _csv(["step", "source", "weight"], rows), "test/attention.csv")
        self.experiment.log_image(self.run_id, heat_map(rows), "test/attention.png")

    @rank_zero_only
    def conclude(self, figures: Mapping[str, float], step: int) -> None:
        """Logs the figures at the last step."""
        self.log_metrics(dict(figures), step)

    @rank_zero_only
    def close(self, end: str) -> None:
        """Ends MLflow's run."""
        self.experiment.set_terminated(self.run_id, STATES[end])


def mlflow_logger(settings: Mapping[str, Any], identity: Identity, *, goes_on: bool) -> MLflowBoard:
    """The logger of a run.

    Args:
        settings: ``conf/logger`` section ``mlflow``.
        identity: of the run.
        goes_on: whether it goes on from a checkpoint; then MLflow's run goes on too.

    Returns:
        The logger.
    """
    uri = str(settings["tracking_uri"] or os.environ.get("MLFLOW_TRACKING_URI") or FOLDER)
    if "://" not in uri and not uri.startswith("file:"):
        uri = Path(uri).absolute().as_uri()
    if uri.startswith("file:"):
        os.environ.setdefault(FILES_ALLOWED, "true")
    name = str(settings["experiment"])
    run = _run(uri, name, identity, goes_on) if is_first() else None
    logger = MLflowBoard(name, tracking_uri=uri, run_id=run and run.info.run_id)
    if run is not None and not run.data.params:
        logger.log_hyperparams(dict(identity.config))
    return logger


def _run(uri: str, experiment: str, identity: Identity, goes_on: bool) -> Any:
    """MLflow's run: the one that goes on, or a new one."""
    from mlflow import MlflowClient
    from mlflow.tracking.context.registry import resolve_tags

    client = MlflowClient(uri)
    place = _experiment(client, experiment, uri)
    if goes_on and (found := client.search_runs([place], f"tags.`{ID_TAG}` = '{identity.id}'", max_results=1)):
        client.update_run(found[0].info.run_id, status="RUNNING")
        return found[0]
    return client.create_run(place, tags=resolve_tags(_tags(identity)), run_name=identity.name)


def _experiment(client: Any, name: str, uri: str) -> str:
    """The experiment's number; jobs of a sweep, which begin together, make it once."""
    from mlflow.exceptions import MlflowException
    from mlflow.utils.file_utils import local_file_uri_to_path

    files = uri.startswith("file:")
    with FileLock(Path(local_file_uri_to_path(uri), LOCK)) if files else nullcontext():
        known = client.get_experiment_by_name(name)
        try:
            return str(known.experiment_id if known else client.create_experiment(name))
        except MlflowException:  # a server refuses the second
            if (known := client.get_experiment_by_name(name)) is None:
                raise
            return str(known.experiment_id)


def _tags(identity: Identity) -> dict[str, str]:
    """What W&B has as group, job type, tags and facts."""
    facts = {name: str(value) for name, value in identity.facts.items() if value is not None and name != "typed"}
    own = {"group": identity.group, "job_type": identity.job_type, "tags": ",".join(identity.tags), **facts}
    return {ID_TAG: identity.id, **{name: str(value) for name, value in own.items() if value}}


def _csv(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([columns, *rows])
    return text.getvalue()
