"""Attention against people: agreement is found where it was put, and only there."""

import numpy as np
import pytest
from scipy import stats

from mmtg.stats import Resampling, attention_against_people, rater_agreement

R = Resampling(resamples=300, seed=3, confidence=0.95)
NAMES = ("img_rel", "r_rel", "cmp_rel")


def people(experiences=60, seed=0):
    """Steps that speak of the picture, the text or both, scored by two raters who err by one now and then."""
    generator = np.random.default_rng(seed)
    kinds = generator.integers(0, 3, size=(experiences, 5))
    truth = np.array([[5, 2, 0], [1, 5, 2], [4, 4, 1]])[kinds]  # [N, T, 3]
    errors = generator.integers(-1, 2, size=(2, *truth.shape)) * (generator.random((2, *truth.shape)) < 0.3)
    scores = np.clip(np.moveaxis(truth + errors, 0, -1), [[1], [1], [0]], [[5], [5], [2]]).astype(float)
    return kinds, {name: scores[:, :, i] for i, name in enumerate(NAMES)}


def attentive(kinds, noise=0.05, seed=1):
    weights = np.array([[0.2, 0.6, 0.2], [0.2, 0.2, 0.6], [0.2, 0.4, 0.4]])[kinds]
    return weights + noise * np.random.default_rng(seed).normal(size=weights.shape)


def test_a_model_that_attends_as_people_do():
    kinds, scores = people()
    found = attention_against_people(attentive(kinds), scores, R)
    assert set(found) == {
        f"attention_{source}_{name}" for source in ("image", "text", "difference") for name in ("spearman", "kendall")
    }
    for estimate in found.values():
        assert 0.4 < estimate.low < estimate.mean < estimate.high <= 1
        assert estimate.n == 60


def test_the_value_is_the_plain_correlation_over_steps():
    kinds, scores = people()
    weights = attentive(kinds)
    found = attention_against_people(weights, scores, R)
    expected = stats.spearmanr(weights[..., 1].ravel(), scores["img_rel"].mean(axis=-1).ravel()).statistic
    assert found["attention_image_spearman"].mean == pytest.approx(expected)
    difference = (weights[..., 2] - weights[..., 1]).ravel()
    expected = stats.kendalltau(difference, scores["cmp_rel"].mean(axis=-1).ravel()).statistic
    assert found["attention_difference_kendall"].mean == pytest.approx(expected)


def test_a_model_that_attends_anywhere():
    _, scores = people()
    weights = np.random.default_rng(4).dirichlet([1, 1, 1], size=(60, 5))
    for estimate in attention_against_people(weights, scores, R).values():
        assert estimate.low < 0 < estimate.high


def test_a_model_that_takes_pictures_for_texts():
    kinds, scores = people()
    found = attention_against_people(attentive(kinds)[..., [0, 2, 1]], scores, R)
    assert all(estimate.high < 0 for estimate in found.values())


def test_missing_steps_and_ratings_are_left_out():
    kinds, scores = people()
    weights = attentive(kinds)
    weights[:5] = np.nan
    scores["r_rel"][5:15, :, 1] = np.nan
    scores["img_rel"][...] = np.nan
    found = attention_against_people(weights, scores, R)
    assert not any(name.startswith("attention_image") for name in found)
    assert found["attention_text_kendall"].n == 55


def test_how_far_the_raters_agree():
    _, scores = people()
    found = rater_agreement(scores, R)
    assert set(found) == {f"raters_{name}_{measure}" for name in NAMES for measure in ("kappa", "alpha")}
    assert all(0.5 < estimate.mean < 1 for estimate in found.values())
    assert all(estimate.low < estimate.mean < estimate.high for estimate in found.values())


def test_raters_who_never_err():
    _, scores = people()
    same = {name: np.repeat(score[..., :1], 2, axis=-1) for name, score in scores.items()}
    assert all(estimate.mean == pytest.approx(1) for estimate in rater_agreement(same, R).values())


def test_three_raters_and_one():
    _, scores = people()
    three = {name: np.concatenate([score, score[..., :1]], axis=-1) for name, score in scores.items()}
    one = {name: score[..., :1] for name, score in scores.items()}
    assert rater_agreement(three, R)["raters_r_rel_kappa"].mean > rater_agreement(scores, R)["raters_r_rel_kappa"].mean
    assert rater_agreement(one, R) == {}
