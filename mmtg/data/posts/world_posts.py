"""The picture world's posts, captioned pictures and questions as tokens."""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from mmtg.data.posts.post import ANSWERS, CAPTIONS, CLASSES, COMMENTS, LESSONS, Post, PostTokens
from mmtg.data.posts.soft_labels import soft_labels
from mmtg.errors import InputError
from mmtg.world import World, WorldCaption, WorldPost, WorldQuestion

LEAST_VOTES = 2
"""Annotators who must agree on an answer before it is one to write (if none do, the first one is)."""


class WorldPosts:
    """Drawn anew each time; two lessons or two splits share no item. Implements Posts, as a single shard.

    Args:
        world: draws them.
        lesson: one of LESSONS. ``classes`` has votes and no replies, the others replies and no votes.
        split: name of the split.
        count: how many.
        tokens: how texts become tokens.
        answers: texts of the answer classes in their order; all of the world's where None.

    Raises:
        InputError: there is no such lesson, or fewer than no posts.
    """

    def __init__(
        self,
        world: World,
        *,
        lesson: str,
        split: str,
        count: int,
        tokens: PostTokens,
        answers: Sequence[str] | None = None,
    ) -> None:
        if lesson not in LESSONS:
            raise InputError(f"must be one of {', '.join(LESSONS)}, not {lesson!r}", field="lesson")
        if count < 0:
            raise InputError(f"must be >= 0, not {count}", record=f"split {split}", field="count")
        self.world, self.lesson, self.tokens = world, lesson, tokens
        self.split = f"{lesson}-{split}"
        self.sizes: Sequence[int] = (count,)
        self.answers = tuple(world.answers() if answers is None else answers)

    def __len__(self) -> int:
        return self.sizes[0]

    def __getitem__(self, index: int, /) -> Post:
        if not 0 <= index < len(self):
            raise IndexError(f"{self.split} has {len(self)} items, none at {index}")
        return self._draw(index)

    @cached_property
    def _classes(self) -> dict[str, int]:
        return {answer: number for number, answer in enumerate(self.answers)}

    @property
    def _draw(self) -> Callable[[int], Post]:
        drawers = {COMMENTS: self._commented, CAPTIONS: self._captioned, ANSWERS: self._answered}
        return {**drawers, CLASSES: self._classified}[self.lesson]

    def _commented(self, index: int) -> Post:
        post = self.world.post(self.split, index)
        return self._post(post, text=post.text, replies=post.comments)

    def _captioned(self, index: int) -> Post:
        item = self.world.captioned(self.split, index)
        return self._post(item, text="", replies=item.captions)

    def _answered(self, index: int) -> Post:
        item = self.world.question(self.split, index)
        agreed = [answer for answer in item.answers if item.votes.count(answer) >= LEAST_VOTES]
        return self._post(item, text=item.question, replies=agreed or item.answers[:1], kind=item.kind)

    def _classified(self, index: int) -> Post:
        item = self.world.question(self.split, index)
        votes = soft_labels(self._classes[vote] for vote in item.votes if vote in self._classes)
        return self._post(item, text=item.question, votes=votes, kind=item.kind)

    def _post(
        self,
        item: WorldPost | WorldCaption | WorldQuestion,
        *,
        text: str,
        replies: Iterable[str] = (),
        votes: dict[int, float] | None = None,
        kind: str = "",
    ) -> Post:
        return Post(
            id=item.id,
            text=self.tokens.encode_text(text),
            picture=item.picture,
            picture_key=item.picture.key,
            replies=tuple(self.tokens.encode_reply(reply) for reply in replies),
            votes=votes or {},
            kind=kind,
            plan=(item.concept,),
        )
