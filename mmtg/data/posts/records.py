"""Posts with comments as a ``.pt`` file (CroMIC-CMT reference, section 5)."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch

from mmtg.data.posts.plain_file import PlainFile
from mmtg.data.posts.post import PostTokens
from mmtg.errors import InputError
from mmtg.files import build_file, check_new_file

READ_BY_LOADER = ("did2post", "did2cmts")
MADE_BY_CONVERTER = ("id2post", "id2cmt")
"""Names of the two tables: those that the published loader reads, and those that the published converter writes."""


@dataclass(frozen=True)
class PostRecord:
    """A post with its comments, without padding.

    Attributes:
        id: exactly as it stands; the published ones end in a space.
        text: token ids from the start token to the end token.
        replies: of each comment, the same.
    """

    id: str
    text: tuple[int, ...]
    replies: tuple[tuple[int, ...], ...]


def read_records(path: Path, tokens: PostTokens) -> list[PostRecord]:
    """Read a record file of either spelling.

    Args:
        path: the file.
        tokens: tell the vocabulary, and how long texts may be; longer ones are cut in front of their end token.

    Returns:
        The records, in the order of the file.

    Raises:
        InputError: naming file, did and field, at the first that is wrong.
    """
    file = PlainFile.read(path, "did")
    posts, comments = (
        file.spelt(READ_BY_LOADER[0], MADE_BY_CONVERTER[0]),
        file.spelt(READ_BY_LOADER[1], MADE_BY_CONVERTER[1]),
    )
    records = []
    for did in file.names("all_did"):
        if not isinstance(did, str):
            file.fail("must be text", record=did, field="all_did")
        text = file.text(file.value(posts, did), tokens.text, tokens, record=did, field=posts)
        given = file.value(comments, did)
        if not isinstance(given, list) or not all(isinstance(row, list) for row in given):
            file.fail("must be a list of id lists", record=did, field=comments)
        records.append(PostRecord(did, text, file.texts(given, tokens.reply, tokens, record=did, field=comments)))
    return records


def write_records(
    path: str | os.PathLike[str],
    records: Iterable[PostRecord],
    tokens: PostTokens,
    *,
    spelling: tuple[str, str] = READ_BY_LOADER,
    overwrite: bool = False,
) -> None:
    """Write records as published: padded lists of whole numbers, in one go.

    Args:
        path: the file.
        records: not longer than the tokens say.
        tokens: tell the padding, and to which length.
        spelling: names of the two tables.
        overwrite: replace a file that is there.

    Raises:
        InputError: a file is there without ``overwrite``, or a name twice.
    """
    check_new_file(path, overwrite=overwrite)
    pad = tokens.vocabulary.pad
    texts: dict[str, list[int]] = {}
    replies: dict[str, list[list[int]]] = {}
    for record in records:
        if record.id in texts:
            raise InputError("is there twice", file=path, record=f"did {record.id!r}", field="all_did")
        texts[record.id] = _padded(record.text, tokens.text, pad)
        replies[record.id] = [_padded(reply, tokens.reply, pad) for reply in record.replies]
    with build_file(path) as partial:
        torch.save({"all_did": list(texts), spelling[0]: texts, spelling[1]: replies}, partial)


def _padded(ids: tuple[int, ...], length: int, pad: int) -> list[int]:
    return [*ids, *[pad] * (length - len(ids))]
