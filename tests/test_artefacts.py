"""Artefacts: made once, whole or not at all, also when several want the same at once."""

import multiprocessing
import os
import signal
import time

import pytest

from mmtg.artefacts import Artefacts, fingerprint


def make_slowly(folder):
    with open(folder.parent / "log.txt", "a") as log:
        log.write("made\n")
    time.sleep(0.3)
    (folder / "content").write_text("whole")


def want(root):
    path = Artefacts(root).ensure("thing", {"a": 1}, make_slowly)
    assert (path / "content").read_text() == "whole"


def test_two_jobs_make_one(tmp_path):
    context = multiprocessing.get_context("spawn")
    jobs = [context.Process(target=want, args=(tmp_path,)) for _ in range(3)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(60)
    assert [job.exitcode for job in jobs] == [0, 0, 0]
    assert (tmp_path / "log.txt").read_text() == "made\n"


def test_a_failure_leaves_nothing(tmp_path):
    def fail(folder):
        (folder / "half").touch()
        raise ValueError("no")

    artefacts = Artefacts(tmp_path)
    with pytest.raises(ValueError, match="no"):
        artefacts.ensure("thing", {"a": 1}, fail)
    assert not [path for path in tmp_path.iterdir() if path.name != ".locks"]
    want(tmp_path)


def test_keys_decide(tmp_path):
    artefacts = Artefacts(tmp_path)
    assert artefacts.path("x", {"a": 1, "b": 2}) == artefacts.path("x", {"b": 2, "a": 1})
    assert artefacts.path("x", {"a": 1}) != artefacts.path("x", {"a": 2})
    assert artefacts.path("x", {"a": 1}) != artefacts.path("y", {"a": 1})
    assert len(fingerprint({})) == 16


def want_and_die(root):
    def die(folder):
        (folder / "half").touch()
        os.kill(os.getpid(), signal.SIGKILL)

    Artefacts(root).ensure("thing", {"a": 1}, die)


def test_what_a_killed_job_left_is_removed_by_the_next(tmp_path):
    job = multiprocessing.get_context("spawn").Process(target=want_and_die, args=(tmp_path,))
    job.start()
    job.join(60)
    assert job.exitcode == -signal.SIGKILL
    assert list(tmp_path.glob(".*.partial"))
    want(tmp_path)
    assert not list(tmp_path.glob(".*.partial"))
