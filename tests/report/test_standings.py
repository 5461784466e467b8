"""Rows against a baseline: the statistics are those of mmtg.stats, over the means of seeds."""

import json
from dataclasses import replace

import numpy as np
import pytest

from mmtg.errors import InputError
from mmtg.report.board import compared
from mmtg.report.judging import enough
from mmtg.report.left_out import reasons
from mmtg.report.marks import BETTER, OTHERWISE, WORSE, best_of, explained, mark_of
from mmtg.report.over_seeds import average, averages
from mmtg.report.runs import Found
from mmtg.stats import Resampling, estimate_scores, paired_tests
from mmtg.stats.formulas import sacrebleu
from mmtg.stats.kept import KeptScores
from mmtg.stats.score import Score, quotient
from tests.report.made_runs import SETTINGS, record, write

EXPERIENCES = 40
RESAMPLING = Resampling(400, 1, 0.95)
SETTING = {
    **SETTINGS,
    "figures": ["bleu_2", "distinct_2", "perplexity"],
    "baseline": None,
    "others": 5,
    "resamples": RESAMPLING.resamples,
    "most_resamples": 2000,
    "seed": 1,
}


def mean_score(values):
    return Score(np.stack([values, np.ones(len(values))], axis=1), quotient)


def samples(topic="moon", texts=1):
    return [
        {"id": f"e{number}", "topic": topic, "reference": ["x"], "hypotheses": [["y"]] * texts}
        for number in range(EXPERIENCES)
    ]


def kept_run(folder, label, seed, shift, *, of=None, shuffle=False, ended="", second="distinct_2", **more):
    """A run whose test kept a figure of each experience: noise of its own, and a shift."""
    rng = np.random.default_rng([seed, *label.encode()])
    scores = {
        "bleu_2": mean_score(0.3 + shift + 0.02 * rng.normal(size=EXPERIENCES)),
        second: mean_score(0.9 + shift + 0.02 * rng.normal(size=EXPERIENCES)),
    }
    figures = {f"test/{name}": score.figure for name, score in scores.items()} | {
        "test/perplexity": 3 - shift + seed / 9
    }
    run = record(label, seed, directory=folder / f"{label}-seed{seed}{ended}", figures=figures, **more)
    records = of or samples()
    order = np.random.default_rng(seed).permutation(EXPERIENCES) if shuffle else np.arange(EXPERIENCES)
    scores = {name: Score(score.table[order], quotient) for name, score in scores.items()}
    write(run, records)
    kept = KeptScores.of([records[place] for place in order], scores)
    (run.directory / "scores.json").write_text(kept.as_text())
    return run


def judged(*runs, **settings):
    return compared(Found(list(runs), []), {**SETTING, **settings})


def values(run, name):
    kept = json.loads((run.directory / "scores.json").read_text())
    by_id = dict(zip(kept["ids"], kept["figures"][name]["values"], strict=True))
    return np.array([by_id[f"e{number}"] for number in range(EXPERIENCES)])


def test_intervals_and_tests_are_those_of_the_means_over_seeds(tmp_path):
    runs = {
        (label, seed): kept_run(tmp_path, label, seed, shift, shuffle=label == "good")
        for label, shift in (("base", 0.0), ("good", 0.1))
        for seed in (1, 2, 3)
    }
    found = judged(*runs.values(), baseline="base").standings
    means = {
        label: mean_score(np.mean([values(runs[label, seed], "bleu_2") for seed in (1, 2, 3)], axis=0))
        for label in ("base", "good")
    }
    cell = found.cells["good", "bleu_2"]
    assert cell.mean == pytest.approx(means["good"].figure)
    assert cell.std == pytest.approx(np.std(cell.values, ddof=1))
    [expected] = estimate_scores({"x": means["base"]}, RESAMPLING).values()
    own = found.cells["base", "bleu_2"].estimate
    assert (own.low, own.high, own.n) == pytest.approx((expected.low, expected.high, EXPERIENCES))
    test = paired_tests({"x": means["good"]}, {"x": means["base"]}, RESAMPLING)["x"]
    assert cell.texts.test.difference == pytest.approx(test.difference)
    assert (cell.texts.test.low, cell.texts.test.high) == pytest.approx((test.low, test.high))
    assert cell.texts.test.p_permutation == pytest.approx(test.p_permutation)
    assert cell.texts.p_permutation_holm == pytest.approx(2 * test.p_permutation)  # two figures have experiences
    assert cell.seeds.test.test == "paired t"
    assert str(mark_of("bleu_2", cell, found)) == f"{BETTER}*†"


