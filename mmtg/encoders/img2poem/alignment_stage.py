"""Stage 2 from a configuration: the aligned encoder as an artefact, trained now if it is missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig
from torch import Tensor

from mmtg.artefacts import Artefacts
from mmtg.config.plain import plain
from mmtg.encoders.base import one_thread, unit
from mmtg.encoders.img2poem.alignment import AlignmentSystem, PairDataset, Ranking
from mmtg.encoders.img2poem.encoder import Img2PoemEncoder
from mmtg.encoders.img2poem.figures import group_means, recalls
from mmtg.encoders.img2poem.material import Material, material
from mmtg.encoders.img2poem.nets import VisualNets
from mmtg.encoders.img2poem.pairs import Pairs
from mmtg.encoders.img2poem.poem_settings import poem_settings
from mmtg.encoders.img2poem.stage import FIGURES, Stage, loaders, optimizer_of, train_silently
from mmtg.encoders.img2poem.visual import VisualLearning, varied
from mmtg.encoders.img2poem.visual_stage import nets_settings, trained_nets, visual_key
from mmtg.errors import InputError
from mmtg.logging.progress import track

FORMAT = 1
"""Raise it when training makes another encoder of the same settings."""

KIND, ENCODER = "img2poem_alignment", "encoder"


def alignment_key(config: DictConfig, learned: Material) -> dict[str, Any]:
    """What decides the encoder."""
    settings = plain(config.encoder.alignment)
    own = {name: value for name, value in settings.items() if name != "validations"}
    others = {name: plain(config.encoder)[name] for name in ("width", "order", "poem")}
    return {"format": FORMAT, "visual": visual_key(config, learned), "alignment": own, **others}


@torch.random.fork_rng(devices=[])
def trained_encoder(config: DictConfig, artefacts: Artefacts) -> tuple[Img2PoemEncoder, dict[str, float]]:
    """The encoder and the figures of both stages; what is missing of them is trained now.

    Args:
        config: the whole configuration.
        artefacts: where both are kept.

    Returns:
        The encoder, and its figures.
    """

    def make(folder: Path) -> None:
        stage = alignment_stage(config, artefacts)
        stage.keep(folder, train_silently(config, stage))

    path = artefacts.ensure(KIND, alignment_key(config, material(config)), make)
    figures = json.loads((path / FIGURES).read_text(encoding="utf-8"))
    return Img2PoemEncoder.load(path / ENCODER), figures


def alignment_stage(config: DictConfig, artefacts: Artefacts) -> Stage:
    """The stage ready to train, its visual nets trained now if they are missing.

    Args:
        config: the whole configuration.
        artefacts: where pairs and nets are kept.

    Returns:
        The stage.

    Raises:
        InputError: there are too few pairs.
    """
    learned, settings, seed = material(config), plain(config.encoder.alignment), int(config.encoder.seed)
    visual, nets = trained_nets(config, artefacts)
    pairs = learned.pairs(config, artefacts)
    torch.manual_seed(seed)
    encoder = _untrained(config, learned, pairs["train"], nets)
    learning = VisualLearning(keywords_from=0, keyword_weight=0.0, **plain(config.encoder.visual.varied))
    seen = {name: see(encoder, pairs[name], learning, views=settings["views"] if name == "train" else 1, seed=seed)
            for name in ("train", "val", "test")}  # fmt: skip
    sets = {name: _dataset(encoder, pairs[name], seen[name], name) for name in seen}
    module = loaders(sets, batch_size=int(settings["batch_size"]), seed=seed)
    ranking = Ranking(**settings["ranking"])
    system = AlignmentSystem(encoder.model, ranking, optimizer_of(settings, module))
    learned_before = json.loads((visual / FIGURES).read_text(encoding="utf-8"))
    return Stage(
        kind=KIND,
        key=alignment_key(config, learned),
        system=system,
        module=module,
        steps=int(settings["steps"]),
        validations=int(settings["validations"]),
        seed=seed,
        figures=lambda: {**learned_before, **_figures(encoder, pairs["test"], seen["test"], settings["test"], seed)},
        save=lambda folder: _save(encoder, folder / ENCODER),
    )


def _untrained(config: DictConfig, learned: Material, train: Pairs, nets: VisualNets) -> Img2PoemEncoder:
    """The encoder with trained nets, the rest as initialised, or as BERT's folder has it."""
    poem, bert = poem_settings(config, learned, train)
    settings = {
        "width": int(config.encoder.width),
        "nets": nets_settings(config),
        "picture": plain(config.encoder.picture),
        "poem": poem,
        "batch_size": int(config.encoder.batch_size),
    }
    encoder = Img2PoemEncoder(settings, bert.tokenizer if bert else None)
    encoder.model.nets.load_state_dict(nets.state_dict())
    if bert:
        encoder.model.poems.load_state_dict(bert.state_dict())
    return encoder


@torch.no_grad()
def see(encoder: Img2PoemEncoder, pairs: Pairs, learning: VisualLearning, *, views: int, seed: int) -> Tensor:
    """What the nets see in each picture, and in copies that are moved, mirrored and turned in contrast.

    Args:
        encoder: whose nets see.
        pairs: N items.
        learning: how copies may differ.
        views: of each picture, the first being the picture itself.
        seed: of the copies.

    Returns:
        [N, views, V].
    """
    size, nets = encoder.batch_size, encoder.model.nets.eval()
    found = torch.zeros(len(pairs), views, nets.width)
    with one_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for start in track(range(0, len(pairs), size), "what the visual nets see"):
            pixels = torch.from_numpy(pairs.pixels[start : start + size].copy())
            for view in range(views):
                shown = varied(pixels, learning) if view else pixels
                found[start : start + size, view] = nets(encoder.reading.normalised(shown))
    return found


def _dataset(encoder: Img2PoemEncoder, pairs: Pairs, seen: Tensor, name: str) -> PairDataset:
    """The pairs whose poem speaks of the picture."""
    rows = torch.from_numpy(pairs.paired.nonzero()[0])
    if len(rows) < 2:
        raise InputError(f"has {len(rows)} pairs of a picture and a poem, which is too few", field=f"split {name}")
    poems = encoder.model.poems.prepare([pairs.texts[row] for row in rows.tolist()])
    return PairDataset(seen[rows], poems, pairs.poem_numbers[rows], pairs.picture_numbers[rows])


@torch.no_grad()
def _figures(encoder: Img2PoemEncoder, pairs: Pairs, seen: Tensor, test: dict[str, Any], seed: int) -> dict[str, float]:
    """Recalls of unseen pairs, and of whole experiences where they have several steps."""
    model = encoder.model.cpu().eval()
    images = unit(model.images(seen[:, 0]))
    poems = encoder.encode_texts(pairs.texts)
    rows = torch.from_numpy(pairs.paired.nonzero()[0])
    of_pairs = recalls(images[rows], poems[rows], pairs.poem_numbers[rows], seed=seed, **test)
    figures = {f"alignment/{name}": value for name, value in of_pairs.items()}
    groups = [pairs.groups[place] for place in range(len(pairs))]
    if len(set(groups)) < len(groups):
        means = group_means(images, groups), group_means(poems, groups)
        whole = recalls(*means, torch.arange(len(means[0])), seed=seed, **test)
        figures |= {f"alignment/experience_{name}": value for name, value in whole.items()}
    return figures


def _save(encoder: Img2PoemEncoder, folder: Path) -> None:
    encoder.__dict__.pop("fingerprint", None)  # of the weights as they are now
    encoder.save(folder)
