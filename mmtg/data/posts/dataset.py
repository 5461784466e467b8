"""Posts as model input.

Letters of shapes: B posts, N replies, P and R tokens, S the side of a picture in pixels, C answer classes.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from mmtg.data.module import stacked
from mmtg.data.post_vocabulary import PostVocabulary
from mmtg.data.posts.batch import PostBatch
from mmtg.data.posts.pixels import opened_pixels
from mmtg.data.posts.post import Post, Posts
from mmtg.encoders.reading import Reading


class PostDataset(Dataset[PostBatch]):
    """Posts as model input, a batch at a time.

    Args:
        posts: the posts.
        vocabulary: of their tokens.
        reading: how pictures become pixels; None where the model sees none.
        answers: texts of the answer classes; none where answers are written.
        pixels: uint8 [len(posts), S, S, 3] of all pictures, where they are kept; else they are opened when asked for.
        texts: whether the model reads their texts.
        replies: how many replies of a post are shown, the first ones; None for all.
    """

    def __init__(
        self,
        posts: Posts,
        vocabulary: PostVocabulary,
        reading: Reading | None,
        *,
        answers: Sequence[str] = (),
        pixels: np.ndarray | None = None,
        texts: bool = True,
        replies: int | None = None,
    ) -> None:
        self.posts, self.vocabulary, self.reading, self.pixels = posts, vocabulary, reading, pixels
        self.answers, self.texts, self.replies = list(answers), texts, replies

    def __len__(self) -> int:
        return len(self.posts)

    def __getitems__(self, indices: Sequence[int]) -> PostBatch:
        """The batch of some posts."""
        rows = [self.posts[i] for i in indices]
        pad = self.vocabulary.pad
        return PostBatch(
            index=torch.tensor(list(indices)),
            text=stacked([row.text if self.texts else () for row in rows], pad),
            pictures=self._pictures(indices, rows),
            present=torch.tensor([[row.picture is not None] for row in rows])[:, : int(self.reading is not None)],
            replies=stacked([reply for row in rows for reply in row.replies[: self.replies]], pad),
            of=torch.tensor([b for b, row in enumerate(rows) for _ in row.replies[: self.replies]], dtype=torch.int64),
            votes=self._votes(rows),
        )

    def _pictures(self, indices: Sequence[int], rows: Sequence[Post]) -> Tensor:
        if self.reading is None:
            return torch.zeros(len(rows), 0, 1, 1, 3, dtype=torch.uint8)
        if self.pixels is not None:
            return torch.from_numpy(np.stack([self.pixels[i] for i in indices]))[:, None]
        return torch.from_numpy(opened_pixels([row.picture for row in rows], self.reading))[:, None]

    def _votes(self, rows: Sequence[Post]) -> Tensor:
        votes = torch.zeros(len(rows), len(self.answers))
        for place, row in enumerate(rows):
            for answer, value in row.votes.items():
                votes[place, answer] = value
        return votes

    def sample(self, index: int) -> dict[str, Any]:
        """What is known of a post beside what is written to it: id, text, replies, votes, plan."""
        post = self.posts[index]
        references = [[self.vocabulary.decode(reply)] for reply in post.replies]
        known: dict[str, Any] = {
            "id": post.id,
            "topic": self.vocabulary.decode(post.text),
            "reference": references[0] if references else [],
            "references": references,
        }
        if post.votes:
            known["votes"] = {self.answers[answer]: value for answer, value in post.votes.items()}
        if post.kind:
            known["kind"] = post.kind
        if post.plan:
            known["plan"] = [list(post.plan)]
        return known