def test_worse_rows_and_rows_without_difference(tmp_path):
    runs = [kept_run(tmp_path, label, 1, shift) for label, shift in (("base", 0.0), ("bad", -0.2), ("s1", 0.0))]
    found = judged(*runs, baseline="base").standings
    assert str(mark_of("bleu_2", found.cells["bad", "bleu_2"], found)) == f"{WORSE}*"
    assert str(mark_of("bleu_2", found.cells["s1", "bleu_2"], found)) == ""
    assert found.cells["base", "bleu_2"].texts is None
    assert found.cells["bad", "bleu_2"].seeds.p_holm is None  # one seed of each


def test_lower_is_better_over_seeds(tmp_path):
    runs = [kept_run(tmp_path, label, seed, shift) for label, shift in (("a", 0.0), ("b", 2.5)) for seed in (1, 2, 3)]
    found = judged(*runs, baseline="a").standings
    assert mark_of("perplexity", found.cells["b", "perplexity"], found).way in ("", BETTER)
    assert found.cells["b", "perplexity"].texts is None
    assert found.cells["b", "perplexity"].seeds.test.difference == pytest.approx(-2.5)


def test_other_experiences_are_never_tested_against_each_other(tmp_path):
    here = [kept_run(tmp_path, label, seed, 0.0) for label in ("a", "b") for seed in (1, 2)]
    other = [kept_run(tmp_path, "other", seed, 0.5, of=samples("river")) for seed in (1, 2)]
    found = judged(*here, *other).standings
    assert found.baseline in ("a", "b")  # though the other one has the higher figure
    assert found.apart == {"other"}
    cell = found.cells["other", "bleu_2"]
    assert cell.estimate is not None
    assert cell.texts is None
    assert cell.seeds is None
    assert "other experiences" in found.notes["other"][0]


def test_figures_of_an_encoder_are_tested_only_between_rows_that_share_it(tmp_path):
    runs = [
        kept_run(tmp_path, label, seed, shift, second="relevance")
        for label, shift in (("base", 0.0), ("same", 0.2), ("other", 0.5))
        for seed in (1, 2, 3)
    ]
    width = {"base": 1, "same": 1, "other": 2}
    runs = [replace(run, config={**run.config, "encoder": {"width": width[run.label]}}) for run in runs]
    found = judged(*runs, baseline="base", figures=["bleu_2", "relevance"]).standings
    assert str(mark_of("relevance", found.cells["same", "relevance"], found)) == f"{BETTER}*†"
    cell = found.cells["other", "relevance"]
    assert str(mark_of("relevance", cell, found)) == OTHERWISE
    assert cell.estimate is not None
    assert (cell.texts, cell.seeds) == (None, None)
    assert found.comparisons == (3, 3)
    assert best_of(found, "relevance") == "same"
    assert best_of(found, "bleu_2") == "other"
    assert found.notes["other"] == ["has another encoder than the baseline; relevance to pictures not tested"]
    assert f"{OTHERWISE} measured with another encoder" in explained(found)
    assert OTHERWISE not in explained(judged(*runs[:6], baseline="base", figures=["relevance"]).standings)


def test_pooled_figures_are_tested_only_between_equal_numbers_of_texts(tmp_path):
    base, more = kept_run(tmp_path, "base", 1, 0.0), kept_run(tmp_path, "more", 1, 0.1, of=samples(texts=3))
    found = judged(base, more, baseline="base").standings
    assert found.cells["more", "bleu_2"].texts is not None
    assert found.cells["more", "distinct_2"].texts is None
    assert "Distinct-2" in found.notes["more"][0]


def test_seeds_with_different_experiences_have_no_interval(tmp_path):
    runs = [kept_run(tmp_path, "a", 1, 0.0), kept_run(tmp_path, "a", 2, 0.0, of=samples("river"))]
    found = judged(*runs).standings
    assert found.cells["a", "bleu_2"].estimate is None
    assert "different experiences" in found.notes["a"][0]


