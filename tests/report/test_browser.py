"""The data of the browser of experiences."""

import json

import pytest

from mmtg.report import browser
from mmtg.world import CONCEPTS
from tests.report.made_runs import SETTINGS, comparison, record, samples, write


@pytest.fixture
def runs(tmp_path):
    return [write(record(name, directory=tmp_path / name), samples(6)) for name in ("a", "b")]


def test_every_run_is_beside_the_others(runs):
    data = browser.section(comparison(*runs)).data
    assert [system["label"] for system in data["systems"]] == ["a", "b"]
    numbers = [run["number"] for system in data["systems"] for run in system["runs"]]
    for entry, sample in zip(data["experiences"], samples(6), strict=True):
        assert entry["reference"] == sample["reference"]
        assert all(entry["written"][number]["texts"] == sample["hypotheses"] for number in numbers)
        assert len([uri for uri in entry["pictures"] if uri]) == 5


def test_nouns_are_those_of_concept_recall(runs):
    nouns = browser.section(comparison(*runs)).data["nouns"]
    planned = {name for sample in samples(6) for step in sample["plan"] for name in step}
    assert nouns == {name: list(CONCEPTS[name].nouns) for name in planned}


def limited(**settings):
    return {**SETTINGS["browser"], **settings}


def test_no_more_experiences_than_asked_for(runs):
    made = browser.section(comparison(*runs, browser=limited(experiences=2)))
    assert len(made.data["experiences"]) == 2
    assert "2 of the 6" in made.note


def test_the_page_keeps_its_size_however_many_runs_there_are(runs):
    whole = browser.section(comparison(*runs)).data["experiences"]
    largest = max(len(json.dumps(entry)) for entry in whole)
    few = browser.section(comparison(*runs, browser=limited(bytes=3 * largest))).data["experiences"]
    assert 1 <= len(few) < len(whole)


def test_an_endless_text_does_not_come_into_the_page(tmp_path):
    given = samples(3)
    given[0] = {**given[0], "hypotheses": [["长" * 300_000]]}
    made = browser.section(comparison(write(record(directory=tmp_path / "a"), given), browser=limited(bytes=500_000)))
    assert [entry["id"] for entry in made.data["experiences"]] == [given[1]["id"], given[2]["id"]]
    assert "2 of the 3" in made.note


def test_bare_samples_are_enough(tmp_path):
    bare = [{"id": "7", "topic": "", "reference": [], "hypotheses": [["一行"]]}]
    run = write(record(directory=tmp_path / "a", data={"steps": -3}), bare)
    (entry,) = browser.section(comparison(run)).data["experiences"]
    assert entry["written"] == {"0": {"texts": [["一行"]]}}
    assert (entry["plan"], entry["scores"], entry["steps"]) == (None, None, 1)
    assert "task.pictures" in entry["note"]


def test_a_world_that_has_changed_gives_no_pictures_but_the_rest(tmp_path):
    changed = [{**sample, "reference": sample["reference"][::-1]} for sample in samples(1)]
    run = write(record(directory=tmp_path / "a"), changed)
    (entry,) = browser.section(comparison(run)).data["experiences"]
    assert not any(entry["pictures"])
    assert "other lines" in entry["note"]
    assert entry["reference"] == changed[0]["reference"]


def test_without_samples_there_is_no_browser():
    assert browser.section(comparison(record())) is None
