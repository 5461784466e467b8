"""Unlikelihood: the same as token by token, and what it does to a network that learns from it."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmtg.models.unified_objectives import written_all, written_at
from mmtg.models.unlikelihood import LEAST, Unlikelihood
from tests.models.unified import END, LINE, MASK, PAD, START, network, scene, system

STRUCTURE = (PAD, START, LINE, END, MASK)


def rule(power=1.0, weight=5.0):
    return Unlikelihood(weight=weight, power=power, structure=STRUCTURE)


def by_hand(scores, tokens, heard, labels, power):
    """One prediction after another, one candidate after another."""
    found = []
    for row in range(len(scores)):
        chances = torch.softmax(scores[row], 0)
        said = [t for t, h in zip(tokens[row].tolist(), heard[row].tolist(), strict=True) if h]
        candidates = {t for t in said if t not in STRUCTURE and t != labels[row]}
        found.append(sum(-(said.count(t) ** power) * math.log(max(1 - float(chances[t]), LEAST)) for t in candidates))
    return torch.tensor(found)


@given(st.integers(0, 10_000), st.sampled_from([1.0, 0.0, -1.0]), st.integers(1, 4), st.integers(1, 9))
def test_it_is_the_sum_over_the_tokens_that_stood_before(seed, power, count, length):
    random = torch.Generator().manual_seed(seed)
    scores = 4 * torch.randn(count, 12, generator=random)
    tokens = torch.randint(12, (count, length), generator=random)
    heard, labels = torch.rand(count, length, generator=random) < 0.7, torch.randint(12, (count,), generator=random)
    wanted = by_hand(scores.double(), tokens, heard, labels, power).float()
    torch.testing.assert_close(rule(power).losses(scores, tokens, heard, labels), wanted, rtol=1e-4, atol=1e-5)


def test_a_token_that_is_sure_to_come_again_costs_no_more_than_a_bound():
    scores = torch.zeros(1, 12)
    scores[0, 7] = 1000
    found = rule().losses(scores, torch.tensor([[7, 7]]), torch.ones(1, 2, dtype=torch.bool), torch.tensor([8]))
    assert found.item() == pytest.approx(-2 * math.log(LEAST), rel=1e-4)


def test_what_stood_before_loses_and_the_others_win():
    scores = torch.zeros(1, 12, requires_grad=True)
    tokens = torch.tensor([[START, 6, 7, LINE, 8]])
    rule().losses(scores, tokens, torch.ones_like(tokens, dtype=torch.bool), torch.tensor([8])).sum().backward()
    falls = (scores.grad[0] > 0).tolist()  # a step goes against the gradient
    assert [token for token, fall in enumerate(falls) if fall] == [6, 7]


def candidates(monkeypatch, learn):
    """Of each prediction, (label, tokens that counted)."""
    kept = []

    def losses(self, scores, tokens, heard, labels):
        kept.extend(zip(labels.tolist(), [row[h].tolist() for row, h in zip(tokens, heard, strict=True)], strict=True))
        return torch.zeros(len(labels))

    monkeypatch.setattr(Unlikelihood, "losses", losses)
    learn()
    return kept


@torch.no_grad()
def test_only_what_stands_before_a_token_counts(monkeypatch):
    given_, net = scene(), network()
    wanted = [(int(line[i]), line[:i].tolist()) for line in given_.lines for i in range(1, len(line)) if line[i] != PAD]
    found = candidates(monkeypatch, lambda: written_all(net, given_, smoothing=0.0, unlikely=rule()))
    assert found == wanted
    places = torch.tensor([4, 2, 5])
    found = candidates(monkeypatch, lambda: written_at(net, given_, places, mask=MASK, smoothing=0.0, unlikely=rule()))
    assert found == [(int(line[i]), line[:i].tolist()) for line, i in zip(given_.lines, places, strict=True)]


def test_it_is_part_of_what_is_minimised_with_its_weight_and_none_at_zero():
    given_, net = scene(), network()
    plain, light, heavy = (
        written_all(net, given_, smoothing=0.2, unlikely=one) for one in (None, rule(weight=1.0), rule(weight=3.0))
    )
    more = light.mean() - plain.mean()
    assert more > 0
    torch.testing.assert_close(heavy.mean() - plain.mean(), 3 * more, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(more, light.unlikely.mean(), rtol=1e-4, atol=1e-5)
    words = system().vocabulary
    assert system().model.token_level.unlikely(words) is None
    made = system(token_level={"unlikelihood": 2.0}).model.unlikely
    assert (made.weight, sorted(made.structure)) == (
        2.0,
        sorted({words.pad, words.start, words.line, words.end, words.mask}),
    )
