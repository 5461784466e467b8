"""What CroMIC-CMT and its peers share: their interface, their pictures, their answers.

Letters of shapes: B posts, P tokens of a text, K pictures of a post, G vectors of a picture, L = P + K G positions of
the source, N replies, R tokens of a reply, V vocabulary, C answer classes, D width, H heads.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional

from mmtg.data.posts.batch import PostBatch
from mmtg.errors import InputError
from mmtg.models.post_memory import Memory, NetworkSize, State

TYPE_STD = 0.02
"""Of embeddings of types and of numbers of pictures, and of the answer head's weights (published)."""
Losses = dict[str, tuple[Tensor, int]]
"""By name: a mean, and over how many."""


class PostNetwork(nn.Module, ABC):
    """Reads posts; writes replies, or chooses answers.

    Only the parts that are asked for are made, so that no parameter is without a gradient.

    Args:
        size: dimensions.
        pictures: one of :mod:`mmtg.models.picture_tokens`; None where posts have none.
        tokens: V.
        pad: the token of padding.
        replies: whether replies are written.
        answers: C; 0 for no answer head.
        picture_numbers: K to add a learned vector to those of the first to the last picture of a post, so that their
            order is known; 0 as published.

    Raises:
        InputError: a number does not fit.
    """

    lacked = ("answer_head.", "numbers.")  # parts that weights may lack: they start anew
    left = ("decoder.", "output", "transform.", "match_head.", *lacked)  # and that a network may leave

    def __init__(
        self,
        *,
        size: NetworkSize,
        pictures: nn.Module | None,
        tokens: int,
        pad: int,
        replies: bool = True,
        answers: int = 0,
        picture_numbers: int = 0,
    ) -> None:
        super().__init__()
        if pictures is not None and pictures.width != size.width:
            what = f"pictures are {pictures.width} wide, the network {size.width}"
            raise InputError(what, field="model.size.post_width")
        if not 0 <= pad < tokens:
            raise InputError(f"token {pad} of padding is none of {tokens}", field="model.pad")
        if min(answers, picture_numbers) < 0 or not (replies or answers):
            raise InputError("a network must write replies or choose answers", field="model.learns")
        self.size, self.vocabulary, self.pad, self.replies, self.answers = size, tokens, pad, replies, answers
        self.pictures = pictures
        self.numbers = nn.Embedding(picture_numbers, size.width) if picture_numbers else None
        if self.numbers is not None:
            nn.init.normal_(self.numbers.weight, std=TYPE_STD)
        self.answer_head = _answer_head(size.width, answers) if answers else None

    @abstractmethod
    def encode(self, text: Tensor, pictures: Tensor, present: Tensor) -> Memory:
        """Read posts; P or K may be 0.

        Args:
            text: int64 [B, P], padding behind.
            pictures: [B, K, ...], as the network's picture module takes them.
            present: bool [B, K].

        Returns:
            What has been read.
        """

    @abstractmethod
    def reply_logits(self, memory: Memory, of: Tensor, inputs: Tensor) -> Tensor:
        """Scores of the token behind each token of given replies.

        Args:
            memory: of B posts.
            of: int64 [N], the post of each reply.
            inputs: int64 [N, R], from the start token on.

        Returns:
            [N, R, V].
        """

    @abstractmethod
    def reply_loss(self, memory: Memory, batch: PostBatch) -> tuple[Tensor, int]:
        """What is minimised to learn to write: a mean over tokens of all replies, and their number."""

    def start(self, memory: Memory) -> State:
        """One reply to each post, before its first token."""
        return State(memory, (), 0)

    @abstractmethod
    def step(self, token: Tensor, state: State) -> tuple[Tensor, State]:
        """Write on.

        Args:
            token: int64 [N], the last token of each reply; the start token at first.
            state: of the N replies.

        Returns:
            Scores [N, V] of the next token, and the state behind the last.
        """

    def answer_logits(self, memory: Memory) -> Tensor:
        """Scores [B, C], from what stands first: the text's start token, or without text the first picture.

        Args:
            memory: of B posts.

        Returns:
            [B, C].

        Raises:
            InputError: the network has no answer head.
        """
        if self.answer_head is None:
            raise InputError("the network has no answer head", field="model.learns")
        logits: Tensor = self.answer_head(memory.states[:, 0])
        return logits

    def answer_loss(self, memory: Memory, votes: Tensor) -> tuple[Tensor, int]:
        """Binary cross-entropy with soft labels [B, C]: sum over classes, mean over posts (published)."""
        logits = self.answer_logits(memory)
        total = functional.binary_cross_entropy_with_logits(logits, votes, reduction="sum")
        return total / max(len(votes), 1), len(votes)

    def learn(self, batch: PostBatch) -> Losses:
        """The losses that training minimises, ``lm_loss`` first, then ``answer_loss``; those that the network has."""
        memory = self.encode(batch.text, batch.pictures, batch.present)
        losses: Losses = {}
        if self.replies:
            losses["lm_loss"] = self.reply_loss(memory, batch)
        if self.answers:
            losses["answer_loss"] = self.answer_loss(memory, batch.votes)
        return losses

    def picture_vectors(self, pictures: Tensor, present: Tensor) -> Tensor:
        """Vectors of pictures; those that are missing are not looked at, and are zeros.

        Args:
            pictures: [B, K, ...].
            present: bool [B, K].

        Returns:
            [B, K, G, D].

        Raises:
            InputError: the network takes no pictures.
        """
        if self.pictures is None:
            raise InputError("the network takes no pictures", field="model.modality")
        seen = self.pictures(pictures[present])  # [M, G, D]
        vectors = seen.new_zeros(*present.shape, *seen.shape[1:])  # [B, K, G, D]
        return vectors.index_put((present,), seen)

    def numbered(self, vectors: Tensor) -> Tensor:
        """Pictures' vectors [B, K, G, D] with the embedding of each one's number, if the network has them.

        Args:
            vectors: of pictures in order.

        Returns:
            [B, K, G, D].

        Raises:
            InputError: there are more pictures than numbers.
        """
        if self.numbers is None:
            return vectors
        count = vectors.shape[1]
        if count > self.numbers.num_embeddings:
            what = f"is {self.numbers.num_embeddings}, but a post has {count} pictures"
            raise InputError(what, field="model.picture_numbers")
        return vectors + self.numbers.weight[:count, None]


def target_loss(
    output: Callable[[Tensor], Tensor], states: Tensor, targets: Tensor, counted: Tensor
) -> tuple[Tensor, int]:
    """Mean cross-entropy over the places that count; only theirs are scored.

    Args:
        output: D to V.
        states: [N, R, D].
        targets: int64 [N, R].
        counted: bool [N, R].

    Returns:
        The mean, 0 over no place, and their number.
    """
    count = int(counted.sum())
    total = functional.cross_entropy(output(states[counted]), targets[counted], reduction="sum")
    return total / max(count, 1), count


def _answer_head(width: int, answers: int) -> nn.Sequential:
    """Linear, layer norm, GELU, linear (published)."""
    head = nn.Sequential(nn.Linear(width, 2 * width), nn.LayerNorm(2 * width), nn.GELU(), nn.Linear(2 * width, answers))
    for layer in (head[0], head[3]):
        nn.init.normal_(layer.weight, std=TYPE_STD)  # type: ignore[arg-type]
        nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
    return head
