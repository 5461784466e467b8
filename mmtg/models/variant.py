"""Which variant of a published model a file holds: what names and shapes of weights tell (MMTG reference, 2.7, 7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from mmtg.errors import InputError
from mmtg.models.published import layers
from mmtg.models.released import MMTG, OWNERS, Released

_RECURRENT = {4: "lstm", 3: "gru", 1: "rnn"}  # blocks of rows in the weights of a step encoder -> its kind


@dataclass(frozen=True)
class Variant:
    """Dimensions and switches."""

    width: int  # W
    size: dict[str, int]  # fields of conf/model/size
    steps: int | None = None  # T; None for the decoder alone
    switches: dict[str, str | bool] = field(default_factory=dict)  # fields of conf/model


def variant_of(released: Released) -> Variant:
    """What the weights of a released file tell of their model.

    Args:
        released: the file's content.

    Returns:
        Dimensions and switches; number of heads, fusion, kind of alpha attention and topic prompt cannot be told.

    Raises:
        InputError: a weight that tells them is missing or has another rank, or picture and text have different
            step encoders.
    """
    shapes = _Shapes(released.weights, released.file)
    owner = OWNERS["decoder"] if released.kind == MMTG else ""
    projector_hidden, width = shapes.of(f"{owner}projector_layer1.weight")
    vocabulary, decoder_width = shapes.of(f"{owner}gpt2.transformer.wte.weight")
    positions, _ = shapes.of(f"{owner}gpt2.transformer.wpe.weight")
    size = {
        "projector_hidden": projector_hidden,
        "decoder_layers": layers(released.weights),
        "decoder_width": decoder_width,
        "decoder_positions": positions,
        "decoder_vocabulary": vocabulary,
    }
    if released.kind != MMTG:
        return Variant(width, size)
    hidden, _ = shapes.of("encoder.topic_fc.weight")
    steps = len({name.split(".")[2] for name in released.weights if name.startswith("mm_atten_layer.att_matrices.")})
    return Variant(width, {"hidden": hidden, **size}, steps, _switches(shapes))


def _switches(shapes: "_Shapes") -> dict[str, str | bool]:
    """Which sources are heard, and by which kind of step encoder."""
    kinds = {source: _encoder(shapes, source) for source in ("image", "text")}
    found = {kind for kind in kinds.values() if kind}
    if len(found) != 1:
        what = "neither pictures nor texts" if not found else "pictures and texts by different step encoders"
        raise InputError(f"hears {what}, which the suite does not have", file=shapes.file, field="encoder")
    return {
        "encoder": found.pop(),
        "use_image": kinds["image"] is not None,
        "use_text": kinds["text"] is not None,
    }


def _encoder(shapes: "_Shapes", source: str) -> str | None:
    """The kind of a step encoder; None if there is none."""
    if f"encoder.linear_{source}.weight" in shapes.weights:
        return "transformer"
    if not any(name.startswith(f"encoder.rnns_{source}.") for name in shapes.weights):
        return None
    name = f"encoder.rnns_{source}.weight_hh_l0"
    rows, hidden = shapes.of(name)
    if rows % hidden or rows // hidden not in _RECURRENT:
        raise InputError(f"has {rows} rows of {hidden}, unlike a GRU, LSTM or RNN", file=shapes.file, field=name)
    return _RECURRENT[rows // hidden]


@dataclass(frozen=True)
class _Shapes:
    """Shapes of the weights of a file."""

    weights: Mapping[str, Tensor]
    file: Path

    def of(self, name: str) -> tuple[int, int]:
        """Rows and columns of a weight that must be there."""
        if name not in self.weights:
            raise InputError("is missing", file=self.file, field=name)
        shape = self.weights[name].shape
        if len(shape) != 2 or min(shape) < 1:
            raise InputError(f"is shaped {list(shape)}, and not rows x columns", file=self.file, field=name)
        return shape[0], shape[1]
