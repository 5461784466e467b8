"""Systems against a baseline: pairing by experience, correction over all tests, the paper's own p-values."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mmtg.errors import InputError
from mmtg.metrics.registry import TEXT_METRICS, make_items
from mmtg.scoring.compare import compare
from mmtg.scoring.outputs import Outputs
from mmtg.scoring.scored import Scored
from mmtg.scoring.texts import read_lines, read_texts
from mmtg.stats import Resampling, holm

R = Resampling(resamples=500, seed=1, confidence=0.95)
METRICS = ("bleu_2", "distinct_2")
LETTERS = "春眠不觉晓处处闻啼鸟夜来风雨声花落知多少"


def system(name, likeness, ids=None, count=20, seed=0):
    """Texts that keep a share of their reference's characters."""
    source = np.random.default_rng(seed)
    references = ["".join(np.random.default_rng(i).choice([*LETTERS], size=20)) for i in range(count)]
    texts = [
        ["".join(c if source.random() < likeness else source.choice([*LETTERS]) for c in reference) for _ in range(3)]
        for reference in references
    ]
    ids = ids or [str(i) for i in range(count)]
    return Outputs(name, Path(name), tuple(ids), make_items(references, texts))


def run(outputs, baseline):
    return compare([Scored.of(output, METRICS) for output in outputs], baseline, R)


def test_better_worse_and_the_same():
    outputs = [
        system("good", 0.8),
        system("base", 0.5, seed=1),
        system("bad", 0.1, seed=2),
        system("twin", 0.5, seed=3),
    ]
    found = run(outputs, "base")
    assert list(found) == ["good", "bad", "twin"]
    assert found["good"]["bleu_2"].low > 0
    assert found["good"]["bleu_2"].p_permutation_holm < 0.05
    assert found["good"]["bleu_2"].cohens_d > 1
    assert found["good"]["bleu_2"].cliffs_delta > 0.9
    assert found["bad"]["bleu_2"].high < 0
    assert found["twin"]["bleu_2"].p_bootstrap_holm > 0.05
    assert all(c.baseline == "base" and c.n == 20 for figures in found.values() for c in figures.values())


def test_all_tests_are_one_family():
    found = run([system("good", 0.55), system("base", 0.5, seed=1), system("bad", 0.4, seed=2)], "base")
    tests = [comparison for figures in found.values() for comparison in figures.values()]
    assert len(tests) == 4
    assert [t.p_permutation_holm for t in tests] == pytest.approx(holm([t.p_permutation for t in tests]))
    assert [t.p_bootstrap_holm for t in tests] == pytest.approx(holm([t.p_bootstrap for t in tests]))


def test_experiences_are_paired_by_id_not_by_place():
    ours, base = system("ours", 0.6), system("base", 0.5, seed=1)
    backwards = Outputs("ours", Path("ours"), ours.ids[::-1], ours.items[::-1])
    straight, turned = run([ours, base], "base")["ours"], run([backwards, base], "base")["ours"]
    for name in METRICS:
        assert turned[name].p_permutation == straight[name].p_permutation
        assert turned[name].cohens_d == straight[name].cohens_d


def test_what_cannot_be_paired_is_refused():
    base = system("base", 0.5)
    with pytest.raises(InputError, match="ours: 19 and 20 experiences"):
        run([system("ours", 0.5, count=19), base], "base")
    with pytest.raises(InputError, match="ours: has no experience '0'"):
        run([system("ours", 0.5, ids=[str(i) for i in range(1, 21)]), base], "base")
    with pytest.raises(InputError, match="'nobody' is none of base"):
        run([base], "nobody")


def test_texts_together_are_compared_only_where_both_wrote_equally_many():
    base = system("base", 0.5)
    fewer = replace(base, name="few", items=[replace(item, hypotheses=item.hypotheses[:2]) for item in base.items])
    assert set(run([fewer, base], "base")["few"]) == {"bleu_2"}
    assert set(run([system("many", 0.5), base], "base")["many"]) == {"bleu_2", "distinct_2"}
    one = replace(base, items=[replace(item, hypotheses=item.hypotheses[:1]) for item in base.items])
    found = run([replace(one, name="twin"), one], "base")["twin"]
    assert found["distinct_2"].difference == 0


@pytest.mark.parametrize("name", TEXT_METRICS)
def test_texts_have_values_of_their_own_or_only_together(name):
    """Distinct, entropy and corpus figures are of several texts together."""
    outputs = system("base", 0.5)
    together = name.startswith(("distinct", "entropy")) or name in ("sacrebleu", "chrf")
    single = Scored.of(outputs, [name]).single
    assert (name in single) != together
    assert together or single[name].shape == (60,)


def test_order_is_compared_by_experience(shared):
    """NNR-1 of MMTG and images2poem: the p-value of the authors' notebook, 50 experiences against 50."""
    folder = shared / "metric_benchmark" / "files"

    def read(name):
        ordered, shuffled = (read_lines(folder / f"e50_{name}_greedy{end}.txt") for end in ("", "_shuffled"))
        items = make_items(ordered, [shuffled[first : first + 10] for first in range(0, 500, 10)])
        return Outputs(name, folder, tuple(map(str, range(50))), (), reordered=items)

    ours, theirs = read("mmtg"), read("i2p")
    found = compare([Scored.of(outputs, ["bleu_2", "nnr_1"]) for outputs in (ours, theirs)], "i2p", R)["mmtg"]
    assert set(found) == {"nnr_1"}
    found = found["nnr_1"]
    assert found.paper_t_unit == "experience"
    assert found.paper_t_p == pytest.approx(6.99815124186223e-52, rel=1e-6)
    assert found.low > 0.2


def test_the_paper_s_p_values(shared):
    """BLEU-2 by text, Distinct-2 by experience, as in the authors' notebook (metric benchmark, cal_var.ipynb)."""
    folder = shared / "metric_benchmark" / "files"
    ours, gpt2 = (
        read_texts(folder / f"{name}.txt", folder / "e50_ref.txt", samples=10, name=name)
        for name in ("e50_mmtg_sample_a", "e50_gpt2_sample")
    )
    found = run([ours, gpt2], gpt2.name)[ours.name]
    assert (found["bleu_2"].paper_t_unit, found["distinct_2"].paper_t_unit) == ("text", "experience")
    assert found["bleu_2"].paper_t_p == pytest.approx(0.6712048590907433, rel=1e-6)
    assert found["distinct_2"].paper_t_p == pytest.approx(4.567203548098187e-62, rel=1e-6)
    assert found["bleu_2"].p_permutation_holm > 0.05
    assert found["distinct_2"].p_permutation_holm < 0.01
