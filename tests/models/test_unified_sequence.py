"""The unified transformer learning from whole texts and pictures."""

from dataclasses import replace

import pytest
import torch

from mmtg.decoding.stepwise import StepSettings, free_sample, write
from mmtg.errors import InputError
from mmtg.models import unified_critical
from mmtg.models.modes import evaluating
from mmtg.models.unified_critical import CaptionRewards, log_probabilities, self_critical
from mmtg.models.unified_pictures import WholePictures
from mmtg.models.unified_settings import PAINT, WRITE, SequenceLevel
from mmtg.models.unified_soft import distance_loss, nearness_loss, painted_loss, soft_vectors
from mmtg.models.unified_texts import Texts
from mmtg.models.unified_writing import paint
from mmtg.randomness import Chance
from tests.models.unified import LINE, NOTES, PICTURE, batch, system

TRUE = [[lines] for lines in NOTES]
HEAT = 0.5
CHANCE = Chance(seed=0, epoch=0, items=[0, 1, 2])
ONE, TWO = (Texts(count=count, lines=1, line=LINE, restart=False) for count in (1, 2))
WRITING = {"draw_temperature": 1.0, "reward_weight": 1.0, "whole_weight": 1.0, "ends": False}
RULE = SequenceLevel(**WRITING, paints_by="clip", weight=1.0, temperature=1.0, noise=False)


class Fixed(CaptionRewards):
    """Rewards that are told beforehand, in the order in which they are asked for."""

    def __init__(self, *rewards):
        super().__init__([], "characters", TWO, whole_weight=0.0)
        self.left = list(rewards)

    def of(self, texts, references):
        return torch.tensor(self.left.pop(0))[:, None].expand(-1, 2)


def criticised(made, rewards):
    scene = made.model.seen(made.scene(batch(made)), WRITE)
    network, steps = made.model.network(WRITE), made.model.steps()
    return self_critical(
        network, steps, scene, TRUE, rewards, made.vocabulary, chance=CHANCE, length=8, temperature=1.0
    )


def test_rewards_are_of_the_corpus_not_of_the_batch():
    rewards = CaptionRewards(TRUE, "characters", ONE, whole_weight=0.0)
    texts = [rewards.read(lines) for lines in NOTES]
    alone = rewards.of(texts[:1], TRUE[:1])
    together = rewards.of(texts, TRUE)
    assert alone[0] == together[0] > 0  # by the batch's own frequencies a batch of one is worth nothing
    assert rewards.of([rewards.read(["知", "多少"])], TRUE[:1])[0] == 0


def test_each_text_has_its_own_reward():
    rewards = CaptionRewards(TRUE, "characters", TWO, whole_weight=0.0)
    turned = rewards.of([rewards.read(["不觉", "不觉"]), rewards.read(["春眠"])], [TRUE[0], TRUE[0]])
    assert turned[0, 0] == 0 < turned[0, 1]
    assert turned[1, 0] > 0 == turned[1, 1]  # a text that is not there
    assert (
        rewards.of([rewards.read(["春眠", "不觉", "晓"])], TRUE[:1])[0, 1] < turned[0, 1]
    )  # the last has what is left


def test_several_texts_share_the_reward_of_all_as_one():
    each, whole, both = (
        CaptionRewards(TRUE, "characters", texts, whole_weight=weight)
        for texts, weight in ((TWO, 0.0), (ONE, 1.0), (TWO, 2.0))
    )
    lines = ["春眠", "春眠"]
    apart, shared, found = (some.of([some.read(lines)], TRUE[:1]) for some in (each, whole, both))
    torch.testing.assert_close(found, apart + 2 * shared)
    assert shared > 0


def test_rewards_are_the_mean_over_references():
    rewards = CaptionRewards([[["a b c d"], ["a b c e"]], [["f g h i"]]], "words", ONE, whole_weight=0.0)
    of = [float(rewards.of([rewards.read(["a b c d"])], [own])) for own in ([["a b c d"]], [["a b c e"]])]
    assert of[0] > of[1] > 0
    assert float(rewards.of([rewards.read(["a b c d"])], [[["a b c e"], ["a b c d"]]])) == pytest.approx(sum(of) / 2)


