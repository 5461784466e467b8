"""Stage 1 from a configuration: the visual nets as an artefact, trained now if they are missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig

from mmtg.artefacts import Artefacts
from mmtg.config.plain import plain
from mmtg.encoders.img2poem.encoder import reading_of
from mmtg.encoders.img2poem.items import LABELS
from mmtg.encoders.img2poem.keywords import frequent, occurring, read_words, world_words
from mmtg.encoders.img2poem.material import Material, material
from mmtg.encoders.img2poem.nets import NETS, VisualNets
from mmtg.encoders.img2poem.pairs import Pairs
from mmtg.encoders.img2poem.stage import Stage, loaders, optimizer_of, train_silently
from mmtg.encoders.img2poem.visual import PictureDataset, VisualLearning, VisualSystem
from mmtg.errors import InputError

FORMAT = 1
"""Raise it when training makes other nets of the same settings."""

KIND, WEIGHTS = "img2poem_visual", "nets.pt"


def visual_key(config: DictConfig, learned: Material) -> dict[str, Any]:
    """What decides the weights of the visual nets; their order does not."""
    settings, picture = plain(config.encoder.visual), plain(config.encoder.picture)
    own = {name: value for name, value in settings.items() if name not in ("polarity", "validations")}
    files = {"weights": {name: _file_state(name, file) for name, file in settings["weights"].items()}}
    seed = int(config.encoder.seed)
    return {"format": FORMAT, "items": learned.identity, "visual": {**own, **files}, "picture": picture, "seed": seed}


def visual_stage(config: DictConfig, artefacts: Artefacts) -> Stage:
    """The stage ready to train.

    Args:
        config: the whole configuration.
        artefacts: where its pairs are kept.

    Returns:
        The stage.

    Raises:
        InputError: there is nothing to learn from, or a file of weights cannot be read.
    """
    learned, settings = material(config), plain(config.encoder.visual)
    pairs = learned.pairs(config, artefacts)
    values = {name: pairs["train"].values(name) for name in LABELS}
    words = _words(settings["keywords"], learned, pairs["train"])
    if settings["steps"] and not any(values.values()) and not any(words.values()):
        what = "has no words, and the pictures no labels: give a list of keywords, polarity data, or steps=0"
        raise InputError(what, field="encoder.visual.keywords")
    sets = {name: _dataset(part, values, words) for name, part in pairs.items()}
    seed, batch = int(config.encoder.seed), int(settings["batch_size"])
    module = loaders({name: sets[name] for name in ("train", "val", "test")}, batch_size=batch, seed=seed)
    torch.manual_seed(seed)
    nets = visual_nets(config)
    nets.load(settings["weights"])
    system = VisualSystem(
        nets,
        reading_of(plain(config.encoder.picture)),
        values={name: len(given) for name, given in values.items()},
        words={net: len(given) for net, given in words.items()},
        learning=_learning(settings),
        optimizer=optimizer_of(settings, module),
    )
    return Stage(
        kind=KIND,
        key=visual_key(config, learned),
        system=system,
        module=module,
        steps=int(settings["steps"]),
        validations=int(settings["validations"]),
        seed=seed,
        figures=lambda: _figures(system, sets, batch),
        save=lambda folder: torch.save(nets.cpu().state_dict(), folder / WEIGHTS),
    )


@torch.random.fork_rng(devices=[])
def trained_nets(config: DictConfig, artefacts: Artefacts) -> tuple[Path, VisualNets]:
    """The artefact of the visual nets, trained now if they are missing, and the nets.

    Args:
        config: the whole configuration.
        artefacts: where they are kept.

    Returns:
        The artefact's folder, and the nets in evaluation mode.
    """

    def make(folder: Path) -> None:
        stage = visual_stage(config, artefacts)
        stage.keep(folder, train_silently(config, stage))

    path = artefacts.ensure(KIND, visual_key(config, material(config)), make)
    nets = visual_nets(config)
    nets.load_state_dict(torch.load(path / WEIGHTS, map_location="cpu", weights_only=True))
    return path, nets.eval()


def visual_nets(config: DictConfig) -> VisualNets:
    """The configured nets, their weights as initialised."""
    return VisualNets(**nets_settings(config))


def nets_settings(config: DictConfig) -> dict[str, Any]:
    """Plain data from which the nets are built."""
    settings = plain(config.encoder.visual)
    return {**{name: settings[name] for name in ("preset", "channels", "resnet")}, "order": list(config.encoder.order)}


def _words(keywords: dict[str, Any], learned: Material, train: Pairs) -> dict[str, list[str]]:
    """By net, the keywords that are frequent enough."""
    files = {net: keywords[net] for net in NETS}
    if not keywords["enabled"]:
        return {net: [] for net in NETS}
    words = read_words(files) if any(files.values()) or learned.world is None else world_words()
    texts = sorted(set(train.texts) - {""})
    return {net: frequent(given, texts, least=keywords["least"]) for net, given in words.items()}


def _dataset(pairs: Pairs, values: dict[str, list[str]], words: dict[str, list[str]]) -> PictureDataset:
    rows = {net: occurring(given, pairs.texts) for net, given in words.items()}
    return PictureDataset(pairs, values, rows)


def _learning(settings: dict[str, Any]) -> VisualLearning:
    keywords = settings["keywords"]
    return VisualLearning(
        keywords_from=round(keywords["start"] * settings["steps"]),
        keyword_weight=keywords["weight"],
        **settings["varied"],
    )


def _figures(system: VisualSystem, sets: dict[str, PictureDataset], batch_size: int) -> dict[str, float]:
    """Accuracies on unseen pictures: of the pairs, and of the polarity data beside what saying one label would give."""
    system.eval()
    figures = {
        f"visual/{name}": value for name, value in system.accuracies(sets["test"], batch_size=batch_size).items()
    }
    unseen = sets["polarity"]
    told = system.accuracies(unseen, batch_size=batch_size).get("sentiment_accuracy")
    if told is not None:
        given = unseen.pairs.labels["sentiment"]
        most = max(map(given.count, set(given))) / len(given)
        figures |= {"visual/polarity_accuracy": told, "visual/polarity_majority": most}
    return figures


def _file_state(net: str, file: str | None) -> list[Any] | None:
    """Changes when a file of weights does."""
    if file is None:
        return None
    if not Path(file).exists():
        raise InputError("there is no such file or folder", file=file, field=f"encoder.visual.weights.{net}")
    paths = sorted(Path(file).rglob("*")) if Path(file).is_dir() else [Path(file)]
    return [[path.name, path.stat().st_size, path.stat().st_mtime_ns] for path in paths]
