"""Captioned pictures of AIC-ICC, Flickr30k-CN and MUGE (CroMIC-CMT reference, section 5), told apart by tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmtg.data.posts.items import PictureItem, PictureItems, found_picture
from mmtg.data.posts.picture_places import PicturePlace
from mmtg.data.posts.plain_file import PlainFile
from mmtg.data.posts.post import PostTokens

AIC, FLICKR = "did2cap", "id2cap"
"""Tables of AIC-ICC and Flickr30k-CN; MUGE has none, the file itself is one."""

NAMES = "all_did"
_NUMBERED = re.compile(r"#zh[bm]#\d+$")  # ends the name of a caption of Flickr30k-CN, machine-made or human


def captioned_pictures(file: Path, tokens: PostTokens, place: PicturePlace) -> PictureItems:
    """Read a file of captions.

    Args:
        file: ``.pt`` of AIC-ICC, of Flickr30k-CN or of MUGE.
        tokens: how long captions may be, and of which vocabulary.
        place: where the pictures are.

    Returns:
        The pictures, in the order of the file, without text, each with all its captions.

    Raises:
        InputError: naming file, record and field, at the first that is wrong, or whose picture is missing.
    """
    plain = PlainFile.read(file, "did")
    captions: dict[str, list[tuple[int, ...]]] = {}
    for picture, texts in _captions(plain, tokens):
        captions.setdefault(picture, []).extend(texts)
    items = []
    for name, own in captions.items():
        record = f"did {name!r}"
        picture = found_picture(place, (name, f"{name}.jpg"), file=file, record=record)
        items.append(PictureItem(name, record, picture, (), tuple(own)))
    return PictureItems(file, items, place)


def _captions(file: PlainFile, tokens: PostTokens) -> Iterator[tuple[str, tuple[tuple[int, ...], ...]]]:
    """The names of pictures with some of their captions."""
    field, table = _table(file)
    for name in table:
        given = file.value(field, name) if field else file.content[name]
        texts = file.texts(given, tokens.reply, tokens, record=name, field=field or "captions")
        yield (_NUMBERED.sub("", str(name)) if field == FLICKR else str(name)), texts


def _table(file: PlainFile) -> tuple[str | None, list[Any]]:
    """The table of captions, None for the file itself, and the names in it."""
    if NAMES not in file.content:
        if not file.content or AIC in file.content or FLICKR in file.content:
            file.spelt(NAMES)
        return None, file.checked_names(file.content, "captions")
    return file.spelt(AIC, FLICKR), file.names(NAMES)
