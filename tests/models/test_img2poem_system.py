"""img2poem in training: its likelihood, its stages, and that no player learns from another's loss."""

import math

import pytest
import torch

from mmtg.curriculum import schedule_from
from mmtg.data.batch import Batch
from mmtg.data.layouts import layout_from_plain
from mmtg.data.line_vocabulary import line_vocabulary
from mmtg.data.module import text_tensors
from mmtg.decoding.settings import DecodingSettings
from mmtg.errors import InputError
from mmtg.models.img2poem_system import Img2PoemSystem
from mmtg.models.line_sequences import lines_in, segments_of, sequences
from mmtg.models.system import OptimizerSettings, Parts

WIDTH = 6
POEMS = [["春眠", "不觉", "晓处", "闻啼鸟"], ["夜来", "风雨", "声花", "落"], ["知", "多", "少", "春"]]
SIZES = {
    "kind": "prompts", "steps": 2, "lines_per_step": 2, "line_tokens": 4, "topic_tokens": 4, "prompt": "题：",
    "step_types": (1, 2),
}  # fmt: skip
GRU = {"cell": "gru", "batch_norm": True, "projected": True, "normalised": False, "tied": False, "uniform_init": 0.1}
ADVERSARIAL = {
    "start_epoch": 2, "warmup_epochs": 1, "paired_weight": 0.8, "likelihood_weight": 0.0, "reward_weight": 1.0,
    "baseline": "mean", "momentum": 0.9, "learning_rate": 1e-3, "discriminator_learning_rate": 1e-2,
    "discriminator_slowdown": 0.1,
}  # fmt: skip
STAGES = [{"until_epoch": None, "ratings": [5, 4, 1], "positive_from": 4, "batch_scale": 1, "share": 1.0}]


def make(of="steps", epoch=0, adversarial=ADVERSARIAL, **changes):
    """A small system, as if in an epoch."""
    torch.manual_seed(0)
    decoding = {"samples": 1, "top_k": 1, "top_p": 0.0, "temperature": 1.0, "repetition_penalty": 1.0}
    parts = Parts(
        layout=layout_from_plain(SIZES, line_vocabulary(POEMS, unit="characters", least_count=1, more=["题："])),
        token_table=torch.zeros(0, 0),
        schedule=schedule_from({"epochs": 4, "stages": STAGES, "evaluation_positive_from": 4}),
        optimizer=OptimizerSettings(
            learning_rate=1e-2, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.0, warmup_steps=0, total_steps=10
        ),
        decoding=DecodingSettings(**decoding, penalty="standard", seed=1, batch_size=8),
    )
    settings = {
        "name": "img2poem", "size": {"hidden": 8}, "dropout": 0.0, "pretrained": None, "of": of, "length": 30,
        "bound_lines": True, "generator": GRU, "multimodal": True, "style": True, "vector_width": WIDTH, **changes,
    }  # fmt: skip
    system = Img2PoemSystem(parts, {}, adversarial=adversarial, **settings)
    type(system).current_epoch = property(lambda self: self.epoch_of_test)
    system.epoch_of_test = epoch
    return system


@pytest.fixture(autouse=True)
def as_it_was():
    """Takes the epoch that tests choose back."""
    yield
    if "current_epoch" in vars(Img2PoemSystem):
        del Img2PoemSystem.current_epoch


def batch_of(system):
    drawn = torch.Generator().manual_seed(1)
    vectors = torch.randn(3, 2, WIDTH, generator=drawn)
    return Batch(
        **text_tensors(range(3), ["春", "夜", "花"], POEMS, system.layout),
        topic_vector=torch.zeros(3, WIDTH),
        image_vectors=vectors,
        text_vectors=torch.zeros(3, 2, WIDTH),
        image_present=torch.ones(3, 2, dtype=torch.bool),
        text_present=torch.zeros(3, 2, dtype=torch.bool),
        rating=torch.tensor([5, 4, 1]),
        heard=torch.zeros(3, 0, 0),
    )


@pytest.mark.parametrize(("of", "segments"), [("steps", 2), ("experience", 1)])
def test_texts_become_sequences_and_back(of, segments):
    system = make(of)
    words, batch = system.vocabulary, batch_of(system)
    lines = segments_of(batch.targets, system.text_layout, segments)
    texts = sequences(lines, words, longest=30, device=torch.device("cpu"))
    assert len(texts.ids) == 3 * segments
    back = [[words.decode(line) for line in lines_in(row, words)] for row in texts.ids.tolist()]
    assert [line for own in back for line in own] == [line for poem in POEMS for line in poem]
    assert all(row[length - 1] == words.end for row, length in zip(texts.ids.tolist(), texts.lengths, strict=True))
    cut = sequences(lines, words, longest=3, device=torch.device("cpu"))
    assert cut.lengths.tolist() == [3] * len(lines)


