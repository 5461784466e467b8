"""Charts as data: what they hold is what the runs have, and text stays text."""

import json

import pytest

from mmtg.report import ablations, cost, curricula, curves
from mmtg.report.charting import rounded, safe
from mmtg.report.differences import difference
from mmtg.report.page import as_json
from tests.report.made_runs import CURRICULUM, SCRIPT, STAGE, comparison, record, write

NONE = {**CURRICULUM, "stages": [{"until_epoch": None, **STAGE}]}
BOLD = "<b>bold</b>"


def study(shift=0.25):
    """The whole system and a part that loses as much with either seed."""
    both = [("full", seed) for seed in (1, 2)] + [("lstm", seed) for seed in (1, 2)]
    return [
        record(part, seed, typed=[f"ablation={part}"], figures={"test/bleu_2": seed / 10 - shift * (part == "lstm")})
        for part, seed in both
    ]


def option(chart, *, choice=0, number=0):
    return chart["choices"][choice]["options"][number]


def test_a_part_is_held_against_the_whole_seed_by_seed():
    drawn = ablations.section(comparison(*study())).charts["ablation-0"]
    seeds, means = option(drawn)["traces"]
    assert seeds["x"] == pytest.approx([-0.25, -0.25])
    assert means["x"] == pytest.approx([-0.25])
    assert set(means["y"]) == {"lstm"}
    assert drawn["layout"]["yaxis"]["categoryarray"] == ["lstm"]


def test_differences_are_paired_only_where_seeds_are_the_same():
    whole, part = comparison(*study(), record("x", 3, figures={"test/bleu_2": 0.1})).rows[:2]
    assert difference(part, whole, "test/bleu_2", 0.95).each == pytest.approx([-0.25, -0.25])
    other = comparison(record("x", 3, figures={"test/bleu_2": 0.1})).rows[0]
    single = difference(other, whole, "test/bleu_2", 0.95)
    assert single.each == pytest.approx([0.1 - 0.15])
    assert single.low is None
    assert difference(other, whole, "test/absent", 0.95) is None


def test_no_studies_no_sections():
    alone = comparison(record())
    assert ablations.section(alone) is None
    assert curricula.section(alone) is None
    assert cost.section(comparison(record(figures={"parameters": 1.0}))) is None


def test_a_curriculum_shows_what_its_schedule_says():
    runs = [record("published", typed=["curriculum=published"]), record("none", curriculum=NONE)]
    charts = curricula.section(comparison(*runs)).charts
    shows = charts["curriculum-shows-0"]
    published = next(o for o in shows["choices"][0]["options"] if o["label"] == "published")
    assert [trace["y"] for trace in published["traces"]] == [[0.2, 0.2], [0, 0.2], [0, 0.2], [0, 0.2], [0.2, 0.2]]
    assert set(option(charts["curriculum-0"])["traces"][1]["y"]) == {"published", "none"}


@pytest.mark.parametrize(("largest", "kind"), [(9_000.0, "linear"), (10_000.0, "log")])
def test_a_cost_over_decades_has_a_logarithmic_axis(largest, kind):
    runs = [
        record(label, figures={"test/bleu_2": 0.1, "parameters": parameters})
        for label, parameters in (("a", 1_000.0), ("b", largest))
    ]
    drawn = cost.section(comparison(*runs)).charts["cost"]
    assert option(drawn, choice=1)["layout"]["xaxis"]["type"] == kind
    assert option(drawn, choice=1)["traces"][0]["x"] == [1_000, largest]


def test_points_show_the_spread_over_seeds():
    runs = [record("a", seed, figures={"test/bleu_2": seed / 10, "parameters": 1.0}) for seed in (1, 3)]
    trace = option(cost.section(comparison(*runs)).charts["cost"])["traces"][0]
    assert trace["y"] == [0.2]
    assert trace["error_y"]["array"] == pytest.approx([0.1414], abs=1e-3)


def test_curves_hold_every_row_and_figure(tmp_path):
    runs = [write(record("a", seed, directory=tmp_path / f"a{seed}")) for seed in (1, 2)]
    broken = record("b", directory=tmp_path / "b")
    made = curves.section(comparison(*runs, broken))
    drawn = made.charts["learning-curves"]
    assert [o["label"] for o in drawn["choices"][0]["options"]] == ["train/loss", "val/loss"]
    values = option(drawn)["traces"][1]["meta"]["values"]
    assert values["low"] == rounded(1 + 1 / (step + 1) for step in (9, 19, 29, 39))
    assert values["high"] == rounded(2 + 1 / (step + 1) for step in (9, 19, 29, 39))
    assert values["x"]["step"] == [9, 19, 29, 39]
    stages = option(drawn, choice=2)
    assert stages["layout"]["meta"]["marks"]["names"] == ["0 (ratings 1, 5)", "1 (ratings 1, 2, 3, 4, 5)"]
    assert "1 runs are left out" in made.note


def test_very_many_curves_get_fewer_points(tmp_path):
    run = write(record("a", directory=tmp_path / "a"), steps=2_000)
    few = {"figures": ["train/loss"], "most_figures": 9, "points": 100, "numbers": 5 * 30, "drawn": 1}
    drawn = curves.section(comparison(run, curves=few)).charts["learning-curves"]
    assert len(option(drawn)["traces"][1]["meta"]["values"]["y"]) == 30


def test_labels_are_shown_letter_for_letter(tmp_path):
    """Plotly takes some tags in text for its own, and JSON stands in a script element."""
    runs = [write(record(f"{SCRIPT}{name}", directory=tmp_path / name), steps=40) for name in "ab"]
    runs[1] = record(f"{BOLD}", typed=[f"ablation={BOLD}"], curriculum=NONE)
    runs.append(record("full", typed=["ablation=full"]))
    whole = comparison(*runs)
    for section in (curves, ablations, curricula, cost):
        for drawn in section.section(whole).charts.values():
            shown = [
                drawn["data"],
                drawn["layout"].get("yaxis"),
                [o["traces"] for c in drawn["choices"] for o in c["options"]],
            ]
            assert "<script" not in json.dumps(shown)
            assert "<b>" not in json.dumps(shown)
            assert "</script" not in as_json(drawn)


def test_text_and_numbers_as_charts_have_them():
    assert safe("a<b>&") == "a&lt;b&gt;&amp;"
    assert rounded([1.23456, float("nan"), float("inf"), 1e-9]) == [1.235, None, None, 1e-9]


STRANGE = [
    {"epochs": 1.5, "evaluation_positive_from": 4, "stages": [STAGE | {"until_epoch": None}]},
    {
        "epochs": 2,
        "evaluation_positive_from": [4],
        "stages": [STAGE | {"until_epoch": None, "ratings": [float("inf")]}],
    },
    {
        "epochs": 2,
        "evaluation_positive_from": 4,
        "stages": [],
        "competence": {
            "pace": "step",
            "start": 0.1,
            "full_at": 1,
            "order": [["x"]],
            "positive_from": 4,
            "levels": 1e308,
        },
    },
]


@pytest.mark.parametrize("strange", STRANGE)
def test_strange_numbers_break_no_chart(strange):
    huge = {"test/bleu_2": 1.7e308, "test/concept_recall": -1.7e308, "parameters": 1e308}
    runs = [
        record(
            part, seed, typed=[f"ablation={part}"], figures={name: v * (-1) ** seed for name, v in huge.items()}, **more
        )
        for part, more in (("full", {}), ("lstm", {"curriculum": strange}))
        for seed in (1, 2, 3)
    ]
    for section in (ablations, curricula, cost):
        assert as_json(section.section(comparison(*runs)).charts)
