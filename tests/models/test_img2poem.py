"""img2poem's generators: golden numbers, and what must hold of any recurrent writer."""

import json

import numpy as np
import pytest
import torch
from torch.nn import functional

from mmtg.decoding.stepwise import StepSettings, write
from mmtg.errors import InputError
from mmtg.models.img2poem import Generator
from mmtg.models.recurrent_cells import State, TF1GRUCell
from tests.models.recurrent import KINDS, SIZES, port_generator, small, tf_generator

GREEDY = StepSettings(kind="greedy")
both = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def folder(shared):
    return shared / "golden" / "img2poem"


@pytest.fixture(scope="module")
def tf(folder):
    return *tf_generator(folder), np.load(folder / "gru_equations.npz")


@pytest.fixture(scope="module")
def port(folder):
    described = json.loads((folder / "ports.json").read_text())["decoder"]
    return port_generator(described), described, np.load(folder / "lstm.npz")


def close(found, wanted, tolerance=1e-9):
    torch.testing.assert_close(found.detach().double(), torch.from_numpy(wanted).double(), atol=tolerance, rtol=0)


def cut(arrays):
    """Texts as we write them: padding behind the end token 2; the published loops go on."""
    wanted = torch.from_numpy(arrays)
    before = (wanted == 2).cumsum(dim=1) - (wanted == 2).long()
    return torch.where(before == 0, wanted, 0).tolist()


def ids_behind(start, arrays):
    """Teacher's input [N, L] that gives the scores of each of the tokens [N, L]."""
    ids = torch.from_numpy(arrays)
    return torch.cat([torch.full_like(ids[:, :1], start), ids[:, :-1]], dim=1)


def test_the_tensorflow_generator_gives_the_golden_numbers(tf):
    model, features, golden = tf
    with torch.no_grad():
        normalised = model.batch_norm(features)
        state = model.start(features)
        logits = model(features, ids_behind(1, golden["greedy"]))
        vectors = model.embedding(ids_behind(1, golden["greedy"]))
        _, final = model.decoder(vectors, state)
    close(normalised[:, ::96], golden["normalised_features"])
    close(model.projection(normalised), golden["image_embedding"])
    close(state.hidden, golden["encoder_state"])
    close(logits[:, :, golden["logit_columns"]], golden["greedy_logits"])
    close(final.hidden, golden["final_state"])
    assert logits.argmax(dim=2).tolist() == golden["argmax_before_masking"].tolist()


@pytest.mark.parametrize(("banned", "name"), [((3,), "greedy"), ((), "greedy_without_unk_mask")])
def test_the_tensorflow_generator_writes_the_golden_words(tf, banned, name):
    model, features, golden = tf
    ids = write(
        model,
        features,
        start=1,
        end=2,
        newline=499,
        banned=banned,
        settings=GREEDY,
        length=20,
        lines=None,
        uniform=None,
    )
    assert ids.tolist() == cut(golden[name])


def test_port_a_gives_the_golden_numbers(port):
    model, described, golden = port
    feature, ids = torch.from_numpy(golden["feature"]), torch.from_numpy(golden["ids"])
    lengths = torch.from_numpy(golden["lengths_with_specials"]) - 1
    state = model.start(feature)
    close(state.hidden, golden["initial_h"], 1e-6)
    close(state.memory, golden["initial_c"], 1e-6)
    logits = model(feature, ids[:, :-1])
    own = torch.arange(11) < lengths[:, None]
    packed = torch.where(own[..., None], logits, model.output.bias)  # the port's scores at padding are the bias
    close(packed[:, :, golden["logit_columns"]], golden["logits"], 1e-5)
    loss = functional.cross_entropy(logits[own], ids[:, 1:][own])
    assert own.sum() == 28
    assert loss.item() == pytest.approx(described["cross_entropy"], abs=1e-5)
    model.zero_grad()
    loss.backward()
    found = {name: float(weight.grad.norm()) for name, weight in model.named_parameters()}
    for name, norm in described["grad_norm"].items():
        ours = name.replace("embed.", "embedding.").replace("linear.", "output.").replace("rnn.", "decoder.lstm.")
        if name.startswith("rnn_cell."):
            ours = f"encoder.lstm.{name[9:]}_l0"
        assert found.pop(ours) == pytest.approx(norm, rel=1e-4, abs=0 if norm else 1e-12), name
    assert not found


def test_port_a_writes_the_golden_words(port):
    model, _, golden = port
    ids = write(
        model,
        torch.from_numpy(golden["feature"]),
        start=1,
        end=2,
        newline=499,
        banned=(),
        settings=GREEDY,
        length=20,
        lines=None,
        uniform=None,
    )
    assert ids.tolist() == cut(golden["greedy"])


def test_the_reset_gate_comes_before_the_product():
    """One step by hand: state 1 and 2, one input."""
    cell = TF1GRUCell(1, 2).double()
    gates = torch.tensor([[0.5, -1.0], [0.25, 0.0], [1.0, 0.5], [0.0, -0.5]]).double()  # rows: r1 r2 u1 u2
    candidate = torch.tensor([[1.0, -0.5], [0.5, 0.25]]).double()
    with torch.no_grad():
        cell.of_input.weight.copy_(torch.tensor([0.1, -0.2, 0.3, 0.4, 0.5, -0.6])[:, None])
        cell.of_input.bias.copy_(torch.tensor([1.0, 1.0, 1.0, 1.0, 0.0, 0.0]))
        cell.gates_of_state.weight.copy_(gates)
        cell.candidate_of_state.weight.copy_(candidate)
        found = cell(cell.of_input(torch.tensor([[2.0]]).double()), torch.tensor([[1.0, 2.0]]).double())[0]
    h = np.array([1.0, 2.0])
    gate = 1 / (1 + np.exp(-(np.array([1.2, 0.6, 1.6, 1.8]) + gates.numpy() @ h)))
    r, u = gate[:2], gate[2:]
    new = np.tanh(np.array([1.0, -1.2]) + candidate.numpy() @ (r * h))
    close(found, u * h + (1 - u) * new, 1e-7)


