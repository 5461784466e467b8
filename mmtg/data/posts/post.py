"""A post as tokens, and sets of posts (CroMIC-CMT reference, sections 1 and 5)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from PIL.Image import Image

from mmtg.data.post_vocabulary import PostVocabulary
from mmtg.errors import InputError

COMMENTS, CAPTIONS, ANSWERS, CLASSES = "comments", "captions", "answers", "classes"
LESSONS = (COMMENTS, CAPTIONS, ANSWERS, CLASSES)
"""What can be learnt from posts: to write their comments; to write captions of pictures alone; to write the answers to
questions about pictures; to choose them among closed classes."""


@dataclass(frozen=True, kw_only=True)
class Post:
    """A text with a picture, and what is said of both: a post with comments, a captioned picture, or a question.

    Attributes:
        id: its name.
        text: token ids from the start token to the end token; empty where there is no text.
        picture: opens the picture; None where there is none.
        picture_key: equal for two posts with the same picture.
        replies: comments, captions or answers, each token ids from the start token to the end token.
        votes: answer class -> soft label in 0..1; those that are left out are 0.
        kind: of a question, such as ``yes/no``.
        plan: names of the concepts in the picture, where they are known.
    """

    id: str
    text: tuple[int, ...]
    picture: Callable[[], Image] | None
    picture_key: str | None
    replies: tuple[tuple[int, ...], ...]
    votes: Mapping[int, float] = field(default_factory=dict)
    kind: str = ""
    plan: tuple[str, ...] = ()


class Posts(Protocol):
    """Posts by their places.

    Attributes:
        sizes: of the shards that the posts lie in, one behind the other; a reader does well to go through one after
            the other.
    """

    sizes: Sequence[int]

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> Post: ...


@dataclass(frozen=True)
class PostTokens:
    """How texts become tokens (published: 40 for a post, 25 for a comment).

    Attributes:
        vocabulary: of all texts.
        text: most tokens of a post's or a question's text, start and end among them.
        reply: most tokens of a comment, a caption or an answer, the same.

    Raises:
        InputError: a number leaves no room for a token.
    """

    vocabulary: PostVocabulary
    text: int
    reply: int

    def __post_init__(self) -> None:
        for name in ("text", "reply"):
            if getattr(self, name) < 3:
                raise InputError(f"is {getattr(self, name)}; must be at least 3", field=f"model.{name}_tokens")

    def encode_text(self, text: str) -> tuple[int, ...]:
        """The ids of a post's text; none for an empty one."""
        return self._framed(text, self.text) if text else ()

    def encode_reply(self, text: str) -> tuple[int, ...]:
        """The ids of a comment, caption or answer."""
        return self._framed(text, self.reply)

    def _framed(self, text: str, most: int) -> tuple[int, ...]:
        words = self.vocabulary
        return (words.start, *words.encode(text)[: most - 2], words.end)
