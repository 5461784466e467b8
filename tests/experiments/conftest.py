"""Fixtures of the studies."""

import importlib.util

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="session")
def script():
    """Imports a script of a study by its path below ``experiments``."""

    def load(path):
        spec = importlib.util.spec_from_file_location("script", ROOT / "experiments" / path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
