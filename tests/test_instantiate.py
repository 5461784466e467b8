"""Whose code a configuration may name."""

import subprocess
import sys

import pytest

from mmtg.errors import InputError
from mmtg.instantiate import TRUSTED, find, trust


@pytest.fixture(autouse=True)
def nobody(monkeypatch):
    monkeypatch.setenv(TRUSTED, "")


def test_only_what_is_trusted_is_found():
    with pytest.raises(InputError, match=f"may not build 'json.loads'.*{TRUSTED}"):
        find({"_target_": "json.loads"})
    trust("json")
    assert find({"_target_": "json.loads"}).__name__ == "loads"
    with pytest.raises(InputError, match="may not build"):  # a name that only begins so
        find({"_target_": "jsonx.loads"})


def test_processes_that_are_started_trust_too():
    trust("json", "csv")
    trust("json")
    code = "from mmtg.instantiate import find; find({'_target_': 'csv.reader'}); find({'_target_': 'json.loads'})"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", ["", "a b", "a,b", "../a", "a."])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(InputError, match="no name of a package"):
        trust(name)