def test_the_likelihood_is_the_mean_over_positives_of_the_mean_over_their_tokens():
    system = make().eval()
    batch, words = batch_of(system), system.vocabulary
    found = system.loss(batch, positive_from=4)
    own, written = [], []
    for poem, vectors in list(zip(POEMS, batch.image_vectors, strict=True))[:2]:  # the third is a negative
        nats = []
        for step in range(2):
            tokens = [*words.encode(poem[2 * step]), words.line, *words.encode(poem[2 * step + 1]), words.end]
            unit = vectors[step] / vectors[step].norm()
            logits = system.model.generator(unit[None], torch.tensor([[words.start, *tokens[:-1]]]))[0]
            each = [-float(row.log_softmax(0)[token]) for row, token in zip(logits, tokens, strict=True)]
            nats += each
            written += [n for n, token in zip(each, tokens, strict=True) if token not in (words.line, words.end)]
        own.append(sum(nats) / len(nats))
    assert float(found.total) == pytest.approx(sum(own) / 2, abs=1e-5)
    value, count = found.parts["token_loss"]
    assert count == len(written)
    assert math.exp(float(value)) == pytest.approx(math.exp(sum(written) / count), rel=1e-5)


def learned(system, batch):
    """Which players a training step moves."""
    loss = system.training_loss(batch, positive_from=4)
    loss.total.backward()
    moved = {}
    for name in ("generator", "multimodal", "style"):
        gradients = [p.grad for p in getattr(system.model, name).parameters()]
        assert all(gradient is not None for gradient in gradients), name  # DDP waits for all of them
        moved[name] = any(bool(gradient.any()) for gradient in gradients)
    return loss, moved


def test_each_stage_moves_its_players():
    nobody = {"generator": True, "multimodal": False, "style": False}
    assert learned(make(epoch=0), batch_of(make()))[1] == nobody
    for epoch in (1, 2, 3):
        loss, moved = learned(make(epoch=epoch), batch_of(make()))
        assert all(moved.values())
        assert {"multimodal_loss", "style_loss", "reward", "policy_loss"} <= set(loss.parts)


def test_no_gradient_passes_between_the_players():
    system = make(epoch=2)
    batch = batch_of(system)
    pairs = system.pairs(batch, positive_from=4).kept()
    written = system.free_texts(pairs.features)
    losses = system.discriminator_losses(pairs, written)
    sum(value for value, _ in losses.values()).backward()
    assert all(p.grad is None for p in system.model.generator.parameters())
    for player in system.model.discriminators():
        player.zero_grad(set_to_none=True)
    value, rewards = system.policy_loss(pairs.features, written)
    value.backward()
    assert not rewards.requires_grad
    assert all(p.grad is None for player in system.model.discriminators() for p in player.parameters())
    assert any(bool(p.grad.any()) for p in system.model.generator.parameters() if p.grad is not None)


def test_rewards_make_what_was_rewarded_likelier():
    system = make(epoch=2)
    batch = batch_of(system)
    pairs = system.pairs(batch, positive_from=4).kept()
    system.model.eval()  # batch norm's statistics stay
    written = system.free_texts(pairs.features)
    system.model.rewards = lambda features, texts, weight: torch.tensor([1.0, 0.0, 0.0, 0.0])
    optimizer = torch.optim.SGD(system.model.generator.parameters(), lr=0.1)

    def nats():
        with torch.no_grad():
            logits = system.model.generator(pairs.features, written.after_start(system.vocabulary.start))
            chosen = logits.log_softmax(-1).gather(2, written.ids[..., None])[..., 0]
            return (chosen * written.mask).sum(dim=1)

    before = nats()
    system.policy_loss(pairs.features, written)[0].backward()
    optimizer.step()
    after = nats()
    assert after[0] > before[0]


def test_contradictions_are_refused():
    with pytest.raises(InputError, match="start_epoch"):
        make(multimodal=False, style=False)
    with pytest.raises(InputError, match="baseline"):
        make(adversarial={**ADVERSARIAL, "baseline": "median"})
    with pytest.raises(InputError, match=r"model\.of"):
        make(of="poems")


def test_the_learning_rates_of_the_stages():
    system = make()
    found = system.configure_optimizers()
    optimizer, scheduler = found["optimizer"], found["lr_scheduler"]["scheduler"]
    for step in range(12):
        rates = [group["lr"] for group in optimizer.param_groups]
        assert rates[1:] == pytest.approx([1e-2 if step < 10 else 1e-3] * 2)
        assert rates[0] == pytest.approx(1e-2 * (10 - step) / 10 if step < 10 else 1e-3)
        optimizer.step()
        scheduler.step()


def test_without_likelihood_the_learning_rates_are_those_of_rewards_from_the_start():
    optimizer = make(adversarial={**ADVERSARIAL, "start_epoch": 0}).configure_optimizers()["optimizer"]
    assert [group["lr"] for group in optimizer.param_groups] == pytest.approx([1e-3, 1e-3, 1e-3])