@both
def test_stepping_gives_what_the_whole_pass_gives(kind):
    model = small(kind)
    features, ids = torch.randn(3, 5), torch.randint(9, (3, 7))
    with torch.no_grad():
        whole, state = model(features, ids), model.start(features)
        for place in range(7):
            logits, state = model.step(ids[:, place], state)
            torch.testing.assert_close(logits, whole[:, place])


@both
def test_nothing_hears_the_future_and_each_hears_its_own_features(kind):
    model = small(kind)
    features, ids = torch.randn(3, 5, requires_grad=True), torch.randint(9, (3, 7))
    with torch.no_grad():
        before = model(features, ids)
        changed = ids.clone()
        changed[:, 4] = (ids[:, 4] + 1) % 9
        after = model(features, changed)
    assert torch.equal(before[:, :4], after[:, :4])
    assert ((before - after)[:, 4:].abs().amax(dim=(1, 2)) > 1e-4).all()
    [gradient] = torch.autograd.grad(model(features, ids)[1].square().sum(), features)
    assert gradient[1].abs().min() > 0
    assert gradient[[0, 2]].abs().max() == 0


@both
def test_a_state_can_be_selected_and_repeated(kind):
    model = small(kind)
    features, rows = torch.randn(3, 5), torch.tensor([2, 0, 2])
    with torch.no_grad():
        chosen, own = model.start(features).select(rows), model.start(features[rows])
        found, wanted = model.step(rows, chosen)[0], model.step(rows, own)[0]
    torch.testing.assert_close(found, wanted)


@both
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_gradients_reach_everything_and_it_learns(kind, dropout):
    model = small(kind, dropout=dropout, spread=0.1).train()
    features, ids = torch.randn(4, 5), torch.randint(9, (4, 7))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    losses = []
    for _ in range(60):
        loss = functional.cross_entropy(model(features, ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        optimizer.step()
    unheard = {name for name, weight in model.named_parameters() if not weight.grad.abs().max() > 0}
    of_zero = {"gru": {"gates_of_state", "candidate_of_state"}, "lstm": {"lstm.weight_hh_l0"}}[kind]
    assert {name.removeprefix("encoder.").removeprefix("cell.").removesuffix(".weight") for name in unheard} <= of_zero
    assert losses[-1] < 0.7 * losses[0]


def test_the_start_is_the_published_one():
    """All matrices and biases from -0.1 to 0.1; the cells as TensorFlow's: Glorot, gates 1, candidate 0."""
    model = Generator(
        **KINDS["gru"], vocabulary=300, features=40, hidden=20, embedding=30, dropout=0.0, uniform_init=0.1
    )
    for part in (model.projection, model.embedding, model.output):
        for weight in part.parameters():
            assert 0.08 < weight.abs().max() <= 0.1
    cell = model.decoder.cell
    assert cell.of_input.bias[:40].eq(1).all()
    assert cell.of_input.bias[40:].eq(0).all()
    of_input = cell.of_input.weight
    for width, kernel in (
        (40, [of_input[:40], cell.gates_of_state.weight]),
        (20, [of_input[40:], cell.candidate_of_state.weight]),
    ):
        bound = (6 / (30 + 20 + width)) ** 0.5
        for weight in kernel:
            assert 0.95 * bound < weight.abs().max() <= bound


def test_a_batch_of_one_can_be_trained_with_batch_norm():
    model = small("gru").train()
    before = model.batch_norm.running_mean.clone()
    model(torch.randn(1, 5), torch.ones(1, 3, dtype=torch.int64)).sum().backward()
    assert torch.equal(model.batch_norm.running_mean, before)


def test_statistics_move_by_the_published_decay():
    model, features = small("gru").train(), torch.randn(4, 5)
    model(features, torch.ones(4, 3, dtype=torch.int64))
    torch.testing.assert_close(model.batch_norm.running_mean, 0.05 * features.mean(dim=0))


def test_a_normalised_feature_counts_by_its_direction_alone():
    """Each row by its own length, whatever stands beside it."""
    model, features = small("lstm"), torch.randn(3, 5)
    with torch.no_grad():
        whole = model.start(features).hidden
        torch.testing.assert_close(model.start(features * torch.tensor([[2.0], [0.1], [7.0]])).hidden, whole)
        torch.testing.assert_close(model.start(features[:1]).hidden, whole[:1])
        assert model.start(torch.zeros(1, 5)).hidden.isfinite().all()


def test_tied_matrices_are_one():
    model = small("lstm")
    assert model.output.weight is model.embedding.weight
    assert small("lstm", tied=False).output.weight is not small("lstm", tied=False).embedding.weight


@pytest.mark.parametrize(
    ("field", "changes"), [("cell", {"cell": "rnn"}), ("embedding", {"embedding": 4}), ("dropout", {"dropout": 1.0})]
)
def test_bad_settings_name_their_field(field, changes):
    with pytest.raises(InputError, match=f"model.generator.{field}"):
        Generator(**{**KINDS["lstm"], **SIZES, "dropout": 0.0, "uniform_init": None, **changes})


def test_states_of_a_gru_have_no_memory():
    assert small("gru").start(torch.randn(2, 5)).memory is None
    assert State(torch.zeros(2, 3), torch.ones(2, 3)).select(torch.tensor([1])).memory.shape == (1, 3)
