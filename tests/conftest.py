"""Fixtures of all tests."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared():
    """The folder of reference data beside the repository; tests that need it are skipped where it is not."""
    if not SHARED.is_dir():
        pytest.skip("needs the reference data beside the repository")
    return SHARED
