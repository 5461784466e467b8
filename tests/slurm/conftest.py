"""A real SLURM of one node for the tests of this folder; skipped, with the reason, where there can be none."""

import os
from contextlib import ExitStack

import pytest

from tests.debian import InstallError
from tests.slurm.cluster import shared_cluster
from tests.slurm.install import obstacle


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """The private SLURM, one for all processes of a test run."""
    if reason := obstacle():
        pytest.skip(reason)
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "slurm"
    folder.mkdir(exist_ok=True)
    with ExitStack() as stack:
        try:
            started = stack.enter_context(shared_cluster(folder))
        except InstallError as error:
            if os.environ.get("CI"):  # there it must run
                raise
            pytest.skip(f"SLURM cannot be installed: {error}")
        yield started
