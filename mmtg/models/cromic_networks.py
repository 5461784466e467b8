"""CroMIC-CMT or one of its peers from a configuration (``conf/model/cromic.yaml``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from torch import nn

from mmtg.data.post_vocabulary import PostVocabulary
from mmtg.encoders.reading import Reading
from mmtg.errors import InputError
from mmtg.models.cromic import CroMIC
from mmtg.models.masking import Masking
from mmtg.models.picture_tokens import GridPictures, PatchPictures, ResNetTrunk, SmallTrunk, VectorPictures
from mmtg.models.post_memory import NetworkSize
from mmtg.models.post_network import PostNetwork
from mmtg.models.unified_vlp import UnifiedVLP
from mmtg.models.vilt import ViLT

PRESETS = ("small", "resnet")
SIZES = ("width", "heads", "feedforward", "encoder_layers", "decoder_layers")
_HALVINGS = 5  # of a ResNet's picture


def post_network(
    *,
    variant: str,
    vocabulary: PostVocabulary,
    size: Mapping[str, Any],
    dropout: float,
    positions: int,
    look: Mapping[str, Any],
    sees: str,
    vector_width: int,
    balanced: bool,
    masked: Mapping[str, float],
    matching: bool,
    pictures: bool,
    picture_numbers: int,
    replies: bool,
    answers: int,
) -> PostNetwork:
    """The network of a variant.

    Args:
        variant: ``cromic``, ``unified_vlp`` or ``vilt``.
        vocabulary: of all texts.
        size: the section ``model.size``, of which ``post_*`` count.
        dropout: of the layers.
        positions: most tokens of a text, and of a reply.
        look: the section ``model.look``.
        sees: ``pixels`` or ``vectors``.
        vector_width: width of the vectors.
        balanced: see :class:`CroMIC`.
        masked: the section ``model.masked``.
        matching: see :class:`ViLT`.
        pictures: whether it sees any.
        picture_numbers: see :class:`PostNetwork`.
        replies: whether it writes.
        answers: number of answer classes; 0 for none.

    Returns:
        The network, as initialised.

    Raises:
        InputError: a setting is unknown or does not fit.
    """
    if variant not in VARIANTS:
        raise InputError(f"'{variant}' is unknown; choose {', '.join(VARIANTS)}", field="model.variant")
    sizes = {
        name: size[f"post_{name}"] for name in ("width", "heads", "feedforward", "encoder_layers", "decoder_layers")
    }
    if missing := [name for name, value in sizes.items() if value is None]:
        raise InputError("is not given by this model/size", field=f"model.size.post_{missing[0]}")
    seen = _pictures(variant, look, sees=sees, vector_width=vector_width, width=sizes["width"]) if pictures else None
    masking = Masking(rate=masked["rate"], mask=vocabulary.mask, tokens=len(vocabulary))
    own: dict[str, dict[str, Any]] = {
        "cromic": {"balanced": balanced},
        "unified_vlp": {"masking": masking, "one_way": masked["seq2seq"]},
        "vilt": {"masking": masking, "matching": matching and pictures and replies},
    }
    network: PostNetwork = VARIANTS[variant](
        size=NetworkSize(**sizes, dropout=dropout, positions=positions),
        pictures=seen,
        tokens=len(vocabulary),
        pad=vocabulary.pad,
        replies=replies,
        answers=answers,
        picture_numbers=picture_numbers,
        **own[variant],
    )
    return network


VARIANTS: dict[str, Callable[..., PostNetwork]] = {"cromic": CroMIC, "unified_vlp": UnifiedVLP, "vilt": ViLT}


def _pictures(variant: str, look: Mapping[str, Any], *, sees: str, vector_width: int, width: int) -> nn.Module:
    """What turns pictures into vectors [M, G, D]."""
    if sees == "vectors":
        return VectorPictures(given=vector_width, width=width)
    reading = reading_from(look["picture"])
    if variant == "vilt":
        return PatchPictures(width=width, reading=reading, patch=look["patch"])
    if look["preset"] not in PRESETS:
        raise InputError(f"'{look['preset']}' is unknown; choose {', '.join(PRESETS)}", field="model.look.preset")
    if look["preset"] == "resnet":
        weights = Path(look["weights"]) if look["weights"] else None
        trunk: ResNetTrunk | SmallTrunk = ResNetTrunk(look["resnet"], weights=weights, field="model.look.weights")
    elif look["weights"]:
        raise InputError("is for model.look.preset=resnet", field="model.look.weights")
    else:
        trunk = SmallTrunk(look["channels"])
    pool, stride = look["pool"], look["pool_stride"]
    places = grid_vectors(look) if variant == "unified_vlp" else 0
    return GridPictures(trunk, width=width, reading=reading, pool=pool, stride=stride, places=places)


def grid_vectors(look: Mapping[str, Any]) -> int:
    """Vectors of a picture, G: places of the trunk's grid behind the pooling."""
    side, halvings = int(look["picture"]["size"]), _HALVINGS if look["preset"] == "resnet" else len(look["channels"])
    for _ in range(halvings):
        side = -(-side // 2)
    return ((side - look["pool"]) // look["pool_stride"] + 1) ** 2


def reading_from(settings: Mapping[str, Any]) -> Reading:
    """How pictures become pixels, of a section ``picture``."""
    return Reading(**{**settings, "mean": tuple(settings["mean"]), "std": tuple(settings["std"])})
