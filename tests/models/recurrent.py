"""What tests of img2poem's networks share: the golden numbers' weights, and small generators."""

import json
import zlib

import numpy as np
import torch

from mmtg.models.img2poem import Generator

SIZES = {"vocabulary": 9, "features": 5, "hidden": 6, "embedding": 6}
KINDS = {
    "gru": {"cell": "gru", "batch_norm": True, "projected": True, "normalised": False, "tied": False},
    "lstm": {"cell": "lstm", "batch_norm": False, "projected": False, "normalised": True, "tied": True},
}


def small(kind, *, spread=1.0, **changes):
    """A small generator in evaluation mode; a greater spread makes it surer of its tokens."""
    torch.manual_seed(0)
    model = Generator(**{**KINDS[kind], **SIZES, "dropout": 0.0, "uniform_init": spread, **changes})
    return model.eval()


def drawn(name, shape, scale):
    """Numbers drawn by their name, float32, by the recipe of the golden numbers."""
    values = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(int(np.prod(shape))) * scale
    return torch.from_numpy(values.astype(np.float32).reshape(shape))


def tf_generator(folder):
    """The golden TensorFlow generator in double precision, and its features [4, F]."""
    described = json.loads((folder / "gru_equations.json").read_text())
    published = {name: drawn(name, shape, 0.06).double() for name, shape in described["parameters"].items()}
    weights = {name.split("/", 1)[1]: value for name, value in published.items()}
    norm = "image_feat/batch_norm"
    projection, words, output = (
        weights["image_feat/image_feat_W"],
        weights["word/word_emb_W"],
        weights["output/output_W"],
    )
    bias = weights["output/output_b"]
    bias[described["ids"]["<UNK>"]] += 1.5
    state = {
        "batch_norm.weight": 1 + weights[f"{norm}/gamma"],
        "batch_norm.bias": weights[f"{norm}/beta"],
        "batch_norm.running_mean": 0.4 + weights[f"{norm}/moving_mean"],
        "batch_norm.running_var": 0.35 + weights[f"{norm}/moving_variance"].abs(),
        "projection.weight": projection.T * 0.2,
        "projection.bias": weights["image_feat/image_feat_b"],
        "embedding.weight": words * 10,
        "output.weight": output.T,
        "output.bias": bias,
        **tf_cell("encoder.cell", weights, "lstm_encoder/gru_cell"),
        **tf_cell("decoder.cell", weights, "lstm/gru_cell"),
    }
    width, hidden = projection.shape
    sizes = {"vocabulary": len(words), "features": width, "hidden": hidden, "embedding": words.shape[1]}
    model = Generator(**KINDS["gru"], **sizes, dropout=0.5, uniform_init=0.1).double().eval()
    model.load_state_dict(state)
    return model, drawn("image_feat", [4, width], 1).double().clamp(min=0)


def tf_cell(name, weights, published):
    """A TensorFlow cell's kernels, rows [input, state], as the parts of ours."""
    gates, candidate = weights[f"{published}/gates/kernel"], weights[f"{published}/candidate/kernel"]
    inputs = len(candidate) - candidate.shape[1]
    biases = [1 + weights[f"{published}/gates/bias"], weights[f"{published}/candidate/bias"]]
    return {
        f"{name}.of_input.weight": torch.cat([gates[:inputs], candidate[:inputs]], dim=1).T,
        f"{name}.of_input.bias": torch.cat(biases),
        f"{name}.gates_of_state.weight": gates[inputs:].T,
        f"{name}.candidate_of_state.weight": candidate[inputs:].T,
    }


def port_weights(shapes, prefix, renamed):
    """A port's drawn weights under our names."""
    state = {}
    for name, shape in shapes.items():
        old, new = next((old, new) for old, new in renamed.items() if name.startswith(old))
        state[new + name[len(old) :]] = drawn(f"{prefix}/{name}", shape, 1 if name.startswith("rnn_cell") else 0.1)
    return state


def port_generator(described):
    """The golden LSTM decoder of port A."""
    renamed = {"embed.": "embedding.", "rnn.": "decoder.lstm.", "linear.": "output.", "rnn_cell.": "encoder.lstm."}
    state = port_weights(described["parameters"], "decoder", renamed)
    state = {f"{name}_l0" if name.startswith("encoder") else name: weight for name, weight in state.items()}
    state["output.weight"] = state["embedding.weight"]
    sizes = {"vocabulary": 500, "features": 512, "hidden": 256, "embedding": 256}
    model = Generator(**KINDS["lstm"], **sizes, dropout=0.2, uniform_init=None).eval()
    model.load_state_dict(state)
    return model
