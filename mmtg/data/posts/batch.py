"""What CroMIC-CMT and its peers are given."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from torch import Tensor


@dataclass
class PostBatch:
    """B posts with N replies in all; P tokens of a text, K pictures of a post, R tokens of a reply, C answer classes.

    P, K, N or C is 0 where there is no text, no picture, no reply, no class. A picture is pixels [S, S, 3] uint8, or a
    vector [W] float32 where only that is known.
    """

    index: Tensor  # int64 [B], place in the data set
    text: Tensor  # int64 [B, P], padding behind
    pictures: Tensor  # uint8 [B, K, S, S, 3], or float32 [B, K, W]; zeros where missing
    present: Tensor  # bool [B, K]
    replies: Tensor  # int64 [N, R], from the start token to the end token, padding behind
    of: Tensor  # int64 [N], the row of each reply's post
    votes: Tensor  # float32 [B, C], soft labels

    def __len__(self) -> int:
        return len(self.index)

    def select(self, rows: Tensor) -> PostBatch:
        """The batch of some rows, an int64 tensor, without replies."""
        none = {"replies": self.replies[:0], "of": self.of[:0]}
        own = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name not in none}
        return replace(self, **own, **none)
