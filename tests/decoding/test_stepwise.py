"""Poems of recurrent generators: greedy, sampled, searched; rules of lines; draws for REINFORCE."""

import itertools
from collections import Counter
from math import sqrt

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmtg.decoding.settings import DecodingSettings
from mmtg.decoding.stepwise import StepSettings, free_sample, write
from mmtg.errors import InputError
from tests.models.recurrent import KINDS, small

PAD, START, END, BREAK, UNK = range(5)
NINE = 9  # tokens of the small generators; 5 to 8 are words
TOKENS = {"start": START, "end": END, "newline": BREAK, "banned": (UNK, START, PAD)}
DRAWING = {
    "samples": 1,
    "top_k": 0,
    "top_p": 0.0,
    "temperature": 1.0,
    "repetition_penalty": 1.0,
    "penalty": "standard",
    "seed": 0,
    "batch_size": 1,
}
GREEDY = StepSettings(kind="greedy")
both = pytest.mark.parametrize("kind", KINDS)


def sampling(**changes):
    return StepSettings(kind="sampling", drawing=DecodingSettings(**{**DRAWING, **changes}))


def beam(beams, power=0.0):
    return StepSettings(kind="beam", beams=beams, length_power=power)


def lively(kind):
    """A generator whose texts differ in length and words, with all ways of writing."""
    spread, seed = {"gru": (0.7, 2), "lstm": (1.0, 0)}[kind]
    model, random = small(kind), torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(spread * torch.randn(weight.shape, generator=random))
    return model


def features(count, seed=1):
    return torch.randn(count, 5, generator=torch.Generator().manual_seed(seed))


