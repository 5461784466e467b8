"""What CroMIC-CMT, Unified VLP and ViLT have in common."""

from dataclasses import replace

import pytest
import torch

from mmtg.errors import InputError
from mmtg.models.post_memory import NetworkSize
from mmtg.models.vilt import exchanged
from tests.models.posts import MASKING, NAMES, PAD, SIZE, START, TOKENS, network, posts, read

CLOSE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture(scope="module", params=NAMES)
def net(request):
    return network(request.param)


def logits(net, batch, inputs=None):
    return net.reply_logits(read(net, batch), batch.of, batch.replies[:, :-1] if inputs is None else inputs)


def written(net, memory, tokens):
    """Scores [N, R, V] one step after another."""
    state, told = net.start(memory), []
    for token in tokens.unbind(1):
        scores, state = net.step(token, state)
        told.append(scores)
    return torch.stack(told, dim=1)


@torch.no_grad()
def test_writing_with_a_cache_equals_the_whole_pass(net):
    batch = posts()
    tokens = torch.randint(6, TOKENS, (4, 6))
    tokens[:, 0] = START
    memory = read(net, batch)
    torch.testing.assert_close(written(net, memory, tokens), net.reply_logits(memory, torch.arange(4), tokens), **CLOSE)


@torch.no_grad()
def test_a_selected_state_goes_on_as_its_row(net):
    memory, tokens = read(net, posts()), torch.randint(6, TOKENS, (4, 3))
    rows = torch.tensor([3, 0, 0])
    scores, state = net.step(tokens[:, 0], net.start(memory))
    whole, _ = net.step(tokens[:, 1], state)
    some, _ = net.step(tokens[rows, 1], state.select(rows))
    torch.testing.assert_close(some, whole[rows], **CLOSE)
    torch.testing.assert_close(net.step(tokens[rows, 0], net.start(memory.select(rows)))[0], scores[rows], **CLOSE)


def test_later_tokens_and_other_posts_have_no_influence(net):
    batch, place = posts(), 2
    seen = []
    hook = net.tokens.register_forward_hook(lambda _, __, out: seen.append(out) or out.retain_grad())
    told = logits(net, batch)
    hook.remove()
    told[0, place].sum().backward()
    of_replies = [out.grad for out in seen if out.shape[:2] == (5, 6)]
    # Text first, then replies; in Unified VLP the masks behind, of which the place's own is heard.
    assert of_replies[0][0, : place + 1].abs().sum(1).all()
    assert not of_replies[0][0, place + 1 :].any()
    assert not of_replies[0][1:].any()
    of_text = seen[0].grad
    assert of_text[0].any()
    assert not of_text[1:].any()


@torch.no_grad()
def test_padding_has_no_influence(net):
    batch = posts()
    longer = replace(
        batch,
        text=torch.cat([batch.text, torch.full((4, 2), PAD)], dim=1),
        replies=torch.cat([batch.replies, torch.full((5, 2), PAD)], dim=1),
    )
    there = batch.replies[:, :-1] != PAD
    torch.testing.assert_close(logits(net, longer)[:, :6][there], logits(net, batch)[there], **CLOSE)
    torch.testing.assert_close(net.answer_logits(read(net, longer)), net.answer_logits(read(net, batch)), **CLOSE)


@torch.no_grad()
def test_a_missing_picture_has_no_influence(net):
    batch = posts()
    other = batch.pictures.clone()
    other[1, 1], other[3, 0] = 200, 100
    assert torch.equal(logits(net, replace(batch, pictures=other)), logits(net, batch))
    other[0, 1] = 30
    assert not torch.equal(logits(net, replace(batch, pictures=other))[0], logits(net, batch)[0])


@torch.no_grad()
def test_the_order_of_pictures_is_known(net):
    batch = posts()
    turned = replace(batch, pictures=batch.pictures.flip(1), present=batch.present.flip(1))
    assert (logits(net, turned)[:2] - logits(net, batch)[:2]).abs().max() > 1e-6
    plain = network("cromic", picture_numbers=0)
    torch.testing.assert_close(logits(plain, turned), logits(plain, batch), **CLOSE)


@torch.no_grad()
def test_each_modality_can_do_without_the_other(net):
    batch = posts()
    pictures = replace(batch, text=batch.text[:, :0])
    texts = replace(batch, pictures=batch.pictures[:, :0], present=batch.present[:, :0])
    per_picture = net.pictures(batch.pictures[:1, 0]).shape[1]
    assert read(net, pictures).states.shape[1] == 2 * per_picture
    assert read(net, texts).states.shape[1] == 6
    assert read(net, batch).states.shape[1] == 6 + 2 * per_picture
    for some in (pictures, texts):
        assert logits(net, some).isfinite().all()  # the third post has no text
        assert net.answer_logits(read(net, some)).isfinite().all()
    hidden = replace(batch, present=torch.zeros_like(batch.present))
    torch.testing.assert_close(logits(net, hidden)[:4], logits(net, texts)[:4], **CLOSE)