def test_the_default_baseline_is_the_best(tmp_path):
    runs = [kept_run(tmp_path, label, 1, shift) for label, shift in (("low", 0.0), ("high", 0.1), ("mid", 0.05))]
    assert judged(*runs).standings.baseline == "high"
    assert judged(*runs, figures=["perplexity"]).standings.baseline == "high"  # its perplexity is the lowest
    with pytest.raises(InputError, match=r"task.baseline: 'none' is 0 rows of: high; low; mid"):
        judged(*runs, baseline="none")


def test_a_baseline_may_be_named_by_the_beginning_of_its_label(tmp_path):
    labels = ["full (name=a, depth=1, 3 more)", "full (name=ab, 2 more)", "other (width=1)"]
    runs = [record(label, 1, directory=tmp_path / str(number)) for number, label in enumerate(labels)]
    for asked, meant in (("other", labels[2]), ("full (name=a)", labels[0]), (labels[1], labels[1])):
        assert judged(*runs, baseline=asked).standings.baseline == meant
    with pytest.raises(InputError, match="'full' is 2 rows of: full"):
        judged(*runs, baseline="full")


def test_scores_that_contradict_the_figures_are_not_used(tmp_path):
    run = kept_run(tmp_path, "a", 1, 0.0)
    run.figures["test/bleu_2"] = 0.9
    found = judged(run).standings
    assert found.cells["a", "bleu_2"].estimate is None
    assert found.cells["a", "distinct_2"].estimate is not None
    assert "bleu_2 of its texts is" in found.notes["a"][0]


def test_without_kept_scores_they_are_computed_of_the_texts(tmp_path):
    from mmtg.metrics.registry import make_items, score

    records = [
        {"id": f"e{number}", "topic": "x", "reference": ["明月照江水"], "hypotheses": [["明月", "江" * number]]}
        for number in range(1, 5)
    ]
    items = make_items([record["reference"] for record in records], [record["hypotheses"] for record in records])
    expected = score("bleu_2", items)
    run = record("a", 1, directory=tmp_path / "a-seed1", figures={"test/bleu_2": expected.figure})
    write(run, records)
    own = judged(run).standings.cells["a", "bleu_2"].estimate
    assert own.n == 4
    assert own.low < expected.figure < own.high
    (run.directory / "scores.json").write_text("{")
    found = judged(run).standings
    assert found.cells["a", "bleu_2"].estimate == own
    assert "scores.json" in found.notes["a"][0]
    assert "intervals are those of its texts alone" in found.notes["a"][0]
    (run.directory / "samples.jsonl").write_text("{")
    found = judged(run).standings
    assert found.cells["a", "bleu_2"].estimate is None
    assert found.cells["a", "bleu_2"].mean == expected.figure
    assert "samples.jsonl" in found.notes["a"][0]


def test_a_seed_counts_once(tmp_path):
    first = kept_run(tmp_path, "a", 1, 0.0, ended="-b")
    again = kept_run(tmp_path, "a", 1, 0.1, ended="-c")
    found = judged(first, again)
    assert len(found.standings.cells["a", "bleu_2"].values) == 1
    assert [str(first.directory)] == [directory for directory, why in reasons(found) if "repeats seed 1" in why]


@pytest.mark.parametrize("formula", [quotient, sacrebleu])
def test_the_mean_over_seeds_is_exact_for_any_choice(formula):
    rng = np.random.default_rng(3)
    columns = 2 if formula is quotient else 10
    scores = [Score(np.sort(rng.integers(1, 9, size=(6, columns)), axis=1).astype(float), formula) for _ in range(3)]
    counts = rng.integers(0, 4, size=(5, 6)).astype(float)
    expected = np.mean([score.of(counts) for score in scores], axis=0)
    np.testing.assert_allclose(average(scores).of(counts), expected)
    ours, theirs = averages(scores, scores[:2])
    np.testing.assert_allclose(ours.of(counts), expected)
    np.testing.assert_allclose(theirs.of(counts), np.mean([score.of(counts) for score in scores[:2]], axis=0))
    assert ours.table.shape == theirs.table.shape


def test_many_comparisons_get_enough_resamples():
    """With R resamples no p is below 1 / (R + 1), which Holm multiplies by the number of comparisons."""
    for comparisons in (1, 100, 500):
        drawn = enough(RESAMPLING, comparisons, most=10**6).resamples
        assert comparisons / (drawn + 1) < 0.05
    assert enough(RESAMPLING, 10**6, most=900).resamples == 900
