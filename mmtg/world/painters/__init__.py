"""One painter for every concept: a function that paints the object with a brush."""

from collections.abc import Callable

from mmtg.world.brush import Brush
from mmtg.world.painters import animals, buildings, landscape, outdoors, plants, sky, table, vehicles

PAINTERS: dict[str, Callable[[Brush], None]] = {
    **animals.PAINTERS,
    **buildings.PAINTERS,
    **landscape.PAINTERS,
    **outdoors.PAINTERS,
    **plants.PAINTERS,
    **sky.PAINTERS,
    **table.PAINTERS,
    **vehicles.PAINTERS,
}

__all__ = ["PAINTERS"]
