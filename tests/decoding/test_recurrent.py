"""A recurrent network writes in slots what it would say of the whole text at once."""

import torch
from torch import nn

from mmtg.data.module import text_tensors
from mmtg.decoding.recurrent import RecurrentWriter
from mmtg.decoding.settings import DecodingSettings
from mmtg.decoding.slots import SlotDecoding
from mmtg.decoding.texts import decode_texts, noise
from tests.decoding.test_slots import SETTINGS
from tests.models.small import small_layout

GREEDY = DecodingSettings(**{**SETTINGS, "samples": 1, "top_k": 1, "repetition_penalty": 1.0})


class Net(nn.Module):
    """Hears where a token stands, too."""

    def __init__(self, layout, hidden=8):
        super().__init__()
        torch.manual_seed(0)
        tokens = len(layout.vocabulary)
        self.words, self.places = nn.Embedding(tokens, hidden), nn.Embedding(layout.length, hidden)
        self.cell, self.out = nn.GRUCell(2 * hidden, hidden), nn.Linear(hidden, tokens)
        self.out.weight.data.mul_(4)  # so that texts differ
        self.out.bias.data[[i for i, token in enumerate(layout.vocabulary.tokens) if "unused" in token]] = -1e9
        self.out.bias.data[layout.vocabulary.pad] += 1  # so that some lines end early

    def start(self, heard):
        return torch.tanh(heard)

    def step(self, heard, ids, places, state):
        state = self.cell(torch.cat([self.words(ids) + heard, self.places(places)], dim=1), state)
        return self.out(state), state


def whole(net, heard, batch):
    """Scores [L, V] of one text's next tokens, hearing one token after another."""
    state, scores = net.start(heard), []
    for ids, places in zip(batch.targets.T, batch.places.T, strict=True):
        said, state = net.step(heard, ids, places, state)
        scores.append(said[0])
    return torch.stack(scores)


def write(net, layout, heard, names):
    return decode_texts(
        RecurrentWriter(net, heard, len(layout.vocabulary)), layout, GREEDY, names=names, device=heard.device
    )


@torch.inference_mode()
def test_each_token_is_the_likeliest_behind_the_compact_text_before_it():
    layout = small_layout(kind="compact")
    net, heard = Net(layout), torch.randn(4, 8, generator=torch.Generator().manual_seed(1))
    vocabulary, lengths = layout.vocabulary, set()
    forbidden = [vocabulary.start, vocabulary.eos, vocabulary.unk, vocabulary.sep]
    for row, [lines] in enumerate(write(net, layout, heard, list("abcd"))):
        lengths |= set(map(len, lines))
        tensors = text_tensors([0], [""], [lines], layout)
        scores = whole(net, heard[row : row + 1], type("B", (), tensors))
        scores[:, forbidden] = -torch.inf
        labels, ids = tensors["labels"][0], tensors["targets"][0]
        drawn = (tensors["target_types"][0] > 0) | (ids == vocabulary.start)  # what follows these is not forced
        full = labels == vocabulary.eos  # ... but the end of a line that has no room left is
        assert torch.equal(scores.argmax(dim=1)[drawn & ~full], labels[drawn & ~full])
    assert len(lengths) > 1


def test_a_text_does_not_depend_on_its_neighbours():
    layout = small_layout(kind="compact")
    net, heard = Net(layout), torch.randn(3, 8, generator=torch.Generator().manual_seed(2))
    together = write(net, layout, heard, list("abc"))
    assert together == [write(net, layout, heard[i : i + 1], [name])[0] for i, name in enumerate("abc")]


def test_drawn_texts_keep_the_structure():
    layout = small_layout(kind="compact")
    net, heard = Net(layout), torch.zeros(2, 8)
    uniform = noise((layout.lines, layout.line_tokens), 1, [("a", 0), ("b", 0)])
    settings = DecodingSettings(**SETTINGS)
    ids = SlotDecoding(RecurrentWriter(net, heard, len(layout.vocabulary)), layout, settings, uniform).run()
    fixed = torch.as_tensor(layout.structure) != layout.vocabulary.pad
    assert torch.equal(ids[:, fixed], torch.as_tensor(layout.structure)[fixed].expand(2, -1))
