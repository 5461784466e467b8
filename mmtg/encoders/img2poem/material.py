"""What both stages learn from: pairs of the world or of the configured data, and polarity data beside them."""

from __future__ import annotations

import logging
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmtg.artefacts import Artefacts, fingerprint
from mmtg.config.plain import plain
from mmtg.encoders.img2poem.encoder import reading_of
from mmtg.encoders.img2poem.items import SPLIT, Item, experience_items, held_out, world_items
from mmtg.encoders.img2poem.pairs import Pairs, read_pairs, write_pairs
from mmtg.encoders.img2poem.polarity import polarity_items, read_polarity, refuse_leaks
from mmtg.errors import InputError
from mmtg.instantiate import build, find
from mmtg.world import World

log = logging.getLogger(__name__)

FORMAT = 1
"""Raise it when the same settings make other items."""

SETS = ("train", "val", "test", "polarity")
CHOICES = ("auto", "world", "data")
Sets = dict[str, list[Item]]


@dataclass(frozen=True)
class Material:
    """Pairs yet to be drawn or read.

    Attributes:
        world: where they come from, if it is the world.
        identity: plain data that decide what they are.
        sets: gives the items of ``train``, ``val``, ``test``, and ``polarity``: unseen pictures of the polarity data.
        missing: what to say of pictures that are not there; empty for nothing.
    """

    world: World | None
    identity: dict[str, Any]
    sets: Callable[[], Sets]
    missing: str

    def pairs(self, config: DictConfig, artefacts: Artefacts) -> dict[str, Pairs]:
        """The items as arrays, drawn or read now if they are missing.

        Args:
            config: the whole configuration.
            artefacts: where they are kept.

        Returns:
            By set.

        Raises:
            InputError: there is nothing to learn from.
        """
        picture = plain(config.encoder.picture)
        reading, workers = reading_of(picture), int(config.encoder.workers)

        def make(folder: Path) -> None:
            if self.missing:
                log.warning(self.missing)
            for name, items in self.sets().items():
                (folder / name).mkdir()
                write_pairs(folder / name, items, reading, title=f"pictures: {name}", workers=workers)

        shape = {name: picture[name] for name in ("size", "resize")}
        path = artefacts.ensure("img2poem_pairs", {**self.identity, "picture": shape}, make)
        return {name: read_pairs(path / name) for name in SETS}


def material(config: DictConfig) -> Material:
    """The pairs that the configuration names.

    Args:
        config: the whole configuration.

    Returns:
        The pairs.

    Raises:
        InputError: an unknown choice; or the data have no pictures with poems, or too few.
    """
    polarity, told, missing = _polarity(config)
    if _uses_world(config):
        from mmtg.encoders.make import world_settings

        settings = world_settings(config)
        world = World(**settings)
        counts = {"train": int(config.encoder.experiences), "val": int(config.encoder.test_experiences)}
        counts["test"] = counts["val"]
        names = {"train": SPLIT, "val": f"{SPLIT}-val", "test": f"{SPLIT}-test"}
        identity = {"format": FORMAT, "world": settings, "counts": counts, "polarity": told}
        return Material(
            world,
            identity,
            lambda: _joined({name: list(world_items(world, names[name], counts[name])) for name in names}, polarity),
            missing,
        )
    items = list(experience_items(build(config.data).pictured()))
    sets = held_out(items, share=float(config.encoder.held_out))
    if not all(sets.values()):
        what = f"{len(items)} pictures with poems are too few to hold some out for validation and test"
        raise InputError(what, field="data")
    share = float(config.encoder.held_out)
    identity = {"format": FORMAT, "items": _state(items), "held_out": share, "polarity": told}
    return Material(None, identity, lambda: _joined(sets, polarity), missing)


def _uses_world(config: DictConfig) -> bool:
    choice = str(config.encoder.pairs)
    if choice not in CHOICES:
        raise InputError(f"'{choice}' is unknown; choose {', '.join(CHOICES)}", field="encoder.pairs")
    if choice == "auto":
        return not getattr(find(config.data), "brings_pictures", False)
    return choice == "world" or "world" in config.data


def _joined(sets: Sets, polarity: Sets) -> Sets:
    """Items of pairs and of polarity data; the latter's unseen ones stay apart."""
    return {name: [*sets.get(name, []), *polarity[name]] for name in SETS}


def _polarity(config: DictConfig) -> tuple[Sets, Any, str]:
    """Items of the polarity data, what decides them, and which pictures are missing; none without a table."""
    settings = plain(config.encoder.visual.polarity)
    tables = {name: settings[name] for name in ("train", "test")}
    if tables["train"] is None:
        return {name: [] for name in SETS}, None, ""
    if settings["images"] is None:
        raise InputError("is wanted with encoder.visual.polarity.train", field="encoder.visual.polarity.images")
    rows = {name: read_polarity(Path(file)) if file else [] for name, file in tables.items()}
    refuse_leaks(rows["train"], rows["test"], file=Path(tables["test"] or ""))
    items, missing = {}, 0
    for name, file in tables.items():
        folder, table = Path(settings["images"]), Path(file or "")
        items[name], lost = polarity_items(rows[name], folder, table, max_pixels=settings["max_pixels"])
        missing += lost
    total = sum(map(len, rows.values()))
    lacking = f"polarity: {missing} of {total} pictures are not in {settings['images']}" if missing else ""
    split = held_out(items["train"], share=float(config.encoder.held_out) / 2)
    sets = {"train": split["train"], "val": [*split["val"], *split["test"]], "test": [], "polarity": items["test"]}
    return sets, {name: _state(part) for name, part in sets.items()}, lacking


def _state(items: list[Item]) -> str:
    """Changes with the texts and labels of items, and with their picture files."""
    files = {item.key for item in items if os.path.isfile(item.key)}
    stats = {name: (os.stat(name).st_size, os.stat(name).st_mtime_ns) for name in files}
    rows = [(item.key, item.text, item.group, dict(item.labels)) for item in items]
    return f"{zlib.crc32(repr(rows).encode()):08x}-{fingerprint({'files': stats})}"