@pytest.mark.parametrize("unit", ["words", "characters"])
def test_an_end_counts_where_it_is_asked_for(unit):
    true = [[["a b c d"]], [["f g h i"]]]
    plain, ends = (CaptionRewards(true, unit, ONE, whole_weight=1.0, ends=ends) for ends in (False, True))
    whole, broken = (float(ends.of([ends.read(["a b c d"], ended=ended)], true[:1])) for ended in (True, False))
    assert whole > broken
    assert plain.read(["a b"], ended=True)[0].tokens == plain.read(["a b"], ended=False)[0].tokens
    assert ends.read(["a b"])[0].tokens != ends.read(["a b"], ended=False)[0].tokens


@pytest.mark.parametrize("predicts", ["causal", "single"])
def test_equal_rewards_teach_nothing_and_turned_ones_the_opposite(predicts):
    made = system(token_level={"predicts": predicts}, dropout=0.0)
    same = criticised(made, Fixed([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]))
    assert same.loss == 0
    one = criticised(made, Fixed([1.0, 2.0, 3.0], [0.0, 2.0, 2.0]))
    other = criticised(made, Fixed([0.0, 2.0, 2.0], [1.0, 2.0, 3.0]))
    torch.testing.assert_close(one.loss, -other.loss)
    assert one.loss > 0  # minus log-probability of texts that are better
    assert all(part.training for part in made.modules())


def test_a_reward_is_of_its_own_text_alone(monkeypatch):
    words = system().vocabulary
    ids = torch.tensor([[7, 8, words.line, 9, words.end, words.pad]])
    texts = replace(TWO, line=words.line)
    monkeypatch.setattr(unified_critical, "_rolled_out", lambda *_, **__: (ids, ids))
    told = torch.zeros(1, 6, requires_grad=True)
    monkeypatch.setattr(unified_critical, "log_probabilities", lambda *_, **__: told)
    rewards = CaptionRewards([], "characters", texts, whole_weight=0.0)
    given = iter((torch.tensor([[3.0, 5.0]]), torch.tensor([[2.0, 1.0]])))
    monkeypatch.setattr(rewards, "of", lambda *_: next(given))
    made = system()
    scene = made.scene(batch(made)).select(torch.tensor([0]))
    network = made.model.network(WRITE)
    self_critical(network, None, scene, TRUE, rewards, words, chance=CHANCE, length=6, temperature=1.0).loss.backward()
    assert (-told.grad * 5).tolist() == [[1, 1, 1, 4, 4, 0]]  # a break ends its text


@pytest.mark.parametrize("predicts", ["causal", "single"])
def test_texts_are_scored_as_they_are_written(predicts):
    made = system(token_level={"predicts": predicts}).eval()
    steps, words = made.model.steps(), made.vocabulary
    scene = made.model.seen(made.scene(batch(made)), WRITE)
    ids = scene.lines[:, 1:]
    told, state, token = [], steps.start(scene), scene.lines[:, 0]
    for following in ids.unbind(1):
        scores, state = steps.step(token, state)
        told.append(torch.log_softmax(scores / HEAT, dim=1).gather(1, following[:, None])[:, 0])
        token = following
    wanted = torch.stack(told, dim=1) * (ids != words.pad)
    found = log_probabilities(made.model.network(WRITE), steps, scene, ids, words, temperature=HEAT)
    torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)
    behind = torch.cat([ids, torch.full_like(ids[:, :2], words.pad)], dim=1)
    longer = log_probabilities(made.model.network(WRITE), steps, scene, behind, words, temperature=HEAT)
    torch.testing.assert_close(longer[:, : ids.shape[1]], found, rtol=1e-4, atol=1e-5)


