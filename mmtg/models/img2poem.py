"""img2poem's generator: features of pictures become the state of a recurrent network, which writes the poem.

A poem is one sequence of tokens; a line break is a token like any other (img2poem reference, section 1.4). Letters of
shapes: N texts, L positions, V tokens, F feature width, H hidden width, E embedding width.
"""

from torch import Tensor, nn
from torch.nn import functional

from mmtg.errors import InputError
from mmtg.models.recurrent_cells import CELLS, State

BATCH_NORM_EPSILON, BATCH_NORM_DECAY = 1e-3, 0.95
"""Of the published TensorFlow graph: the epsilon is its library's, the decay its own (section 1.4)."""


class FeatureNorm(nn.BatchNorm1d):
    """Batch norm of the features as published; a single row, which has no statistics, is normalised by the moving ones.

    Args:
        features: F.
    """

    def __init__(self, features: int) -> None:
        super().__init__(features, eps=BATCH_NORM_EPSILON, momentum=1 - BATCH_NORM_DECAY)

    def forward(self, features: Tensor) -> Tensor:
        """Normalises [N, F]."""
        if len(features) > 1 or not self.training:
            return super().forward(features)
        return functional.batch_norm(
            features, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
        )


class RowNorm(nn.Module):
    """Gives each row the length 1, as port A does; a row of zeros stays."""

    def forward(self, features: Tensor) -> Tensor:
        """Normalises [N, F]."""
        return functional.normalize(features, dim=1)


class Generator(nn.Module):
    """Writes poems to features.

    The TensorFlow release: ``cell="gru"``, ``batch_norm``, ``projected``, ``uniform_init=0.1``. Port A:
    ``cell="lstm"``, ``normalised``, ``tied``, dropout 0.2.

    Args:
        cell: "gru", TensorFlow 1's, or "lstm".
        vocabulary: V.
        features: F.
        hidden: H.
        embedding: E.
        dropout: of the features as the encoder hears them, of the embeddings and of the states.
        batch_norm: whether features are batch-normalised.
        projected: whether a linear layer brings them from F to H.
        normalised: whether they are given the length 1, before all else.
        tied: whether the output layer's matrix is that of the embedding; E is H then.
        uniform_init: bound of the embedding, the projection and the output layer at the start; None for torch's own.

    Raises:
        InputError: an unknown cell, a number out of its range, or E is not H although tied.
    """

    def __init__(
        self,
        *,
        cell: str,
        vocabulary: int,
        features: int,
        hidden: int,
        embedding: int,
        dropout: float,
        batch_norm: bool,
        projected: bool,
        normalised: bool,
        tied: bool,
        uniform_init: float | None,
    ) -> None:
        super().__init__()
        if cell not in CELLS:
            raise InputError(f"'{cell}' is unknown; choose {' or '.join(CELLS)}", field="model.generator.cell")
        if tied and embedding != hidden:
            raise InputError(
                f"is {embedding}, but the hidden width is {hidden}; tied needs them equal",
                field="model.generator.embedding",
            )
        if not 0 <= dropout < 1:
            raise InputError(f"is {dropout}; must be from 0 to below 1", field="model.generator.dropout")
        self.row_norm = RowNorm() if normalised else nn.Identity()
        self.batch_norm = FeatureNorm(features) if batch_norm else nn.Identity()
        self.projection = nn.Linear(features, hidden) if projected else nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.encoder = CELLS[cell](hidden if projected else features, hidden)
        self.embedding = nn.Embedding(vocabulary, embedding)
        self.decoder = CELLS[cell](embedding, hidden)
        self.output = nn.Linear(hidden, vocabulary)
        if uniform_init is not None:
            self._start(uniform_init)
        if tied:
            self.output.weight = self.embedding.weight

    def _start(self, bound: float) -> None:
        """Draws all but the cells and the norm from -bound to bound, as published."""
        for part in (self.projection, self.embedding, self.output):
            for weight in part.parameters():
                nn.init.uniform_(weight, -bound, bound)

    def start(self, features: Tensor) -> State:
        """The state in which the poem begins: one step of the encoder, which hears the features.

        Args:
            features: [N, F].

        Returns:
            The state of N texts.
        """
        heard = self.projection(self.batch_norm(self.row_norm(features)))  # [N, H or F]
        heard = self.dropout(heard)
        _, state = self.encoder(heard[:, None], self.encoder.zero(heard))
        return state

    def forward(self, features: Tensor, ids: Tensor) -> Tensor:
        """Scores of each next token of given texts (teacher forcing).

        Args:
            features: [N, F].
            ids: int64 [N, L], beginning with the start token.

        Returns:
            [N, L, V]; at each position the scores of the token behind it.
        """
        logits, _ = self._pass(ids, self.start(features))
        return logits

    def step(self, tokens: Tensor, state: State) -> tuple[Tensor, State]:
        """Hears one more token of each text.

        Args:
            tokens: int64 [N].
            state: of the N texts.

        Returns:
            Scores [N, V] of what follows, and the state then.
        """
        logits, state = self._pass(tokens[:, None], state)
        return logits[:, 0], state

    def _pass(self, ids: Tensor, state: State) -> tuple[Tensor, State]:
        """Passes tokens [N, L]: embed, hear in order, score; logits [N, L, V] and the state behind the last."""
        vectors = self.dropout(self.embedding(ids))  # [N, L, E]
        states, state = self.decoder(vectors, state)  # [N, L, H]
        logits: Tensor = self.output(self.dropout(states))
        return logits, state
