"""REINFORCE: masks, losses, rewards and baselines; golden numbers, closed forms, and an unbiased gradient."""

import itertools
import json
from math import exp, log

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmtg.errors import InputError
from mmtg.models.reinforce import (
    baseline,
    reward,
    reward_loss,
    reward_terms,
    token_log_probabilities,
    until_end,
)
from tests.models.recurrent import port_generator, tf_generator


@pytest.fixture(scope="module")
def folder(shared):
    return shared / "golden" / "img2poem"


def behind_start(ids):
    return torch.cat([torch.ones_like(ids[:, :1]), ids[:, :-1]], dim=1)


def test_the_masked_loss_of_the_tensorflow_release(folder):
    described, golden = json.loads((folder / "gru_equations.json").read_text()), np.load(folder / "gru_equations.npz")
    model, features = tf_generator(folder)
    words, per_token = torch.from_numpy(golden["words"]), torch.from_numpy(golden["reward_step_major"])
    found = token_log_probabilities(model(features, behind_start(words)), words, 1e-20)
    torch.testing.assert_close(found, torch.from_numpy(golden["word_log_probabilities"]), atol=1e-9, rtol=0)
    mask = until_end(words, 2)
    assert mask.tolist() == golden["loss_mask"].astype(bool).tolist()
    assert mask.sum() == described["masked_tokens"]
    loss = reward_loss(found, per_token.view(20, 4).T, mask)
    assert loss.item() == pytest.approx(described["masked_reward_loss"], abs=1e-9)


def test_the_terms_of_port_a(folder):
    described, golden = json.loads((folder / "ports.json").read_text())["decoder"], np.load(folder / "lstm.npz")
    model, ids = port_generator(described), torch.from_numpy(golden["ids"])
    sampled, rewards = torch.from_numpy(golden["sampled_ids"]), torch.from_numpy(golden["reward"])
    own = torch.arange(11) < torch.from_numpy(golden["lengths_with_specials"])[:, None] - 1
    logits = model(torch.from_numpy(golden["feature"]), ids[:, :-1])
    logits = torch.where(own[..., None], logits, model.output.bias)  # the port's scores at padding are the bias
    found = reward_terms(token_log_probabilities(logits, sampled, 1e-20), rewards)
    torch.testing.assert_close(found.detach(), torch.from_numpy(golden["reinforce_terms"]), atol=1e-5, rtol=0)
    assert found.sum().item() == pytest.approx(described["reinforce_sum"], rel=1e-6)
    everything = torch.ones_like(own)  # padding counts, as in the port
    mean = reward_loss(token_log_probabilities(logits, sampled, 1e-20), rewards, everything)
    assert mean.item() == pytest.approx(described["reinforce_mean"], rel=1e-6)


@given(st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5), min_size=1, max_size=4))
def test_a_text_goes_through_its_first_end(rows):
    mask = until_end(torch.tensor(rows), 2)
    assert mask.tolist() == [[2 not in row[:place] for place in range(5)] for row in rows]


def test_log_probabilities_have_a_floor_without_gradient():
    logits = torch.tensor([[[0.0, log(3.0), -80.0]]], requires_grad=True)
    found = token_log_probabilities(logits.expand(3, 1, 3), torch.tensor([[0], [1], [2]]), 1e-20)
    assert found.flatten().tolist() == pytest.approx([log(0.25), log(0.75), log(1e-20)])
    found[2].sum().backward()
    assert logits.grad.abs().max() == 0


def test_the_gradient_of_two_tokens_in_closed_form():
    """Text "1 0" of two tokens and a third behind the end; d loss / d score = (p - [chosen]) * advantage / 2."""
    scores = [[0.2, -0.5], [1.0, 0.3], [0.7, 0.1]]
    logits = torch.tensor([scores], dtype=torch.float64, requires_grad=True)
    ids, advantage = torch.tensor([[1, 0, 1]]), torch.tensor([0.6], dtype=torch.float64, requires_grad=True)
    loss = reward_loss(token_log_probabilities(logits, ids, 1e-20), advantage, until_end(ids, 0))
    loss.backward()
    chances = [[exp(own) / sum(map(exp, row)) for own in row] for row in scores]
    assert loss.item() == pytest.approx(-0.6 * (log(chances[0][1]) + log(chances[1][0])) / 2)
    (a, b), (c, d), _ = chances
    wanted = [a, b - 1, c - 1, d, 0, 0]
    assert logits.grad[0].flatten().tolist() == pytest.approx([0.3 * slope for slope in wanted])
    assert advantage.grad is None  # the reward is no path for the gradient


def test_the_loss_is_a_mean_over_all_tokens_of_all_texts():
    logp = torch.tensor([[-1.0, -2.0, -4.0], [-8.0, -16.0, -32.0]])
    mask = torch.tensor([[True, True, False], [True, False, False]])
    assert reward_loss(logp, torch.tensor([1.0, 0.5]), mask).item() == pytest.approx((1 + 2 + 0.5 * 8) / 3)


def test_rewards_mix_and_stand_alone():
    paired, poetic = torch.tensor([0.5, 1.0]), torch.tensor([0.25, 0.0])
    assert reward(paired, poetic, 0.8).tolist() == pytest.approx([0.45, 0.8])
    assert torch.equal(reward(paired, None, 0.8), paired)
    assert torch.equal(reward(None, poetic, 0.8), poetic)
    with pytest.raises(InputError, match="no reward"):
        reward(None, None, 0.8)
    with pytest.raises(InputError, match=r"1\.5"):
        reward(paired, poetic, 1.5)


def test_baselines():
    rewards = torch.tensor([0.0, 0.3, 0.9], requires_grad=True)
    assert baseline(rewards, "none").tolist() == [0, 0, 0]
    assert baseline(rewards, "mean").tolist() == pytest.approx([0.6, 0.45, 0.15])
    assert baseline(rewards, "moving", 0.4).tolist() == pytest.approx([0.4, 0.4, 0.4])
    assert not baseline(rewards, "mean").requires_grad
    assert baseline(rewards[:1], "mean").tolist() == [0]
    with pytest.raises(InputError, match="median"):
        baseline(rewards, "median")


@pytest.mark.parametrize(("kind", "unbiased"), [("none", True), ("mean", True), ("moving", True), ("own mean", False)])
def test_the_gradient_stays_unbiased(kind, unbiased):
    """Over all pairs of one-token texts: the expected gradient is that of the expected reward; with the mean of the
    whole batch, a text's own reward in it, it would be half of it."""
    scores = torch.tensor([0.4, -0.3, 0.1], dtype=torch.float64, requires_grad=True)
    rewards = torch.tensor([0.9, 0.2, 0.5], dtype=torch.float64)
    chances = torch.softmax(scores, dim=0)
    [wanted] = torch.autograd.grad(-(chances * rewards).sum(), scores)
    found = torch.zeros(3, dtype=torch.float64)
    for pair in itertools.product(range(3), repeat=2):
        ids = torch.tensor(pair)[:, None]
        got = rewards[list(pair)]
        compared = got.mean() if kind == "own mean" else baseline(got, kind, 0.35)
        logp = token_log_probabilities(scores.expand(2, 1, 3), ids, 1e-20)
        loss = reward_loss(logp, got - compared, torch.ones_like(ids, dtype=torch.bool))
        [gradient] = torch.autograd.grad(loss, scores)
        found += (chances[pair[0]] * chances[pair[1]]).detach() * gradient
    assert torch.allclose(found, wanted, atol=1e-12) == unbiased
    if not unbiased:
        torch.testing.assert_close(found, wanted / 2)
