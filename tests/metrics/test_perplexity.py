"""Perplexity: of a uniform model, and over tokens rather than texts."""

import math

import pytest
import torch

from mmtg.metrics import Perplexity


def test_a_uniform_model_is_as_perplexed_as_it_has_choices():
    metric = Perplexity()
    metric.update(torch.tensor([3 * math.log(7), math.log(7)]), torch.tensor([3, 1]))
    assert float(metric.compute()) == pytest.approx(7, rel=1e-6)


def test_tokens_weigh_the_same_in_every_text_and_batch():
    whole, parts = Perplexity(), Perplexity()
    whole.update(torch.tensor([6.0, 1.0]), torch.tensor([3, 1]))
    parts.update(torch.tensor([6.0]), torch.tensor([3]))
    parts.update(torch.tensor([1.0]), torch.tensor([1]))
    assert float(whole.compute()) == float(parts.compute()) == pytest.approx(math.exp(7 / 4))
    assert whole.values().tolist() == pytest.approx([math.exp(2), math.e])


def test_no_tokens():
    metric = Perplexity()
    metric.update(torch.zeros(0), torch.zeros(0))
    assert math.isnan(float(metric.compute()))
