"""R-precision of painted pictures."""

import math

import pytest
import torch

from mmtg.metrics.painted import frechet_distance, hard_r_precision, r_precision

OF = torch.arange(40) // 5


def unit(count, width=16, seed=0):
    return torch.nn.functional.normalize(
        torch.randn(count, width, generator=torch.Generator().manual_seed(seed)), dim=1
    )


def test_own_texts_are_always_found_and_foreign_ones_by_chance():
    texts = unit(40)
    assert r_precision(texts, texts, OF) == hard_r_precision(texts, texts, OF) == 1
    many = unit(600, seed=1)
    assert r_precision(many, unit(600, seed=2), torch.arange(600), candidates=5) < 0.3
    assert abs(hard_r_precision(many, unit(600, seed=2), torch.arange(600) // 5) - 0.2) < 0.06


def test_equal_texts_are_no_hits_and_those_of_the_same_experience_are_not_drawn():
    texts = unit(40)
    texts[1::5] = texts[0::5]
    assert hard_r_precision(texts, texts, OF) == 0.6
    assert r_precision(texts, texts, OF) == 1


def test_nothing_to_be_held_against():
    assert math.isnan(r_precision(unit(3), unit(3), torch.zeros(3).long()))
    assert math.isnan(hard_r_precision(unit(3), unit(3), torch.arange(3)))


def test_frechet_distance_is_that_of_normal_distributions():
    some = torch.randn(4000, 3, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    assert frechet_distance(some, some) < 1e-6
    assert frechet_distance(some, some + 2) == pytest.approx(12, rel=1e-6)
    wider = (some - some.mean(0)) * 3 + some.mean(0)
    assert frechet_distance(some, wider) == pytest.approx(4 * float(some.var(0).sum()), rel=1e-6)
    assert math.isnan(frechet_distance(some[:1], some))


def test_frechet_distance_of_fewer_vectors_than_their_width_is_the_same():
    random = torch.Generator().manual_seed(3)
    made, true = (torch.randn(count, 4, generator=random, dtype=torch.float64) for count in (20, 30))
    turn = torch.linalg.qr(torch.randn(50, 50, generator=random, dtype=torch.float64)).Q[:4]
    assert frechet_distance(made @ turn, true @ turn) == pytest.approx(frechet_distance(made, true), rel=1e-9)
