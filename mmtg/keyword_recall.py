"""How often the keywords of a picture that the encoder never saw name what is in it.

Letters of shapes: N pictures, k keywords of a picture.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import DictConfig

from mmtg.artefacts import Artefacts
from mmtg.encoders.base import Encoder
from mmtg.encoders.lessons import draw_pictures
from mmtg.encoders.make import world_settings
from mmtg.files import write_json
from mmtg.keywords import KeywordIndex, world_words
from mmtg.world import CONCEPTS, World

FORMAT = 1
"""Raise it when the figure is computed otherwise."""

FIGURES = "figures.json"
STREAM = 2
"""Keeps the pictures apart from those that the encoder was trained (0) and tested (1) on."""


def keyword_recall(index: KeywordIndex, encoder: Encoder, world: World, *, pictures: int, seed: int, k: int) -> float:
    """Share of fresh pictures with a noun of their own concept among their keywords.

    Args:
        index: the closed set.
        encoder: of pictures; the one that encoded the set.
        world: draws the pictures, under any sky.
        pictures: N; the concepts take turns.
        seed: of the pictures, >= 0.
        k: keywords of each.

    Returns:
        0 to 1.
    """
    rng, names = np.random.default_rng([seed, STREAM]), list(CONCEPTS)
    right = [names[number % len(names)] for number in range(pictures)]
    drawn = [picture for name in right for picture in draw_pictures(world, name, 1, rng)]
    found = index.named(index.top(encoder.encode_images(drawn), k))
    return (
        sum(any(word in CONCEPTS[name].nouns for word in own) for own, name in zip(found, right, strict=True))
        / pictures
    )


def recall_figures(config: DictConfig, index: KeywordIndex, encoder: Encoder, artefacts: Artefacts) -> dict[str, float]:
    """The figures ``keywords/recall_at_1`` and ``keywords/recall_at_<top_k>``, computed once for each encoder and set.

    Args:
        config: the whole configuration.
        index: the closed set.
        encoder: of pictures.
        artefacts: where the figures are kept.

    Returns:
        The figures; none for a set other than the world's, or for data other than the world.
    """
    if index.words != world_words() or "world" not in config.data:
        return {}
    settings, drawn = config.keywords, world_settings(config)
    how: dict[str, Any] = {"pictures": int(settings.test_pictures), "seed": int(settings.seed)}
    cutoffs = sorted({1, int(settings.top_k)})
    key = {"format": FORMAT, "encoder": encoder.fingerprint, "world": drawn, "cutoffs": cutoffs, **how}

    def make(folder: Path) -> None:
        world = World(**drawn)
        found = {f"keywords/recall_at_{k}": keyword_recall(index, encoder, world, k=k, **how) for k in cutoffs}
        write_json(folder / FIGURES, found)

    kept = artefacts.ensure("keyword_recall", key, make)
    figures: dict[str, float] = json.loads((kept / FIGURES).read_text(encoding="utf-8"))
    return figures
