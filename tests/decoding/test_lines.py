"""Texts written line by line, held to a form."""

from dataclasses import replace

import pytest
import torch

from mmtg.decoding.form_check import obeys
from mmtg.decoding.form_mask import FormMask
from mmtg.decoding.forms import Form
from mmtg.decoding.lines import write_lines
from mmtg.decoding.settings import DecodingSettings
from tests.models.prompted import VOCABULARY, keywords, small_lm

SETTINGS = DecodingSettings(
    samples=1, top_k=0, top_p=0.0, temperature=1.0, repetition_penalty=1.0, penalty="standard", seed=3, batch_size=64
)
FIVE = Form(lines=4, characters=(5,))
ANY = Form(lines=4, characters=(2, 3, 4, 5, 6), equal_lines=False)
both = pytest.mark.parametrize("kind", ["gpt2", "t5"])


def write(lm, form, *, settings=SETTINGS, names=("a", "b"), rows=None, numbers=(0, 1, 2)):
    mask = FormMask(form, VOCABULARY.texts(), line_end=VOCABULARY.bar, text_end=VOCABULARY.sep)
    own = keywords() if rows is None else keywords()[rows]
    return write_lines(
        lm.writer(own), mask, VOCABULARY, settings, names=names, numbers=numbers, device=torch.device("cpu")
    )


@both
@pytest.mark.parametrize("form", [FIVE, Form(lines=4, characters=(3, 5)), ANY, replace(FIVE, no_repeat="line")])
def test_every_text_obeys_the_form(kind, form):
    texts = write(small_lm(kind), form, numbers=range(20))
    assert [len(own) for own in texts] == [20, 20]
    assert [reason for own in texts for lines in own for reason in obeys(lines, form)] == []


@both
def test_texts_do_not_depend_on_their_neighbours(kind):
    lm = small_lm(kind)
    together = write(lm, ANY)
    for b, name in enumerate("ab"):
        assert write(lm, ANY, names=[name], rows=[b])[0] == together[b]
    assert write(lm, ANY, settings=replace(SETTINGS, batch_size=1)) == together
    assert write(lm, ANY, numbers=[2])[0] == together[0][2:]


@both
def test_samples_differ_and_seeds_repeat(kind):
    lm = small_lm(kind)
    texts = write(lm, FIVE)
    assert len({tuple(lines) for own in texts for lines in own}) == 6
    assert write(lm, FIVE) == texts
    assert write(lm, FIVE, settings=replace(SETTINGS, seed=4)) != texts


@both
def test_greedy_texts_are_the_likeliest_that_the_form_allows(kind):
    """Each character has the highest score among Chinese characters, in the full pass over what was written."""
    lm = small_lm(kind)
    greedy = replace(SETTINGS, top_k=1)
    [[lines], _] = write(lm, FIVE, settings=greedy, numbers=[0])
    text = [VOCABULARY.encode(line) for line in lines]
    mask = FormMask(FIVE, VOCABULARY.texts(), line_end=VOCABULARY.bar, text_end=VOCABULARY.sep)
    characters = mask.allowed(mask.start(1))[0]
    with torch.no_grad():
        writer = lm.writer(keywords()[:1])
        for i, line in enumerate(text):
            scores = writer.open(i, [text[:i]])
            for token in line:
                assert int(scores[0].masked_fill(~characters, -torch.inf).argmax()) == token
                scores = writer.scores(torch.tensor([token]), torch.tensor([True]))


@both
@pytest.mark.parametrize(("score", "length"), [(1e4, 2), (-1e4, 6)])
def test_the_models_own_line_end_decides_where_the_form_leaves_it_open(kind, score, length, monkeypatch):
    """Whatever token ends its lines, a model that wants to writes the form's shortest lines, else the longest."""
    lm = small_lm(kind)
    writer = type(lm.writer(keywords()))
    original = writer._pass

    def biased(self, *arguments):
        scores = original(self, *arguments)
        scores[:, [VOCABULARY.bar, VOCABULARY.sep, VOCABULARY.eos]] = score
        return scores

    monkeypatch.setattr(writer, "_pass", biased)
    assert {len(line) for own in write(lm, ANY) for lines in own for line in lines} == {length}


def test_as_published_the_first_token_of_training_is_banned():
    """T5 then draws the first character from what it expects in the place of [CLS]."""
    lm, banned = small_lm("t5"), small_lm("t5", ban_first=True)
    one, other = lm.writer(keywords()), banned.writer(keywords())
    with torch.no_grad():
        pairs = lm.prompts.pairs(keywords(), [[[]] * 4] * 2, [[0]] * 2)
        full = lm(pairs)
        torch.testing.assert_close(one.open(0, [[], []]), full[:, 1])
        torch.testing.assert_close(other.open(0, [[], []]), full[:, 0])
