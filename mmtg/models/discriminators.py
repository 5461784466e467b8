"""img2poem's discriminators: does a poem go with the picture, is it a poem, was it written by a person.

The first two are the paper's, which no published code has; the third is the ports' (img2poem reference, section 1.6).
A text's ids are its tokens behind the start token, through its end token; what stands behind them is never heard.
Letters of shapes: N texts, L positions, V tokens, F feature width, E embedding width, H hidden width, J joint width.
"""

from enum import IntEnum

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence


class Pairing(IntEnum):
    """Classes of the multi-modal discriminator."""

    PAIRED, UNPAIRED, GENERATED = range(3)


class Style(IntEnum):
    """Classes of the poem-style discriminator."""

    POETIC, DISORDERED, PARAGRAPHIC, GENERATED = range(4)


class Author(IntEnum):
    """Classes of the ports' discriminator."""

    FAKE, REAL = range(2)


class PoemGRU(nn.Module):
    """A poem as one vector: the state of a GRU behind its last token.

    Args:
        vocabulary: V.
        embedding: E.
        hidden: H.
    """

    def __init__(self, *, vocabulary: int, embedding: int, hidden: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.gru = nn.GRU(embedding, hidden, batch_first=True)

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Vectors of N poems.

        Args:
            ids: int64 [N, L].
            lengths: int64 [N], from 1 to L.

        Returns:
            [N, H].
        """
        states, _ = self.gru(self.embedding(ids))  # [N, L, H]
        vectors: Tensor = states[torch.arange(len(ids), device=ids.device), lengths - 1]
        return vectors


class MultiModalDiscriminator(nn.Module):
    """Whether a poem was written to a picture, to another one, or by the generator.

    c = GRU(y), f = tanh(W_x x + b_x) * tanh(W_c c + b_c), scores W_m f + b_m (section 1.6).

    Args:
        vocabulary: V.
        features: F.
        embedding: E.
        hidden: H.
        joint: J, width of f.
    """

    def __init__(self, *, vocabulary: int, features: int, embedding: int, hidden: int, joint: int) -> None:
        super().__init__()
        self.poem = PoemGRU(vocabulary=vocabulary, embedding=embedding, hidden=hidden)
        self.of_features = nn.Linear(features, joint)
        self.of_poem = nn.Linear(hidden, joint)
        self.output = nn.Linear(joint, len(Pairing))

    def forward(self, features: Tensor, ids: Tensor, lengths: Tensor) -> Tensor:
        """Scores of the classes.

        Args:
            features: [N, F].
            ids: int64 [N, L].
            lengths: int64 [N], from 1 to L.

        Returns:
            [N, 3], in the order of :class:`Pairing`.
        """
        poem = self.poem(ids, lengths)  # [N, H]
        joint = torch.tanh(self.of_features(features)) * torch.tanh(self.of_poem(poem))  # [N, J]
        logits: Tensor = self.output(joint)
        return logits


class PoemStyleDiscriminator(nn.Module):
    """Whether a text is a poem, lines of several poems, prose, or the generator's.

    Scores W_p GRU(y) + b_p (section 1.6).

    Args:
        vocabulary: V.
        embedding: E.
        hidden: H.
    """

    def __init__(self, *, vocabulary: int, embedding: int, hidden: int) -> None:
        super().__init__()
        self.poem = PoemGRU(vocabulary=vocabulary, embedding=embedding, hidden=hidden)
        self.output = nn.Linear(hidden, len(Style))

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Scores of the classes.

        Args:
            ids: int64 [N, L].
            lengths: int64 [N], from 1 to L.

        Returns:
            [N, 4], in the order of :class:`Style`.
        """
        logits: Tensor = self.output(self.poem(ids, lengths))
        return logits


class RealFakeDiscriminator(nn.Module):
    """Whether a text was written by a person: the ports', which hears the text alone.

    Port A hears through the generator's own embedding, without dropout; port B has one of its own.

    Args:
        embedding: the layer that turns ids to [N, L, E], the generator's or a new one.
        hidden: H, of each direction.
        embedding_dropout: of the embeddings; port A has none, port B's is that of the states.
        dropout: of the last states.
    """

    def __init__(self, embedding: nn.Embedding, *, hidden: int, embedding_dropout: float, dropout: float) -> None:
        super().__init__()
        self.embedding = embedding
        self.embedding_dropout, self.dropout = nn.Dropout(embedding_dropout), nn.Dropout(dropout)
        self.lstm = nn.LSTM(embedding.embedding_dim, hidden, batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * hidden, len(Author))

    def forward(self, ids: Tensor, lengths: Tensor) -> Tensor:
        """Scores of the classes.

        Args:
            ids: int64 [N, L].
            lengths: int64 [N], from 1 to L.

        Returns:
            [N, 2], in the order of :class:`Author`.
        """
        vectors = self.embedding_dropout(self.embedding(ids))  # [N, L, E]
        packed = pack_padded_sequence(vectors, lengths.cpu(), batch_first=True, enforce_sorted=False)
        _, (states, _) = self.lstm(packed)  # [2, N, H]: forward, backward
        logits: Tensor = self.output(self.dropout(torch.cat([states[0], states[1]], dim=1)))
        return logits