@pytest.mark.parametrize("lacking", ["nothing", "replies", "pictures"])
def test_all_that_is_made_learns_whatever_a_process_is_given(net, lacking):
    batch = posts()
    if lacking == "replies":
        batch = replace(batch, replies=batch.replies[:0], of=batch.of[:0])
    if lacking == "pictures":
        batch = replace(batch, present=torch.zeros_like(batch.present))
    losses = net.train().learn(batch)
    assert list(losses) == ["lm_loss", "answer_loss"]
    sum(mean for mean, _ in losses.values()).backward()
    assert [name for name, p in net.named_parameters() if p.grad is None] == []
    assert all(p.grad.isfinite().all() for p in net.parameters())
    net.zero_grad()
    net.eval()


def test_half_precision_is_near(net):
    batch = posts()
    exact = net.learn(batch)["answer_loss"][0].item()
    with torch.autocast("cpu", torch.bfloat16):
        losses = net.learn(batch)
        assert net.step(batch.text[:, 0], net.start(read(net, batch)))[0].isfinite().all()
    sum(mean for mean, _ in losses.values()).backward()
    assert losses["answer_loss"][0].item() == pytest.approx(exact, rel=0.02)
    net.zero_grad()


@torch.no_grad()
@pytest.mark.parametrize("name", ["cromic", "vilt"])
def test_the_loss_is_that_of_all_tokens_of_all_replies(name):
    net, batch = network(name), posts()
    mean, count = net.learn(batch)["lm_loss"]
    targets = batch.replies[:, 1:]
    chances = logits(net, batch).log_softmax(2).gather(2, targets[..., None])[..., 0]
    assert count == 20
    torch.testing.assert_close(mean, -chances[targets != PAD].sum() / 20)
    none = replace(batch, replies=batch.replies[:0], of=batch.of[:0])
    assert net.learn(none)["lm_loss"][1] == 0
    assert net.learn(none)["lm_loss"][0] == 0


@torch.no_grad()
def test_the_loss_of_answers_is_a_sum_over_classes(net):
    batch = posts()
    mean, count = net.learn(batch)["answer_loss"]
    chances = net.answer_logits(read(net, batch)).sigmoid()
    each = -(batch.votes * chances.log() + (1 - batch.votes) * (1 - chances).log())
    torch.testing.assert_close(mean, each.sum(1).mean())
    assert count == 4


@pytest.mark.parametrize("name", NAMES)
def test_only_what_is_needed_is_made(name):
    answers = network(name, replies=False)
    assert not any(part.startswith(("decoder", "output", "transform")) for part in answers.state_dict())
    losses = answers.learn(posts())
    assert list(losses) == ["answer_loss"]
    losses["answer_loss"][0].backward()
    assert all(p.grad is not None for p in answers.parameters())
    replies = network(name, answers=0)
    assert not any("answer" in part for part in replies.state_dict())
    assert list(replies.learn(posts())) == ["lm_loss"]
    with pytest.raises(InputError, match="answer head"):
        replies.answer_logits(read(replies, posts()))


def test_unified_vlp_learns_hidden_tokens_in_both_ways():
    torch.manual_seed(0)
    batch = posts()
    for one_way in (0.0, 1.0, 0.5):
        mean, count = network("vlp", one_way=one_way).learn(batch)["lm_loss"]
        assert count == 2 + 1 + 1 + 2 + 1  # 0.3 of 6, 2, 4, 5 and 3 tokens
        mean.backward()
    none = replace(batch, replies=batch.replies[:0], of=batch.of[:0])
    assert network("vlp").learn(none)["lm_loss"][1] == 0


def test_vilt_learns_whose_pictures_it_sees_and_hidden_text():
    torch.manual_seed(0)
    net, batch = network("vilt", matching=True, masking=MASKING), posts()
    losses = net.learn(batch)
    assert list(losses) == ["lm_loss", "answer_loss", "match_loss", "text_loss"]
    assert (losses["match_loss"][1], losses["text_loss"][1]) == (3, 4)  # the third post has no text
    sum(mean for mean, _ in losses.values()).backward()
    assert all(p.grad is not None for p in net.parameters())
    alone = net.learn(batch.select(torch.tensor([0])))
    assert alone["match_loss"][1] == 0
    assert list(net.learn(replace(batch, text=batch.text[:, :0]))) == ["lm_loss", "answer_loss"]


def test_half_of_the_posts_are_shown_others_pictures():
    for count in (2, 3, 8):
        other = exchanged(count, torch.device("cpu"))
        assert (other != torch.arange(count)).sum() == count // 2
    assert exchanged(1, torch.device("cpu")).tolist() == [0]


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="5 heads do not divide a width of 32"):
        NetworkSize(width=32, heads=5, feedforward=8, encoder_layers=1, decoder_layers=1, dropout=0.0, positions=4)
    with pytest.raises(InputError, match="32 wide, the network 64"):
        network("cromic", size=replace(SIZE, width=64), pictures=network("cromic").pictures)
    with pytest.raises(InputError, match="must write replies or choose"):
        network("vilt", replies=False, answers=0)
    with pytest.raises(InputError, match="masked"):
        network("vilt", matching=True)
    with pytest.raises(InputError, match="2 pictures"):
        read(network("cromic", picture_numbers=1), posts())
    for name in NAMES:
        with pytest.raises(InputError, match="positions"):
            logits(network(name), posts(), torch.ones(5, 13, dtype=torch.int64))
