"""Which poem encoder a configuration names: plain data from which it can be built again, and BERT itself."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.encoders.img2poem.material import Material
from mmtg.encoders.img2poem.pairs import Pairs
from mmtg.encoders.img2poem.poems import BertPoems, bert_poems, pieces
from mmtg.errors import InputError

KINDS = ("tower", "bert")
NEWLINE = "\n"


def poem_settings(config: DictConfig, learned: Material, train: Pairs) -> tuple[dict[str, Any], BertPoems | None]:
    """Settings of the poem encoder.

    Args:
        config: the whole configuration.
        learned: whose characters the tower knows, if it is the world.
        train: whose pieces it knows, if not.

    Returns:
        ``kind`` and the arguments of its class; and BERT, loaded, if it is that.

    Raises:
        InputError: no such kind, or BERT cannot be loaded.
    """
    poem, size = plain(config.encoder.poem), int(config.encoder.batch_size)
    if poem["kind"] not in KINDS:
        raise InputError(f"'{poem['kind']}' is unknown; choose {' or '.join(KINDS)}", field="encoder.poem.kind")
    if poem["kind"] == "tower":
        sizes = {name: poem[name] for name in ("unit", "piece_width", "width", "longest")}
        return {"kind": "tower", "known": known_pieces(poem, learned, train), **sizes}, None
    if poem["bert"] is None:
        raise InputError("must be given with encoder.poem.kind=bert", field="encoder.poem.bert")
    given = {"newlines": poem["newlines"], "longest": poem["longest"], "batch_size": size}
    bert = bert_poems(Path(poem["bert"]), **given)
    return {"kind": "bert", "config": bert.bert.config.to_dict(), **given}, bert


def known_pieces(poem: dict[str, Any], learned: Material, train: Pairs) -> list[str]:
    """The pieces a text tower knows: all the world can write, or those frequent enough in the poems to learn from."""
    if learned.world is not None and poem["unit"] == "character":
        return [NEWLINE, *learned.world.characters()]
    counts = Counter(piece for text in train.texts for piece in pieces(text, poem["unit"]) if piece)
    return sorted(piece for piece, count in counts.items() if count >= poem["least"])