def numbers(count, length, seed=2):
    return torch.rand(count, length, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def written(model, heard, settings, *, length=12, lines=None, **others):
    uniform = numbers(len(heard), length) if settings.kind == "sampling" else None
    options = {**TOKENS, "settings": settings, "length": length, "lines": lines, "uniform": uniform, **others}
    return write(model, heard, **options)


def text_of(row):
    """Tokens through the end; behind it stands only padding."""
    if END not in row:
        assert PAD not in row
        return row
    text = row[: row.index(END) + 1]
    assert set(row[len(text) :]) <= {PAD}
    return text


def log_probabilities(model, heard, ids):
    """Of each token of one text."""
    with torch.no_grad():
        logits = model(heard, torch.tensor([[START, *ids[:-1]]]))[0]
    return torch.log_softmax(logits.double(), dim=1)[torch.arange(len(ids)), torch.tensor(ids)]


EVERY = [GREEDY, sampling(), sampling(top_k=3), beam(4), beam(3, 1.0)]


@both
@pytest.mark.parametrize("settings", EVERY)
def test_texts_are_made_of_allowed_tokens_and_padded_behind_the_end(kind, settings):
    rows = written(lively(kind), features(30), settings).tolist()
    assert len(rows) == 30
    assert {token for row in rows for token in text_of(row)} <= {END, BREAK, 5, 6, 7, 8}
    assert any(END in row for row in rows)
    assert len({len(text_of(row)) for row in rows}) > 1


@both
@pytest.mark.parametrize("settings", EVERY)
@pytest.mark.parametrize(
    ("lines", "line_tokens", "length"), [(1, 3, 4), (3, None, 12), (3, 2, 9), (4, 5, 8), (2, 1, 30)]
)
def test_exactly_so_many_lines_are_written(kind, settings, lines, line_tokens, length):
    rows = written(lively(kind), features(20), settings, length=length, lines=lines, line_tokens=line_tokens)
    for row in rows.tolist():
        text = text_of(row)
        assert text[-1] == END
        found = " ".join(map(str, text[:-1])).split(str(BREAK))
        widths = [len(line.split()) for line in found]
        assert len(widths) == lines
        assert min(widths) >= 1
        assert max(widths) <= (line_tokens or length)


@both
def test_lines_may_be_limited_where_their_number_is_free(kind):
    rows = written(lively(kind), features(30), sampling(), line_tokens=2).tolist()
    for row in rows:
        found = " ".join(map(str, text_of(row))).replace(str(END), "").split(str(BREAK))
        assert max(len(line.split()) for line in found) <= 2


@both
def test_greedy_takes_the_likeliest_allowed_token(kind):
    model, heard = lively(kind), features(6)
    ids = written(model, heard, GREEDY)
    with torch.no_grad():
        logits = model(heard, torch.cat([torch.full((6, 1), START), ids[:, :-1]], dim=1))
    logits[:, :, [UNK, START, PAD]] = -torch.inf
    own = ids != PAD
    assert torch.equal(logits.argmax(dim=2)[own], ids[own])


@both
@pytest.mark.parametrize("settings", EVERY)
def test_texts_do_not_depend_on_their_neighbours(kind, settings):
    model, heard, uniform = lively(kind), features(5), numbers(5, 12)
    together = written(model, heard, settings, uniform=uniform)
    for row in range(5):
        own = slice(row, row + 1)
        assert torch.equal(written(model, heard[own], settings, uniform=uniform[own]), together[own])


@both
def test_samples_follow_the_models_probabilities(kind):
    """The first token of many, less what is banned, at two temperatures."""
    model, heard = lively(kind), features(1)
    with torch.no_grad():
        logits, _ = model.step(torch.tensor([START]), model.start(heard))
    logits[:, [UNK, START, PAD]] = -torch.inf
    for temperature in (1.0, 0.5):
        ids = written(model, heard.expand(4000, -1), sampling(temperature=temperature), length=1)
        for token, p in enumerate(torch.softmax(logits[0] / temperature, dim=0).tolist()):
            assert abs((ids == token).double().mean() - p) <= 5 * sqrt(p * (1 - p) / 4000)


@both
def test_filters_of_sampling_apply(kind):
    model, heard = lively(kind), features(20)
    greedy = written(model, heard, GREEDY)
    assert torch.equal(written(model, heard, sampling(top_k=1)), greedy)
    assert torch.equal(written(model, heard, sampling(top_p=1e-9)), greedy)
    assert torch.equal(written(model, heard, sampling(temperature=1e-6)), greedy)
    free = written(model, heard, sampling())
    assert not torch.equal(free, greedy)
    assert not torch.equal(written(model, heard, sampling(), uniform=numbers(20, 12, seed=9)), free)


def test_repetition_is_penalised_but_breaks_and_ends_are_not():
    model, heard = small("gru"), features(40)
    with torch.no_grad():
        model.output.weight.zero_()  # every place has the same scores
        model.output.bias.copy_(torch.tensor([0.0, 0, -5, 2, 0, 1, 1, 1, 1]))
    rows = written(model, heard, sampling(repetition_penalty=50.0, top_k=2), length=8).tolist()
    assert all(row.count(BREAK) >= 4 for row in rows)
    assert all(row.count(word) <= 1 for row in rows for word in (5, 6, 7, 8))


def texts_up_to(length, words):
    """Every text: words and breaks without end through the last place, or an end sooner."""
    for size in range(length):
        for body in itertools.product(words, repeat=size):
            yield [*body, END]
    yield from (list(body) for body in itertools.product(words, repeat=length))


@both
@pytest.mark.parametrize("power", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("lines", [None, 2])
def test_a_beam_of_all_texts_finds_the_best_of_all(kind, power, lines):
    model, heard, length = lively(kind), features(3), 4
    texts = [
        text
        for text in texts_up_to(length, [BREAK, 5, 6, 7, 8])
        if lines is None or (text[-1] == END and text.count(BREAK) == 1 and BREAK not in (text[0], text[-2]))
    ]
    lengths = torch.tensor([len(text) for text in texts])
    ids = torch.tensor([[START, *text, *[PAD] * (length - len(text))] for text in texts])
    own = torch.arange(length) < lengths[:, None]
    best = []
    for row in heard:
        with torch.no_grad():
            logits = model(row.expand(len(texts), -1), ids[:, :-1])
        each = torch.log_softmax(logits.double(), dim=2).gather(2, ids[:, 1:, None]).squeeze(2)
        best.append(texts[((each * own).sum(dim=1) / lengths**power).argmax()])
    found = written(model, heard, beam(6**length, power), length=length, lines=lines).tolist()
    assert [text_of(row) for row in found] == best


@both
@pytest.mark.parametrize("lines", [None, 3])
@pytest.mark.parametrize("power", [0.0, 1.0])
def test_a_beam_of_one_is_greedy(kind, lines, power):
    model, heard = lively(kind), features(40)
    assert torch.equal(written(model, heard, beam(1, power), lines=lines), written(model, heard, GREEDY, lines=lines))


@both
def test_a_wider_beam_finds_likelier_texts(kind):
    """On average, up to the best that can be found."""
    model, heard = lively(kind), features(12)
    means = []
    for settings in (GREEDY, beam(2), beam(6), beam(40)):
        texts = [text_of(row) for row in written(model, heard, settings, length=6).tolist()]
        scores = [log_probabilities(model, heard[i : i + 1], text).sum() for i, text in enumerate(texts)]
        means.append(torch.stack(scores).mean().item())
    assert means == sorted(means)
    assert means[-1] > means[0]


def chain(table):
    """A generator whose scores depend on the last token alone: log-probabilities by token."""
    model = small("gru", embedding=NINE, hidden=NINE)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        model.embedding.weight.copy_(torch.eye(NINE))
        cell = model.decoder.cell
        cell.of_input.bias[NINE : 2 * NINE] = -50  # the update gate lets the new state through
        cell.of_input.weight[2 * NINE :] = 20 * torch.eye(NINE)  # which is 1 at the token
        model.output.weight.copy_(table.T)
    return model


def test_every_child_keeps_its_own_score():
    """The likeliest first word leads to poor texts, and of its two children the second is the worse.

    Port A gave a beam's later children the score of the first; then 5 6 END would win over 7 END.
    """
    table = torch.full((NINE, NINE), -30.0)
    table[START, 5], table[START, 7] = -0.6, -0.8  # of probabilities 0.55 and 0.45
    table[5, 6], table[5, 8] = -0.7, -0.7
    table[6, END], table[8, END] = -0.1, -0.1
    table[7, END] = 0.0
    model = chain(table)
    assert text_of(written(model, features(1), GREEDY).tolist()[0])[0] == 5
    for beams in (2, 3, 6):
        assert text_of(written(model, features(1), beam(beams)).tolist()[0]) == [7, END]


def test_a_short_text_that_ended_competes_to_the_last():
    """Without normalisation the short text wins; by the mean of its tokens the longer one does."""
    table = torch.full((NINE, NINE), -30.0)
    table[START, END], table[START, 5] = -1.0, -0.46  # 0.37, 0.63
    table[5, 6], table[5, 7] = -0.69, -0.70
    table[6, 8], table[7, 8], table[8, END] = -0.01, -0.01, 0.0
    model = chain(table)
    assert text_of(written(model, features(1), beam(2)).tolist()[0]) == [END]
    assert text_of(written(model, features(1), beam(2, 1.0)).tolist()[0]) == [5, 6, 8, END]


def test_a_text_that_ended_keeps_its_place_in_the_beam():
    """It stands between the two children of 5, so that a beam of two loses the second, which would have won."""
    table = torch.full((NINE, NINE), -30.0)
    table[START, END], table[START, 5] = -0.7, -0.7
    table[5, 6], table[5, 7] = -0.6, -0.8
    table[6, 8], table[6, 5] = -0.9, -0.52
    table[7, END] = 0.0
    model = chain(table)
    assert text_of(written(model, features(1), beam(2, 1.0), length=3).tolist()[0]) == [5, 6, 5]
    assert text_of(written(model, features(1), beam(3, 1.0), length=3).tolist()[0]) == [5, 7, END]


@pytest.mark.parametrize("beams", [1, 2, 7, 50])
@pytest.mark.parametrize("lines", [None, 2])
def test_ties_do_no_harm(beams, lines):
    """Every text of a length is as likely as every other; a beam may be wider than there are texts."""
    model = small("gru")
    with torch.no_grad():
        model.output.weight.zero_()
        model.output.bias.zero_()
    rows = written(model, features(3), beam(beams), length=6, lines=lines).tolist()
    for text in map(text_of, rows):
        assert set(text) <= {END, BREAK, 5, 6, 7, 8}
        assert lines is None or (text[-1], text.count(BREAK)) == (END, 1)
    assert lines or beams < 6 or rows == [[END] + [PAD] * 5] * 3  # of all first tokens the end is the likeliest text
    assert written(model, features(3), beam(beams), length=6, lines=lines).tolist() == rows


def test_a_beam_wider_than_all_texts_writes_one_of_them():
    model = small("lstm")
    banned = (UNK, START, PAD, 6, 7, 8, BREAK)
    [row] = written(model, features(1), beam(64), length=3, banned=banned).tolist()
    assert text_of(row) in [[END], [5, END], [5, 5, END], [5, 5, 5]]


@given(st.integers(1, 5), st.integers(0, 20))
def test_lines_that_do_not_fit_are_refused(lines, spare):
    model, heard = small("gru"), features(1)
    assert END in written(model, heard, GREEDY, length=2 * lines + spare, lines=lines).tolist()[0]
    with pytest.raises(InputError, match=f"{lines} lines take at least {2 * lines}"):
        written(model, heard, GREEDY, length=2 * lines - 1, lines=lines)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "best"}, "decoding.kind"),
        ({"kind": "sampling"}, "decoding.kind"),
        ({"kind": "beam", "beams": 0}, "decoding.beams"),
        ({"kind": "beam", "length_power": -1.0}, "decoding.length_power"),
    ],
)
def test_bad_settings_name_their_field(changes, message):
    with pytest.raises(InputError, match=message):
        StepSettings(**changes)


