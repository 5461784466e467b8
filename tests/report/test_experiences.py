"""Samples of many runs brought together; what is not as it should be is left out."""

import pytest

from mmtg.report.experiences import attention_of, gather, plan_of, scores_of
from tests.report.made_runs import record, samples, write


def test_runs_share_experiences_by_id_topic_and_lines(tmp_path):
    first, second = samples(3), samples(2)
    second[1] = {**second[1], "reference": ["另一行"]}
    runs = [write(record(name, directory=tmp_path / name), of) for name, of in (("a", first), ("b", second))]
    found, faults = gather(runs, 5)
    assert not faults
    assert [(shared.key[0], sorted(shared.written)) for shared in found[:3]] == [
        ("test-000000", [0, 1]),
        ("test-000001", [0]),
        ("test-000001", [1]),
    ]
    assert len(found) == 4


def test_experiences_of_many_runs_come_first_and_hide_no_others(tmp_path):
    other = [{**sample, "id": f"other-{sample['id']}"} for sample in samples(20)]
    given = [*[samples(20)] * 9, other]
    runs = [write(record(str(n), directory=tmp_path / str(n)), of) for n, of in enumerate(given)]
    found, _ = gather(runs, 1)
    first = [shared.key[0].startswith("other") for shared in found[:8]]
    assert first[0] is False
    assert sum(first) == 2


def test_no_more_texts_than_asked_for(tmp_path):
    found, _ = gather([write(record(directory=tmp_path / "a"))], 1)
    assert {len(shared.written[0].texts) for shared in found} == {1}


def test_a_run_without_samples_is_told(tmp_path):
    whole, broken = write(record(directory=tmp_path / "a")), write(record("b", directory=tmp_path / "b"))
    (broken.directory / "samples.jsonl").unlink()
    found, faults = gather([broken, whole], 5)
    assert len(found) == 3
    assert set(found[0].written) == {1}
    assert "samples.jsonl" in faults[0]


@pytest.mark.parametrize("given", [None, 3, "x", [1], [["a"], "b"], []])
def test_a_plan_is_lists_of_names_or_none(given):
    assert plan_of({"plan": given}) is None
    assert plan_of({"plan": [["moon", 3], []]}) == [["moon"], []]


@pytest.mark.parametrize("given", [None, 3, [1], [[]], {}])
def test_scores_are_in_their_range_or_none(given):
    assert scores_of({"scores": given}) is None
    (step,) = scores_of({"scores": [{"img_rel": [5, 9, "x", True, float("nan")], "r_rel": 4}]})
    assert step == {"img_rel": [5], "r_rel": [], "cmp_rel": []}


@pytest.mark.parametrize("given", [None, "x", [], [None], [[1, 2]], [[1, 2, "<b>"]], [[0.1, 0.2, float("inf")]]])
def test_attention_is_three_numbers_a_step_or_none(given):
    assert attention_of({"attention": given}) is None
    assert attention_of({"attention": [[0.25, 0.5, 0.25], None]}) == [[0.25, 0.5, 0.25], None]
