"""The discriminators: a step worked out by hand, golden numbers of the ports', and what they may hear."""

import json
from math import exp, log, tanh

import numpy as np
import pytest
import torch
from torch.nn import functional

from mmtg.models.discriminators import (
    Author,
    MultiModalDiscriminator,
    Pairing,
    PoemStyleDiscriminator,
    RealFakeDiscriminator,
    Style,
)
from tests.models.recurrent import port_weights

RATE = 0.5
TOKENS = {"vocabulary": 3, "embedding": 1, "hidden": 1}
EMBEDDED = [0.4, -0.7, 1.1]
GATES = {"r": (0.3, -0.2, 0.1), "z": (-0.5, 0.4, 0.2), "n": (0.8, 0.6, -0.1)}  # of input, of state, bias of input


def sigmoid(x):
    return 1 / (1 + exp(-x))


def softmax(scores):
    powers = [exp(score) for score in scores]
    return [power / sum(powers) for power in powers]


def gru_by_hand(tokens):
    """The state of a GRU of width 1, and its derivative by each number that forms it, carried along forwards."""
    names = [f"{kind}_{gate}" for gate in GATES for kind in ("w", "u", "b", "c")] + [f"e{i}" for i in range(3)]
    state, by = 0.0, dict.fromkeys(names, 0.0)
    for token in tokens:
        x = EMBEDDED[token]
        (wr, ur, br), (wz, uz, bz), (wn, un, bn) = GATES.values()
        r, z = sigmoid(wr * x + br + ur * state), sigmoid(wz * x + bz + uz * state)
        n = tanh(wn * x + bn + r * un * state)  # the biases of the state are 0
        for name in names:
            dx, old = float(name == f"e{token}"), by[name]
            direct = {gate: {"w": x, "u": state, "b": 1.0, "c": 1.0} for gate in GATES}
            direct["n"] |= {"u": r * state, "c": r}
            own = {gate: direct[gate].get(name[0], 0.0) if name[2:] == gate else 0.0 for gate in GATES}
            dr = r * (1 - r) * (own["r"] + wr * dx + ur * old)
            dz = z * (1 - z) * (own["z"] + wz * dx + uz * old)
            dn = (1 - n * n) * (own["n"] + wn * dx + un * (dr * state + r * old))
            by[name] = dz * (state - n) + z * old + (1 - z) * dn
        state = (1 - z) * n + z * state
    return state, by


def put(weight, numbers):
    """Sets a weight, in double precision."""
    with torch.no_grad():
        weight.copy_(torch.tensor(numbers, dtype=torch.float64).view_as(weight))


def set_poem(poem):
    """Gives a PoemGRU the numbers above."""
    put(poem.embedding.weight, EMBEDDED)
    for weight, column in ((poem.gru.weight_ih_l0, 0), (poem.gru.weight_hh_l0, 1), (poem.gru.bias_ih_l0, 2)):
        put(weight, [gate[column] for gate in GATES.values()])
    put(poem.gru.bias_hh_l0, [0.0, 0.0, 0.0])


def poem_weights(poem):
    """The numbers of a PoemGRU by the names above."""
    found = {f"e{i}": weight for i, weight in enumerate(poem.embedding.weight.flatten().tolist())}
    for kind, name in {"w": "weight_ih_l0", "u": "weight_hh_l0", "b": "bias_ih_l0", "c": "bias_hh_l0"}.items():
        found |= zip([f"{kind}_{gate}" for gate in GATES], getattr(poem.gru, name).flatten().tolist(), strict=True)
    return found


def stepped(model, logits, target):
    """Cross-entropy of one text; the weights take one step of plain gradient descent."""
    loss = functional.cross_entropy(logits, torch.tensor([int(target)]))
    loss.backward()
    torch.optim.SGD(model.parameters(), lr=RATE).step()
    return loss.item()


def check_poem(poem, by, slope):
    """Every number of the GRU took the step that follows from d loss / d state."""
    before = {f"{kind}_{gate}": own[i] for gate, own in GATES.items() for i, kind in enumerate("wub")}
    before |= {f"c_{gate}": 0.0 for gate in GATES} | {f"e{i}": value for i, value in enumerate(EMBEDDED)}
    wanted = {name: before[name] - RATE * slope * by[name] for name in by}
    assert poem_weights(poem) == pytest.approx(wanted, abs=1e-12)