@pytest.mark.parametrize("changes", [{"lines": 0}, {"line_tokens": 0}, {"pad": END}])
def test_bad_rules_are_refused(changes):
    with pytest.raises(InputError, match=r"must be"):
        written(small("gru"), features(1), GREEDY, **changes)
    with pytest.raises(InputError, match="draws"):
        written(small("gru"), features(1), sampling(), uniform=None)


@both
def test_free_samples_follow_the_models_probabilities(kind):
    """Whole texts of two places, against their probabilities."""
    model, heard = lively(kind), features(1)
    torch.manual_seed(4)
    ids = free_sample(model, heard.expand(6000, -1), start=START, end=END, length=2, banned=(UNK, START, PAD))
    counts = Counter(tuple(row) for row in ids.tolist())
    kept = [END, BREAK, 5, 6, 7, 8]
    with torch.no_grad():
        logits = model(heard.expand(6, -1), torch.tensor([[START, first] for first in kept]))
    first, second = (torch.log_softmax(logits[:, place, kept], dim=1).exp().tolist() for place in (0, 1))
    for i, j in itertools.product(range(6), repeat=2):
        if kept[i] == END:
            text, p = (END, PAD), first[0][0]
        else:
            text, p = (kept[i], kept[j]), first[0][i] * second[i][j]
        assert abs(counts[text] / 6000 - p) <= 5 * sqrt(p * (1 - p) / 6000)


def test_a_free_sample_is_never_what_is_banned():
    """Even where the number drawn is 0 and the first token of all is banned."""
    numbers = torch.zeros(2, 3)
    ids = free_sample(small("gru"), features(2), start=START, end=END, length=3, banned=(PAD, START), uniform=numbers)
    assert ids.tolist()[0][0] == END


def test_free_samples_serve_a_gradient_and_repeat_by_torchs_seed():
    model, heard = small("gru").train(), features(4)
    draws = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        draws.append(free_sample(model, heard, start=START, end=END, length=9, banned=(UNK,)))
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    assert model.training
    assert draws[0].shape == (4, 9)
    model(heard, draws[0]).sum().backward()  # ids of inference mode would be refused here
