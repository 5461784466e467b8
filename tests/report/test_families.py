"""What belongs together is read from configurations and what was typed."""

import pytest

from mmtg.report.families import ablations, curricula, whole
from tests.report.made_runs import CURRICULUM, STAGE, comparison, record

NONE = {**CURRICULUM, "stages": [{"until_epoch": None, **STAGE}]}


def study(*parts, **settings):
    return [
        record(part, seed, typed=[f"ablation={part}", f"seed={seed}"], **settings) for part in parts for seed in (1, 2)
    ]


def test_parts_of_a_sweep_are_a_family():
    (family,) = ablations(comparison(*study("full", "lstm", "without_text")))
    assert [member.name for member in family.members] == ["full", "lstm", "without_text"]
    assert whole(family, None).name == "full"
    assert [len(member.row.runs) for member in family.members] == [2, 2, 2]


def test_names_of_folders_alone_make_no_family():
    assert ablations(comparison(record("full"), record("lstm"))) == []


def test_other_experiments_and_settings_are_other_studies():
    other = [
        record(f"{part} small", typed=[f"ablation={part}", "model/size=debug"], sweep="ablation/2")
        for part in ("full", "rnn")
    ]
    found = ablations(comparison(*study("full", "lstm"), *other))
    assert [{member.name for member in family.members} for family in found] == [{"full", "lstm"}, {"full", "rnn"}]
    assert len({family.title for family in found}) == 2


def test_the_seed_in_a_path_makes_no_other_study():
    runs = [
        record(part, seed, typed=[f"ablation={part}", f"pretrain.from=first/x-seed{seed}/best.ckpt"])
        for part in ("full", "lstm")
        for seed in (1, 2)
    ]
    assert len(ablations(comparison(*runs))) == 1


def test_a_run_for_which_nothing_was_typed_is_the_whole_system():
    (family,) = ablations(comparison(record("plain", sweep=None), record("lstm", typed=["ablation=lstm"], sweep=None)))
    assert whole(family, None).row.label == "plain"


def test_without_a_whole_system_there_is_no_study_unless_the_baseline_is_in_it():
    runs = study("rnn", "lstm")
    assert ablations(comparison(*runs)) == []
    (family,) = ablations(comparison(*runs, baseline="rnn"))
    assert whole(family, "rnn").name == "rnn"


def test_curricula_differ_in_the_curriculum_alone():
    runs = [record("published", typed=["curriculum=published"]), record("b", curriculum=NONE), record("again")]
    (family,) = curricula(comparison(*runs))
    assert [member.name for member in family.members] == ["published", "b"]
    assert curricula(comparison(runs[0], record("b", curriculum=NONE, width=2))) == []


@pytest.mark.parametrize("strange", [{"stages": 3}, {}, {"epochs": "x", "stages": [{}]}, {"epochs": 1, "stages": []}])
def test_a_strange_curriculum_is_one_of_its_own(strange):
    (family,) = curricula(comparison(record("a"), record("b", curriculum=strange)))
    assert len(family.members) == 2
