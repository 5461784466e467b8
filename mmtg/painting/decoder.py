"""From cells of a picture back to its pixels: a small decoder, no GAN as the published one.

Letters of shapes: N pictures, G cells a side, W vector width, D channels, S the side of a picture in pixels.
"""

from dataclasses import asdict, dataclass
from itertools import pairwise

from torch import Tensor, nn

from mmtg.errors import InputError
from mmtg.models.measure import Measure


@dataclass(frozen=True, kw_only=True)
class DecoderSizes:
    """Sizes of a decoder.

    Attributes:
        width: W.
        grid: G.
        picture_size: S; G times a power of 2.
        narrowest: channels of the last map, half as wide as the picture; a map half as wide has twice as many.
        widest: most channels of a map.

    Raises:
        InputError: the grid does not fit into the picture, or a number is below 1.
    """

    width: int
    grid: int
    picture_size: int
    narrowest: int
    widest: int

    def __post_init__(self) -> None:
        for name, number in asdict(self).items():
            if number < 1:
                raise InputError(f"must be at least 1, not {number}", field=f"task.decoder.{name}")
        times = self.picture_size // self.grid
        if self.picture_size % self.grid or times < 2 or times & (times - 1):
            what = f"is {self.grid}; a picture of {self.picture_size} pixels a side must be that times 2, 4, 8, ..."
            raise InputError(what, field="model.grid")

    def channels(self) -> list[int]:
        """D of each map, from the grid to half the picture."""
        doublings = (self.picture_size // self.grid).bit_length() - 2
        return [min(self.widest, self.narrowest * 2**i) for i in range(doublings, -1, -1)]


class PixelDecoder(nn.Module):
    """Paints pictures from their cells.

    Args:
        sizes: of it.
    """

    def __init__(self, sizes: DecoderSizes) -> None:
        super().__init__()
        self.sizes, channels = sizes, sizes.channels()
        self.measure = Measure(sizes.width)
        self.read = nn.Sequential(_block(sizes.width, channels[0]), _block(channels[0], channels[0]))
        self.grow = nn.Sequential(*(_doubling(i, o) for i, o in pairwise(channels)))
        smooth = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)  # repeated places would be stripes
        self.colour = nn.Sequential(smooth, nn.Conv2d(channels[-1], 3, 3, padding=1), nn.Tanh())

    def forward(self, cells: Tensor) -> Tensor:
        """Paints N pictures.

        Args:
            cells: [N, G * G, W], row by row.

        Returns:
            RGB [N, 3, S, S] in -1..1.
        """
        grid = self.sizes.grid
        seen = self.measure(cells).transpose(1, 2).unflatten(2, (grid, grid))  # [N, W, G, G]
        return self.colour(self.grow(self.read(seen)))


def _block(inputs: int, outputs: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.SiLU())


def _doubling(inputs: int, outputs: int) -> nn.Sequential:
    """A block on twice as many places a side."""
    return nn.Sequential(nn.Upsample(scale_factor=2), *_block(inputs, outputs))
