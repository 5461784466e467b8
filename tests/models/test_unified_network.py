"""The unified transformer: what has an influence on what, in two streams and in one."""

from dataclasses import replace

import pytest
import torch

from mmtg.errors import InputError
from mmtg.models.unified_embeddings import UnifiedCells, UnifiedText, grid_boxes
from mmtg.models.unified_inputs import text_before, text_up_to, whole_text
from mmtg.models.unified_layers import UnifiedSize
from mmtg.models.unified_network import UnifiedNetwork
from mmtg.models.unified_objectives import painted, predictions, written_all, written_at
from mmtg.models.unified_writing import CausalSteps, MaskedSteps, paint
from tests.models.unified import CELLS, CLUSTERS, END, GRID, LINE, MASK, PAD, START, TEXT, network, scene

CLOSE = {"rtol": 1e-4, "atol": 1e-5}
TOPIC = 5


@pytest.fixture(scope="module", params=["two", "one"])
def net(request):
    return network(request.param)


def influence(net, given, hearing, told, *, hidden=None):
    """Of each token [L] and each cell [C] on what ``told`` makes of the first experience's states: bool."""
    text = []
    hook = net.words.norm.register_forward_hook(lambda _, __, out: text.append(out) or out.retain_grad())
    cells = given.cells.clone().requires_grad_()
    state = told(net(replace(given, cells=cells), hearing, hidden))  # its sum is always the same, of a layer norm
    (state * torch.arange(len(state))).sum().backward()
    hook.remove()
    return text[0].grad[0].abs().sum(1) > 1e-6, cells.grad[0].abs().sum(1) > 1e-6


def test_written_at_once_a_token_depends_on_topic_pictures_and_what_stands_before(net):
    given, place = scene(), 4
    words, cells = influence(net, given, text_before(given, pad=PAD), lambda out: out.lines[0, place])
    assert words.tolist() == [True] * (TOPIC + place + 1) + [False] * 3
    assert cells.all()


def test_a_hidden_token_is_heard_by_those_before_it_and_nothing_behind_it_is(net):
    given, places = scene(), torch.tensor([4, 2, 3])
    hearing = text_up_to(given, places, pad=PAD)
    for told in (lambda out: out.lines[0, 4], lambda out: out.lines[0, 1], lambda out: out.cells[0, 0]):
        words, cells = influence(net, given, hearing, told)
        assert words.tolist() == [True] * (TOPIC + 5) + [False] * 3
        assert cells.all()


def test_a_hidden_cell_depends_on_all_text_and_on_the_other_cells(net):
    given, hidden = scene(), torch.zeros(3, CELLS, dtype=torch.bool)
    hidden[:, [1, 5]] = True
    words, cells = influence(net, given, whole_text(given, pad=PAD), lambda out: out.cells[0, 1], hidden=hidden)
    assert words.all()
    assert cells.tolist() == [not covered for covered in hidden[0]]


@torch.no_grad()
@pytest.mark.parametrize("masks", [text_before, whole_text])
def test_padding_and_missing_pictures_have_no_influence(net, masks):
    given = scene()
    padded = replace(
        given,
        topic=torch.nn.functional.pad(given.topic[:, :4], (0, 1), value=PAD),
        lines=torch.nn.functional.pad(given.lines, (0, 3), value=PAD),
        cells=torch.where(given.present[..., None], given.cells, 9.0),
    )
    padded, plain = padded.select(torch.tensor([1, 2])), given.select(torch.tensor([1, 2]))
    plain = replace(plain, topic=plain.topic[:, :4])
    some, more = (net(one, masks(one, pad=PAD)) for one in (plain, padded))
    there = plain.lines != PAD
    torch.testing.assert_close(more.lines[:, :8][there], some.lines[there], **CLOSE)
    torch.testing.assert_close(more.cells[plain.present], some.cells[plain.present], **CLOSE)


@torch.no_grad()
def test_without_any_picture_all_stays_finite(net):
    given = replace(scene(), present=torch.zeros(3, CELLS, dtype=torch.bool))
    assert net(given, text_before(given, pad=PAD)).lines.isfinite().all()
    assert not paint(net, given, iterations=4).ids.any()


