"""Captioned pictures and questions about pictures, as posts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmtg.data.posts.picture_places import PicturePlace, joined
from mmtg.data.posts.post import Post
from mmtg.errors import InputError


@dataclass(frozen=True)
class PictureItem:
    """A picture with what is said of it.

    Attributes:
        id: its name.
        record: of the file that it stands in, for messages.
        picture: the picture's name in its place.
        text: a question's tokens; empty for captions.
        replies: captions or answers, tokens of each.
        votes: soft labels of answer classes.
        kind: of a question.
    """

    id: str
    record: str
    picture: str
    text: tuple[int, ...]
    replies: tuple[tuple[int, ...], ...]
    votes: Mapping[int, float] = field(default_factory=dict)
    kind: str = ""


class PictureItems:
    """Items as posts, all in memory, in one shard; pictures are opened when asked for.

    Args:
        file: that names the pictures.
        items: the items.
        place: where the pictures are.
    """

    def __init__(self, file: Path, items: Sequence[PictureItem], place: PicturePlace) -> None:
        self.file, self.items, self.place = file, items, place
        self.sizes: Sequence[int] = [len(items)]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Post:
        item = self.items[index]
        return Post(
            id=item.id,
            text=item.text,
            picture=self.place.opener(item.picture, file=self.file, record=item.record),
            picture_key=self.place.key(item.picture),
            replies=item.replies,
            votes=item.votes,
            kind=item.kind,
        )

    def only(self, keep: Callable[[str], bool]) -> PictureItems:
        """Some of the items.

        Args:
            keep: whether the items with the picture of a name are among them, so that a picture's stay together.

        Returns:
            The items.
        """
        return PictureItems(self.file, [item for item in self.items if keep(item.picture)], self.place)

    def pairs(self) -> PictureItems:
        """An item for each reply, as training wants them."""
        items = [
            PictureItem(f"{item.id}#{place}", item.record, item.picture, item.text, (reply,), item.votes, item.kind)
            for item in self.items
            for place, reply in enumerate(item.replies)
        ]
        return PictureItems(self.file, items, self.place)


def found_picture(place: PicturePlace, names: Sequence[str], *, file: Path, record: str) -> str:
    """The name that a picture has.

    Args:
        place: where it should be.
        names: that it may have.
        file: that names it.
        record: in the file.

    Returns:
        One of the names.

    Raises:
        InputError: there is no picture of these names.
    """
    found = place.find(names)
    if found is None:
        raise InputError(f"there is no picture {joined(names)}", file=file, record=record)
    return found
