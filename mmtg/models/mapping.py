"""ClipCap's mapping network: one picture vector becomes a prefix that a language model hears as embeddings.

The vector is fanned out to P vectors, which pass through a small transformer together with P learned constants; what
comes out at the constants is the prefix (Mokady et al., ClipCap, 2021, figure 3; planned by Image2Poem, Image2Poem
reference, section 1). Letters of shapes: B batch, W width of picture vectors, P prefix positions, D decoder width.
"""

import torch
from torch import Tensor, nn

from mmtg.errors import InputError

CONSTANT_SCALE = 1.0
"""Standard deviation of the constants at the start, as in ClipCap."""


class MappingNetwork(nn.Module):
    """Picture vectors to prefix embeddings.

    Args:
        width: W, of the picture vectors.
        decoder_width: D, of the embeddings that the language model hears.
        positions: P, of the prefix, and of the vectors that the picture is fanned out to.
        layers: of the transformer.
        heads: of its attention; they divide D.
        feedforward: width of its feed-forward layers.
        dropout: inside the transformer.

    Raises:
        InputError: a number is out of its range, naming its field of ``conf/mapping``.
    """

    def __init__(
        self,
        *,
        width: int,
        decoder_width: int,
        positions: int,
        layers: int,
        heads: int,
        feedforward: int,
        dropout: float,
    ) -> None:
        super().__init__()
        least = {"positions": positions, "layers": layers, "heads": heads, "feedforward": feedforward}
        for name, number in least.items():
            if number < 1:
                raise InputError(f"is {number}; must be at least 1", field=f"mapping.{name}")
        if decoder_width % heads:
            raise InputError(
                f"is {heads}, which does not divide the decoder's width {decoder_width}", field="mapping.heads"
            )
        if not 0 <= dropout < 1:
            raise InputError(f"is {dropout}; must be from 0 to below 1", field="mapping.dropout")
        self.width, self.positions, self.decoder_width = width, positions, decoder_width
        self.fan_out = nn.Linear(width, positions * decoder_width)
        self.constants = nn.Parameter(CONSTANT_SCALE * torch.randn(positions, decoder_width))
        layer = nn.TransformerEncoderLayer(
            decoder_width, heads, feedforward, dropout, activation="gelu", batch_first=True, norm_first=True
        )
        self.transformer = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)

    def forward(self, vectors: Tensor) -> Tensor:
        """The prefix of each picture.

        Args:
            vectors: float [B, W], of unit length as the encoders give them; zeros where a picture is missing.

        Returns:
            float [B, P, D].

        Raises:
            InputError: the vectors are of another width.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self.width:
            raise InputError(f"picture vectors are shaped {list(vectors.shape)}; wanted are [B, {self.width}]")
        fanned = self.fan_out(vectors).unflatten(1, (self.positions, self.decoder_width))  # [B, P, D]
        constants = self.constants.expand(len(vectors), -1, -1)  # [B, P, D]
        heard = self.transformer(torch.cat([fanned, constants], dim=1))  # [B, 2P, D]
        return heard[:, self.positions :]