def test_cold_draws_are_greedy_texts():
    made = system().eval()
    steps, words, scene = made.model.steps(), made.vocabulary, made.scene(batch(made))
    tokens = {"start": words.start, "end": words.end, "pad": words.pad, "length": 8, "banned": (words.pad, words.start)}
    cold = free_sample(steps, scene, temperature=1e-4, **tokens)
    greedy = write(
        steps, scene, newline=words.line, settings=StepSettings(kind="greedy"), lines=None, uniform=None, **tokens
    )
    assert torch.equal(cold, greedy)
    assert not torch.equal(free_sample(steps, scene, temperature=5.0, **tokens), greedy)


def test_soft_pictures_tend_to_centroids():
    codebook = torch.randn(7, 6)
    ids = torch.randint(7, (2, 3))
    sure = 100.0 * torch.nn.functional.one_hot(ids, 7).float()
    made = soft_vectors(sure, codebook, RULE, None)
    torch.testing.assert_close(made, codebook[ids])
    there = torch.ones(2, 3, dtype=torch.bool)
    assert distance_loss(made, codebook[ids], there) == pytest.approx(0, abs=1e-6)
    assert distance_loss(made + 2, codebook[ids], there) == pytest.approx(4)
    torch.manual_seed(0)
    assert not torch.equal(soft_vectors(sure / 100, codebook, RULE, torch.rand(2, 3, 7)), made)


def test_pictures_by_hand():
    cells = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [9.0, 9.0], [9.0, 9.0]]])
    present = torch.tensor([[True, True, False, False]])
    nothing = torch.zeros(2)
    torch.testing.assert_close(
        WholePictures(2, None)(cells, present, 2)[0], torch.stack([torch.ones(2) / 2**0.5, nothing])
    )
    whole = WholePictures(2, 2)
    whole.take(torch.eye(2), torch.tensor([0.0, 1.0]))  # mean of the first, 0.5; greatest of the second, 1, and 1
    wanted = torch.tensor([0.5, 2.0]) / 4.25**0.5
    torch.testing.assert_close(whole(cells, present, 2)[0], torch.stack([wanted, nothing]))


def test_nearness_by_hand():
    pictures = torch.tensor([[[0.5**0.5, 0.5**0.5], [0.6, 0.8]]])
    heard = torch.tensor([[[2.0, 0.0], [-1.0, 0.0]]])
    everywhere = torch.ones(1, 2, dtype=torch.bool)
    assert nearness_loss(pictures, heard, everywhere) == pytest.approx(-(0.5**0.5) / 2)  # below 0 counts as 0
    assert nearness_loss(pictures, heard * torch.tensor([[[1.0], [0.0]]]), everywhere) == pytest.approx(-(0.5**0.5))


def test_painting_learns_through_soft_pictures_alone():
    made = system(tasks=["rl_t2i"])
    network, scene = made.model.network(PAINT), made.scene(batch(made))
    heard = torch.randn(3, 2, PICTURE, requires_grad=True)
    painted_loss(made.model, scene, heard.detach(), RULE, 2, CHANCE).total.backward()
    assert network.words.tokens.weight.grad.any()
    assert network.codebook.grad is None
    assert paint(network, scene, iterations=2).scores.requires_grad


def test_evaluation_is_for_a_while():
    made = system()
    made.model.eval()
    made.model.network(WRITE).words.train()
    modes = [part.training for part in made.modules()]
    inside = []

    def crash():
        with evaluating(made):
            inside.extend(part.training for part in made.modules())
            raise KeyError

    with pytest.raises(KeyError):
        crash()
    assert not any(inside)
    assert [part.training for part in made.modules()] == modes


@pytest.mark.parametrize("changes", [{"paints_by": "gan"}, {"weight": 0.0}, {"temperature": -1.0}])
def test_what_is_wrong_is_named(changes):
    with pytest.raises(InputError, match=r"model\.sequence_level"):
        SequenceLevel(**(vars(RULE) | changes))