def test_a_step_of_the_multi_modal_discriminator_by_hand():
    """One text 2 0 to one picture (2, -1), which was paired; all widths 1, but the picture's 2."""
    model = MultiModalDiscriminator(**TOKENS, features=2, joint=1).double()
    set_poem(model.poem)
    (wx1, wx2, bx), (wc, bc) = (0.3, 0.7, 0.2), (1.5, -0.4)
    wm, bm = [0.9, -0.6, 0.3], [0.1, 0.0, -0.2]
    put(model.of_features.weight, [wx1, wx2])
    put(model.of_features.bias, bx)
    put(model.of_poem.weight, wc)
    put(model.of_poem.bias, bc)
    put(model.output.weight, wm)
    put(model.output.bias, bm)
    ids = torch.tensor([[2, 0, 1]])  # the last is behind the end

    state, by = gru_by_hand([2, 0])
    seen, said = tanh(wx1 * 2 - wx2 * 1 + bx), tanh(wc * state + bc)
    joint = seen * said
    chances = softmax([w * joint + b for w, b in zip(wm, bm, strict=True)])
    logits = model(torch.tensor([[2.0, -1.0]]).double(), ids, torch.tensor([2]))
    assert torch.softmax(logits, dim=1)[0].tolist() == pytest.approx(chances, abs=1e-12)
    assert stepped(model, logits, Pairing.PAIRED) == pytest.approx(-log(chances[0]), abs=1e-12)

    slopes = [chances[0] - 1, chances[1], chances[2]]  # d loss / d score
    by_joint = sum(slope * w for slope, w in zip(slopes, wm, strict=True))
    by_seen, by_said = by_joint * said * (1 - seen**2), by_joint * seen * (1 - said**2)  # before the tanh
    near = {"abs": 1e-12}
    assert model.output.weight.flatten().tolist() == pytest.approx(
        [w - RATE * slope * joint for w, slope in zip(wm, slopes, strict=True)], **near
    )
    assert model.output.bias.tolist() == pytest.approx(
        [b - RATE * slope for b, slope in zip(bm, slopes, strict=True)], **near
    )
    assert model.of_features.weight[0].tolist() == pytest.approx(
        [wx1 - RATE * by_seen * 2, wx2 + RATE * by_seen], **near
    )
    assert model.of_features.bias.item() == pytest.approx(bx - RATE * by_seen, **near)
    assert model.of_poem.weight.item() == pytest.approx(wc - RATE * by_said * state, **near)
    assert model.of_poem.bias.item() == pytest.approx(bc - RATE * by_said, **near)
    check_poem(model.poem, by, by_said * wc)


def test_a_step_of_the_poem_style_discriminator_by_hand():
    """One text 1 2, which was the generator's."""
    model = PoemStyleDiscriminator(**TOKENS).double()
    set_poem(model.poem)
    wp, bp = [0.9, -0.6, 0.3, 0.2], [0.1, 0.0, -0.2, 0.05]
    put(model.output.weight, wp)
    put(model.output.bias, bp)
    state, by = gru_by_hand([1, 2])
    chances = softmax([w * state + b for w, b in zip(wp, bp, strict=True)])
    logits = model(torch.tensor([[1, 2]]), torch.tensor([2]))
    assert torch.softmax(logits, dim=1)[0].tolist() == pytest.approx(chances, abs=1e-12)
    assert stepped(model, logits, Style.GENERATED) == pytest.approx(-log(chances[3]), abs=1e-12)
    slopes = [chances[0], chances[1], chances[2], chances[3] - 1]
    assert model.output.weight.flatten().tolist() == pytest.approx(
        [w - RATE * slope * state for w, slope in zip(wp, slopes, strict=True)], abs=1e-12
    )
    assert model.output.bias.tolist() == pytest.approx(
        [b - RATE * slope for b, slope in zip(bp, slopes, strict=True)], abs=1e-12
    )
    check_poem(model.poem, by, sum(slope * w for slope, w in zip(slopes, wp, strict=True)))


def test_classes_stand_where_the_paper_lists_them():
    assert [*Pairing.__members__] == ["PAIRED", "UNPAIRED", "GENERATED"]
    assert [*Style.__members__] == ["POETIC", "DISORDERED", "PARAGRAPHIC", "GENERATED"]
    assert [Pairing.PAIRED, Style.POETIC, Author.FAKE, Author.REAL] == [0, 0, 0, 1]


