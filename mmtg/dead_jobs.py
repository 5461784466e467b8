"""Jobs of a SLURM sweep that died: the sweep waits for the others all the same, and counts them as failed."""

from typing import Any

from hydra.core.utils import JobReturn, JobStatus


def outlive() -> None:
    """Makes submitit give a failed result for a job that was killed or cancelled, where it would give up waiting.

    Hydra's launcher asks job after job for its result; the error of the first dead one would end the whole sweep.
    """
    import submitit
    from submitit.core.utils import UncompletedJobError

    asked = submitit.Job.results
    if getattr(asked, "outlives", False):
        return

    def results(job: Any) -> list[Any]:
        try:
            found: list[Any] = asked(job)
            return found
        except UncompletedJobError as error:
            dead = JobReturn(status=JobStatus.FAILED)
            dead.return_value = RuntimeError(f"job {job.job_id} died ({_first_line(error)})")
            return [dead]

    results.outlives = True  # type: ignore[attr-defined]
    submitit.Job.results = results  # type: ignore[method-assign, assignment]


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
