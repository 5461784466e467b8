"""Order sensitivity by hand, and the shares of unchanged texts that the reference found in the authors' outputs."""

import pytest

from mmtg.metrics import DeltaDistinct, NewNgramRate, UnchangedRate, UnionRate
from mmtg.metrics.registry import make_items, score
from mmtg.metrics.text import Item, Text


def figure(metric, ordered, *permuted):
    metric.update([Item(tuple(map(Text.of_string, permuted)), (Text.of_string(ordered),))])
    return float(metric.compute())


def test_new_ngrams():
    assert figure(NewNgramRate(1), "abc", "abd", "abc") == pytest.approx((1 / 4 + 0) / 2)
    assert figure(NewNgramRate(2), "abc", "bca") == pytest.approx(1 / 3)
    assert figure(NewNgramRate(3), "ab", "cd") == 0


def test_unchanged():
    assert figure(UnchangedRate(), "ab", "ab", "ba", "ab", "a") == 0.5


def test_what_the_authors_gave_up():
    assert figure(DeltaDistinct(1), "aa", "ab") == pytest.approx(1 - 1 / 2)
    assert figure(UnionRate(2), "ab，cd", "abc") == pytest.approx(3 / 4)  # ab cd ab bc: no bigram runs over the comma


@pytest.mark.parametrize(
    ("system", "share"), [("mmtg", 0.008), ("kl0", 0.278), ("i2p", 0.806)]
)  # fmt: skip
def test_unchanged_shares_of_published_outputs(shared, system, share):
    """MMTG reference, section 9.5."""
    folder = shared / "metric_benchmark" / "files"
    ordered, permuted = (
        (folder / f"e50_{system}_greedy{ending}.txt").read_text(encoding="utf-8").splitlines()
        for ending in ("", "_shuffled")
    )
    items = make_items(ordered, [permuted[first : first + 10] for first in range(0, len(permuted), 10)])
    assert score("unchanged_rate", items).figure == pytest.approx(share, abs=5e-4)