@torch.no_grad()
def test_tokens_are_written_as_they_were_learnt(net):
    given = scene().select(torch.tensor([0]))
    tokens, labels = given.lines[0, :-1], given.lines[0, 1:]
    for steps in (CausalSteps(net), MaskedSteps(net, MASK)):
        told = []
        state = steps.start(given)
        for token in tokens:
            scores, state = steps.step(token[None], state)
            told.append(scores[0])
        written = predictions(torch.stack(told), labels, 0.2)
        if isinstance(steps, CausalSteps):
            learnt = written_all(net, given, smoothing=0.2).nats
        else:
            places = torch.arange(1, 8)
            rows = given.select(torch.zeros(7, dtype=torch.int64))
            learnt = written_at(net, rows, places, mask=MASK, smoothing=0.2).nats
        torch.testing.assert_close(written.nats, learnt, **CLOSE)


@torch.no_grad()
@pytest.mark.parametrize("streams", ["two", "one"])
@pytest.mark.parametrize("several", [{}, {"positions_restart": True}, {"lines_per_step": 2, "lines_per_text": 1}])
def test_writing_with_what_was_heard_equals_the_whole_pass(streams, several):
    net = network(streams, text=replace(TEXT, **several))
    given, steps = scene(), CausalSteps(net)
    given.lines[0, 5] = LINE  # texts break at different places
    rows, told = torch.tensor([2, 1, 0]), []
    state = steps.start(given.select(rows)).select(rows)  # a selected state goes on as its row
    for token in given.lines[:, :-1].unbind(1):
        scores, state = steps.step(token, state)
        told.append(scores)
    states = net(given, text_before(given, pad=PAD)).lines[:, :-1]
    there = given.lines[:, :-1] != PAD
    torch.testing.assert_close(torch.stack(told, dim=1)[there], net.text_scores(states[there]), **CLOSE)


@torch.no_grad()
def test_the_first_pass_of_painting_predicts_as_it_was_learnt(net):
    given = scene()
    clusters = net.clusters_of(given.cells)
    learnt = painted(net, given, clusters, given.present, smoothing=0.2)
    made = paint(net, given, iterations=1)
    told = predictions(made.scores[given.present], clusters[given.present], 0.2)
    torch.testing.assert_close(told.nats, learnt.nats, **CLOSE)
    assert [int(n) for n in paint(net, given, iterations=4).hidden[0]] == [CELLS, CELLS - GRID**2, CELLS]


def test_the_codebook_is_frozen_and_its_nearest_are_found(net):
    names = {name for name, _ in net.named_parameters()}
    assert "codebook" not in names
    assert "codebook" in net.state_dict()
    ids = torch.arange(CLUSTERS)
    assert torch.equal(net.clusters_of(net.vectors_of(ids) + 0.01), ids)


def test_soft_painting_reaches_the_network_and_not_the_codebook(net):
    made = paint(net, scene(), iterations=2)
    (made.scores.softmax(-1) @ net.codebook).sum().backward()
    assert net.looks.mask.grad.any()
    assert net.codebook.grad is None
    net.zero_grad()


def test_tokens_know_their_step():
    lines = torch.tensor([[START, 7, LINE, 8, 8, LINE, 9, LINE, 9, END]])
    topic = torch.tensor([[START, END]])
    steps = network().words.steps_of(topic, lines)
    assert steps.tolist() == [[0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2]]  # a break is of the line behind it
    same = network().looks.of_step(steps)[0, 0]
    assert same.sum(dim=1).tolist() == [0, 0] + [GRID**2] * 10
    assert same[2].tolist() == [True] * GRID**2 + [False] * GRID**2


def test_boxes_go_row_by_row():
    assert grid_boxes(2).tolist() == [[0, 0, 0.5, 0.5], [0.5, 0, 1, 0.5], [0, 0.5, 0.5, 1], [0.5, 0.5, 1, 1]]


def test_too_long_texts_are_refused():
    given = scene()
    long = replace(given, lines=given.lines.repeat(1, 2))
    with pytest.raises(InputError, match=r"model\.positions"):
        network()(long, whole_text(long, pad=PAD))


def test_size_as_published():
    """231.2 M, of which a pooler and a matching head that are never used have 0.6 M."""
    size = UnifiedSize(
        width=768,
        heads=12,
        feedforward=3072,
        dropout=0.1,
        text_layers=9,
        cell_layers=5,
        cross_layers=5,
        joint_layers=12,
        closeness=0.0,
    )
    text = UnifiedText(vocabulary=30522, pad=0, line=1, lines_per_step=1, topic_tokens=0, positions=512)
    cells = UnifiedCells(steps=1, grid=8, width=2048, clusters=10000)
    with torch.device("meta"):
        made = UnifiedNetwork(size=size, text=text, cells=cells, streams="two", init_std=0.02)
    assert sum(weight.numel() for weight in made.parameters()) == pytest.approx(230.6e6, rel=1e-3)
