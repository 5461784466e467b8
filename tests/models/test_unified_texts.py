"""Several texts in one: numbers, places, slots; and texts that are written one after another."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmtg.errors import InputError
from mmtg.models.unified_settings import WRITE
from mmtg.models.unified_spans import SpanDraws, drawn_spans, lines_of_slots, whole_spans, write_spans, written_spans
from mmtg.models.unified_texts import Texts
from mmtg.randomness import Chance
from tests.models.unified import END, LINE, MASK, NOTES, PAD, START, STEPS, TEXT, batch, network, scene, system

NAMES = ["a", "b", "c"]
SLOT = 5
SPANS = {"predicts": "spans", "iterations": 4}


def texts(**changes):
    return Texts(**{"count": 3, "lines": 2, "line": LINE, "restart": True} | changes)


def spans(streams="one"):
    """A network of two texts in slots of five."""
    return network(streams, text=replace(TEXT, slot=SLOT, positions_restart=True))


def slotted(net):
    """Three experiences in slots."""
    found = scene()
    return replace(found, lines=net.words.texts.in_slots(found.lines, end=END, pad=PAD))


def test_places_restart_behind_the_last_line_of_each_text_and_numbers_end_with_the_last():
    lines = torch.tensor([[START, 7, LINE, 8, LINE, 9, 9, LINE, 9, LINE, 6, LINE, 6, LINE, 6, END]])
    assert texts().numbers(lines).tolist() == [[0] * 4 + [1] * 5 + [2] * 7]
    assert texts().places(lines).tolist() == [[0, 1, 2, 3, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6]]
    assert texts(restart=False).places(lines).tolist() == [list(range(16))]


poems = st.lists(st.lists(st.lists(st.integers(6, 9), min_size=1, max_size=3), min_size=2, max_size=2), max_size=3)


@given(st.lists(poems, min_size=1, max_size=3))
def test_texts_come_back_from_their_slots(items):
    order, width, rows = texts(slot=8), 1 + 3 * 8, []
    for poem in items:
        body = [token for lines in poem for line in lines for token in (*line, LINE)][:-1]
        rows.append([START, *body, END])
    longest = max(map(len, rows))
    lines = torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])
    slots = order.in_slots(lines, end=END, pad=PAD)
    assert slots.shape == (len(items), width)
    assert (slots[:, 0] == START).all()
    assert not (slots == PAD).any()
    for row, poem in zip(slots[:, 1:].unflatten(1, (3, 8)).tolist(), items, strict=True):
        wanted = [line for lines in poem for line in lines]
        assert lines_of_slots(row, order, end=END, most=None) == wanted + [[]] * (6 - len(wanted))
    told = replace(order, slot=None)  # a token has the number and the place that it had between line breaks
    for old, new in ((told.numbers(lines), order.numbers(slots)), (told.places(lines), order.places(slots))):
        ends = torch.isin(lines, torch.tensor([LINE, END, PAD]))
        columns = torch.where(ends, 0, told.numbers(lines) * 8 + told.places(lines))
        assert torch.equal(new.gather(1, columns)[~ends], old[~ends])


def test_what_does_not_fit_into_a_slot_is_cut():
    lines = torch.tensor([[START, 6, 7, 8, 9, END]])
    assert texts(slot=3, count=1).in_slots(lines, end=END, pad=PAD).tolist() == [[START, 6, 7, 8]]
    assert lines_of_slots([[6, 7, LINE, 8, LINE, 9]], texts(), end=END, most=1) == [[6], [8]]


def test_texts_of_one_picture_have_vectors_of_their_own():
    net = network(text=replace(TEXT, lines_per_step=2, lines_per_text=1, positions_restart=True), steps=1)
    lines = torch.tensor([[START, 7, LINE, 7, END]])
    assert net.words.steps_of(lines[:, :0], lines).tolist() == [[1] * 5]
    first, _, second = net.words(torch.zeros(1, 0, dtype=torch.int64), lines)[0, 1:4]
    assert not torch.allclose(first, second)  # same token, same place, same picture
    topic = torch.tensor([[START, 8, END]])
    before = net.words(topic, lines)[:, :3]
    with torch.no_grad():
        net.words.turns.weight.zero_()
    torch.testing.assert_close(net.words(topic, lines)[:, :3], before)  # a topic is no text
    first, _, second = net.words(torch.zeros(1, 0, dtype=torch.int64), lines)[0, 1:4]
    torch.testing.assert_close(first, second)


@torch.no_grad()
@pytest.mark.parametrize("streams", ["one", "two"])
@pytest.mark.parametrize(("chosen", "heard"), [(0, 1 + SLOT), (1, 1 + 2 * SLOT)])
def test_hidden_tokens_hear_their_text_and_those_before_it_and_not_each_other(streams, chosen, heard):
    net, hidden = spans(streams), torch.zeros(3, SLOT, dtype=torch.bool)
    given_, own = slotted(net), 1 + chosen * SLOT
    hidden[:, [1, 3]] = True

    def learnt(lines):
        found = written_spans(
            net, replace(given_, lines=lines), torch.full((3,), chosen), hidden, mask=MASK, smoothing=0.0
        )
        assert torch.equal(found.labels, lines[:, [own + 1, own + 3]].flatten())
        return found.nats[::2]  # of the first hidden token of each

    before, influence = learnt(given_.lines), []
    for place in range(given_.lines.shape[1]):
        other = given_.lines.clone()
        other[:, place] = torch.where(other[:, place] == 7, 8, 7)
        influence.append(not torch.allclose(learnt(other), before, atol=1e-6))
    masked = {own + 3}  # hidden too; and own + 1 is its label
    assert influence == [place < heard and place not in masked for place in range(len(influence))]


@given(st.integers(1, 6), st.integers(1, 4))
def test_from_one_to_all_tokens_of_any_text_are_hidden(draws, count):
    order, given_ = texts(slot=SLOT, count=count), scene()
    numbers = torch.rand(3, 60 * draws, 2 + SLOT, generator=torch.Generator().manual_seed(0))
    rows, chosen, hidden = drawn_spans(given_, order, numbers)
    assert len(rows) == len(chosen) == 180 * draws
    assert set(chosen.tolist()) == set(range(count))
    assert set(hidden.sum(1).tolist()) == set(range(1, SLOT + 1))
    rows, chosen, hidden = whole_spans(given_, order)
    assert torch.equal(rows.lines, given_.lines.repeat_interleave(count, dim=0))
    assert chosen.tolist() == list(range(count)) * 3
    assert hidden.all()


def greedy(banned=()):
    return SpanDraws(banned, (), system().decoding, None)


def test_draws_are_decided_by_the_number_of_their_text_and_pass_and_structure_is_never_penalised():
    drawing = replace(system().decoding, top_k=0, repetition_penalty=1e9)
    uniform = torch.zeros(1, 2, 3, 2, dtype=torch.float64)
    uniform[0, 1, 2] = torch.tensor([0.3, 0.6])  # of four even chances, the second and the third
    draws = SpanDraws((PAD,), (LINE,), drawing, uniform)
    scores = torch.full((1, 2, 10), -torch.inf)
    scores[..., [PAD, 6, 7, 8, 9]] = 50.0
    assert draws.tokens(scores, torch.tensor([[START]]), 1, 2).tolist() == [[7, 8]]
    assert draws.tokens(scores, torch.tensor([[START]]), 1, 1).tolist() == [[6, 6]]
    scores[..., [8, 9]], scores[..., LINE] = -torch.inf, 50.0
    uniform[0, 0, 0] = 0.9
    assert draws.tokens(scores, torch.tensor([[START, 6, 7, LINE]]), 0, 0).tolist() == [[LINE, LINE]]


@torch.no_grad()
@pytest.mark.parametrize("streams", ["one", "two"])
def test_written_in_one_pass_a_text_is_the_likeliest_that_was_learnt(streams):
    net = spans(streams)
    written = write_spans(net, scene(), greedy(), mask=MASK, iterations=1).flatten(1)
    lines = torch.cat([slotted(net).lines[:, :1], written], dim=1)
    found = written_spans(net, *whole_spans(replace(scene(), lines=lines), net.words.texts), mask=MASK, smoothing=0.0)
    assert found.right.all()


@torch.no_grad()
def test_no_text_depends_on_those_behind_it_and_all_on_those_before():
    net, given_ = spans(), scene()
    passes = []
    hook = net.register_forward_pre_hook(lambda _, told: passes.append(told[0].lines))
    written = write_spans(net, given_, greedy((PAD, MASK)), mask=MASK, iterations=3)
    hook.remove()
    assert not torch.isin(written, torch.tensor([PAD, MASK])).any()
    assert [lines.shape[1] for lines in passes] == [1 + SLOT] * 3 + [1 + 2 * SLOT] * 3
    assert [int((lines[0] == MASK).sum()) for lines in passes] == [5, 3, 1] * 2
    for lines in passes[3:]:
        assert torch.equal(lines[:, 1 : 1 + SLOT], written[:, 0])  # nothing is hidden of the text before


def test_a_system_in_slots_learns_by_heart_what_it_then_writes():
    made = system(dropout=0.0, positions_restart=True, streams="one", token_level={**SPANS, "smoothing": 0.0})
    optimizer = torch.optim.Adam(made.parameters(), 5e-3)
    before = made.eval().loss(batch(made), positive_from=4).parts["token_loss"][0]
    for step in range(150):
        chance = Chance(seed=0, epoch=step, items=[0, 1])
        found = made.model.predictions(made.scene(batch(made), positive_from=4), WRITE, chance)
        optimizer.zero_grad()
        found.mean().backward()
        optimizer.step()
    parts = made.loss(batch(made), positive_from=4).parts
    assert parts["token_loss"][0] < 0.2 * before
    assert parts["lm_loss"][1] == 2 * STEPS * made.texts_in.slot
    assert parts["token_loss"][1] == 4 + 3
    assert [text for [text] in made.texts(batch(made), NAMES)[:2]] == NOTES[:2]


def test_samples_in_slots_differ_have_the_form_and_do_not_depend_on_their_neighbours():
    made = system(positions_restart=True, streams="one", token_level=SPANS).eval()
    made.decoding = replace(made.decoding, top_k=0, samples=3)
    items = batch(made)
    found = made.texts(items, NAMES)
    assert all(len(lines) == 2 and all(len(line) <= 3 for line in lines) for own in found for lines in own)
    assert len({tuple(lines) for own in found for lines in own}) > 5
    assert [made.texts(items.select(torch.tensor([i])), [NAMES[i]])[0] for i in range(3)] == found


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"token_level": SPANS, "tasks": ["rl_i2t"]}, r"model\.tasks"),
        ({"token_level": {"iterations": 0}}, r"token_level\.iterations"),
        ({"token_level": {"unlikelihood": -1.0}}, r"token_level\.unlikelihood"),
        ({"lines_per_text": 2}, r"model\.lines_per_text"),
    ],
)
def test_what_is_wrong_is_named(changes, field):
    with pytest.raises(InputError, match=field):
        system(**changes)


def test_beams_are_refused_in_slots():
    made = system(token_level=SPANS).eval()
    made.decoding = replace(made.decoding, beams=2)
    with pytest.raises(InputError, match=r"decoding\.beams"):
        made.texts(batch(made), NAMES)
