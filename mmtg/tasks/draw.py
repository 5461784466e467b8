"""A contact sheet of the picture world."""

from pathlib import Path

from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.errors import InputError
from mmtg.files import build_file
from mmtg.world import CONCEPTS, World, contact_sheet


def draw(config: DictConfig) -> None:
    """Writes ``task.output``, a PNG that shows every concept under several skies.

    Args:
        config: the whole configuration.

    Raises:
        InputError: the configured data are not the picture world.
    """
    if "world" not in config.data:
        raise InputError("draws the picture world; say data=world", field="task")
    settings = plain(config.data)
    world = World(steps=settings["steps"], lines_per_step=settings["lines_per_step"], **settings["world"])
    target = Path(config.task.output)
    with build_file(target) as beside:
        contact_sheet(world, beside, columns=config.task.columns)
    print(f"{target}: {len(CONCEPTS)} concepts")