def make(kind):
    torch.manual_seed(0)
    sizes = {"vocabulary": 7, "embedding": 4, "hidden": 5}
    if kind == "multi-modal":
        model = MultiModalDiscriminator(**sizes, features=3, joint=6)
        return model.eval(), lambda ids, lengths: model(torch.ones(len(ids), 3), ids, lengths)
    if kind == "style":
        model = PoemStyleDiscriminator(**sizes)
    else:
        model = RealFakeDiscriminator(torch.nn.Embedding(7, 4), hidden=5, embedding_dropout=0.2, dropout=0.2)
    return model.eval(), model


every = pytest.mark.parametrize("kind", ["multi-modal", "style", "real-fake"])


@every
def test_what_stands_behind_a_text_does_not_matter(kind):
    _, judge = make(kind)
    ids, lengths = torch.randint(7, (4, 6)), torch.tensor([6, 1, 3, 5])
    behind = torch.arange(6) >= lengths[:, None]
    with torch.no_grad():
        logits = judge(ids, lengths)
        assert torch.equal(judge(torch.where(behind, (ids + 3) % 7, ids), lengths), logits)
        for row, length in enumerate(lengths.tolist()):
            torch.testing.assert_close(
                judge(ids[row : row + 1, :length], lengths[row : row + 1]), logits[row : row + 1]
            )
        for place in range(3):  # and all that does not stand behind it does
            changed = ids.clone()
            changed[2, place] = (ids[2, place] + 1) % 7
            assert (judge(changed, lengths)[2] - logits[2]).abs().max() > 1e-4


@every
def test_gradients_reach_everything_and_none_comes_from_behind(kind):
    model, judge = make(kind)
    model.train()
    judge(torch.tensor([[0, 1, 2, 3], [4, 0, 5, 6]]), torch.tensor([3, 2])).square().sum().backward()
    for name, weight in model.named_parameters():
        assert weight.grad.abs().max() > 0, name
    embedded = next(weight.grad for name, weight in model.named_parameters() if "embedding" in name)
    assert (embedded.abs().amax(dim=1) > 0).tolist() == [True, True, True, False, True, False, False]


def test_the_picture_matters_to_the_multi_modal_discriminator():
    model, _ = make("multi-modal")
    features = torch.randn(1, 3, requires_grad=True)
    model(features, torch.tensor([[1, 2]]), torch.tensor([2])).square().sum().backward()
    assert features.grad.abs().min() > 0


@pytest.fixture(scope="module")
def golden(shared):
    folder = shared / "golden" / "img2poem"
    return json.loads((folder / "ports.json").read_text()), np.load(folder / "lstm.npz")


def port(described, letter, renamed):
    name = f"discriminator_{letter}"
    own = described[name]
    model = RealFakeDiscriminator(torch.nn.Embedding(500, 256), hidden=128, embedding_dropout=0.5, dropout=0.5).eval()
    model.load_state_dict(port_weights(own["parameters"], f"port_{letter}_discriminator", renamed))
    return model, own


def check(model, ids, golden, entropy, target):
    lengths = torch.from_numpy(golden["lengths_with_specials"]) - 1
    logits = model(torch.from_numpy(ids), lengths)
    loss = functional.cross_entropy(logits, torch.full((4,), int(target)))
    assert loss.item() == pytest.approx(entropy, abs=1e-6)
    return logits.detach()


def test_port_a_gives_the_golden_numbers(golden):
    described, arrays = golden
    model, own = port(described, "a", {"embed.": "embedding.", "rnn.": "lstm.", "classifier.": "output."})
    real = check(model, arrays["ids"][:, 1:], arrays, own["cross_entropy_real"], Author.REAL)
    fake = check(model, arrays["sampled_ids"], arrays, own["cross_entropy_fake"], Author.FAKE)
    torch.testing.assert_close(real, torch.from_numpy(arrays["discriminator_a_real"]), atol=1e-6, rtol=0)
    torch.testing.assert_close(fake, torch.from_numpy(arrays["discriminator_a_fake"]), atol=1e-6, rtol=0)
    reward = torch.softmax(fake, dim=1)[:, Author.REAL]
    torch.testing.assert_close(reward, torch.from_numpy(arrays["reward"]), atol=1e-6, rtol=0)


def test_port_b_gives_the_golden_numbers(golden):
    described, arrays = golden
    model, own = port(described, "b", {"embedding.": "embedding.", "rnn.": "lstm.", "fc.": "output."})
    real = check(model, arrays["ids"][:, 1:], arrays, own["cross_entropy_real"], Author.REAL)
    torch.testing.assert_close(real, torch.from_numpy(arrays["discriminator_b_real"]), atol=1e-6, rtol=0)
