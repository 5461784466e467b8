"""Phase 1 as a prerequisite: the pre-trained decoder is an artefact."""

import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from omegaconf import DictConfig
from pytorch_lightning.plugins.environments import LightningEnvironment
from torch import Tensor

from mmtg.artefacts import fingerprint
from mmtg.config.plain import plain
from mmtg.data.layout import SlotsLayout
from mmtg.data.layouts import layout_from_plain
from mmtg.data.module import ExperienceDataset, TextDataModule
from mmtg.data.posts.post import COMMENTS
from mmtg.data.prompt_layout import PromptLayout
from mmtg.files import write_json
from mmtg.instantiate import build
from mmtg.listening import learn_to_listen
from mmtg.logging.progress import quiet_lightning, track
from mmtg.models.build import FORMAT, build_system, optimizer_from
from mmtg.models.mmtg import MMTGSystem
from mmtg.models.system import OptimizerSettings, System
from mmtg.models.weights import put_weights
from mmtg.posts import cromic_settings, pretraining_model, trained_part
from mmtg.precision import resolve_precision
from mmtg.prepare import DECODER_SYSTEM, Prepared, lesson_module, poem_module, poem_schedule, table_tensor
from mmtg.prompted import keyword_settings
from mmtg.randomness import BatchSeeds
from mmtg.unified import cell_widths

WEIGHTS = "decoder.pt"
FIGURES = "figures.json"
DRAWS = 2
"""Format of what phase 1 draws at random: 2 since each batch has random states of its own."""


def describe(config: DictConfig, prepared: Prepared, *, model: dict[str, Any], optimizer: Any, curriculum: Any) -> Any:
    """Plain data from which a system can be built: what its checkpoints hold."""
    return {
        **describe_training(config, optimizer=optimizer, curriculum=curriculum),
        "model": model,
        "layout": prepared.layout.to_plain(),
        "vocabulary": prepared.vocabulary.to_plain(),
        "vector_width": vector_width(config, prepared),
        "encoder": plain(config.encoder) if prepared.encoder else None,
    }


def describe_training(config: DictConfig, *, optimizer: OptimizerSettings, curriculum: Any) -> dict[str, Any]:
    """What :func:`describe` tells beside the model and its data."""
    return {
        "format": FORMAT,
        "curriculum": curriculum,
        "optimizer": {**asdict(optimizer), "betas": list(optimizer.betas)},
        "decoding": plain(config.decoding),
        "name": config.name,
    }


def system_model(config: DictConfig, prepared: Prepared | None = None) -> dict[str, Any]:
    """The section ``model`` as a system takes it; a decoder that ``weights`` fills needs no pre-trained GPT-2."""
    model: dict[str, Any] = plain(config.model)
    if model.pop("weights", None) and "pretrained" in model:
        model["pretrained"] = None
    if prepared is not None and prepared.tokens is not None:
        width = vector_width(config, prepared)
        return {**model, **cromic_settings(config, prepared.source, vector_width=width)}
    if prepared is not None and prepared.topics is not None:
        del model["codebook"]
        return {**model, **cell_widths(config, prepared.encoder, vector_width=vector_width(config, prepared))}
    if prepared is not None and prepared.one_sequence:
        del model["learns"]
        return {**model, "vector_width": vector_width(config, prepared)}
    if prepared is None or prepared.prompted is None:
        return model
    return {**model, **keyword_settings(config, prepared.prompted)}


def vector_width(config: DictConfig, prepared: Prepared) -> int:
    """W, of the vectors of pictures; of those that there would be, where the data are texts alone."""
    if prepared.splits:
        return prepared.splits["train"].store.width
    return prepared.encoder.width if prepared.encoder else int(config.encoder.width)


def poem_curriculum(epochs: int) -> dict[str, Any]:
    """The schedule of phase 1 as plain data."""
    schedule = asdict(poem_schedule(epochs))
    stages = [{**stage, "ratings": list(stage["ratings"])} for stage in schedule["stages"]]
    return {**schedule, "stages": stages}


def decoder_model(config: DictConfig, prepared: Prepared) -> dict[str, Any]:
    """The section ``model`` of phase 1: the decoder alone, of the sizes that the configured system has."""
    model = system_model(config, prepared)
    if prepared.tokens is not None:
        return pretraining_model(model)
    if prepared.one_sequence:
        alone = {**model["adversarial"], "start_epoch": None}
        return {**model, "multimodal": False, "style": False, "adversarial": alone}
    if prepared.prompted is not None:
        return {**model, "words": [], "mapping": None, "freeze_lm": False}
    return {
        "_target_": DECODER_SYSTEM,
        "name": "decoder",
        **{name: model[name] for name in ("size", "dropout", "pretrained")},
        "echo": plain(config.pretrain.echo),
    }


def in_slots(prepared: Prepared) -> Prepared:
    """What phase 1 learns from: it writes in slots, whatever the configured system does later."""
    if isinstance(prepared.layout, SlotsLayout | PromptLayout):
        return prepared
    plain_slots = {**prepared.layout.to_plain(), "kind": SlotsLayout.kind}
    return replace(prepared, layout=layout_from_plain(plain_slots, prepared.vocabulary))


def decoder_key(config: DictConfig, prepared: Prepared) -> dict[str, Any]:
    """What decides the weights of the pre-trained decoder."""
    prepared = in_slots(prepared)
    model = decoder_model(config, prepared)
    if prepared.prompted is not None:
        return _language_model_key(config, prepared, model)
    if prepared.one_sequence:
        return _generator_key(config, prepared, model)
    if prepared.tokens is not None:
        own = _prompt_key(config, prepared, trained_part(model))
        return {**own, "data": prepared.source.identity(), "poems": prepared.source.post_counts()}
    sizes = {k: v for k, v in model["size"].items() if k.startswith(("decoder", "projector"))}
    table = fingerprint({"table": prepared.token_table.tobytes().hex()})
    return {
        "format": FORMAT,
        "draws": DRAWS,
        "data": prepared.identity,
        "poems": getattr(prepared.source, "poem_items", None),
        "layout": prepared.layout.to_plain(),
        "vocabulary": fingerprint(prepared.vocabulary.to_plain()),
        "tokens": table,
        "model": {**model, "size": sizes},
        "pretrain": {name: value for name, value in plain(config.pretrain).items() if name != "listening"},
        "precision": str(resolve_precision(config.trainer.precision, config.trainer.accelerator)),
    }


def _language_model_key(config: DictConfig, prepared: Prepared, model: dict[str, Any]) -> dict[str, Any]:
    """The same for a language model that writes from keywords; what decides only how it is used is left out."""
    assert prepared.prompted is not None
    finder = prepared.prompted.finder
    trained = {name: value for name, value in model.items() if name not in ("form", "keywords", "name")}
    words = fingerprint({"words": sorted(finder.words), "most": finder.most})
    return {**_prompt_key(config, prepared, trained), "data": prepared.source.identity(), "words": words}


def _generator_key(config: DictConfig, prepared: Prepared, model: dict[str, Any]) -> dict[str, Any]:
    """The same for img2poem's generator; how it is used, and how rewarded, is left out."""
    trained = ("_target_", "size", "dropout", "of", "length", "generator", "vector_width")
    return {**_prompt_key(config, prepared, {name: model[name] for name in trained}), "data": prepared.identity}


def _prompt_key(config: DictConfig, prepared: Prepared, trained: dict[str, Any]) -> dict[str, Any]:
    """What both of these have in common: of systems with a vocabulary and a layout of their own."""
    return {
        "format": FORMAT,
        "draws": DRAWS,
        "poems": getattr(prepared.source, "poem_items", None),
        "layout": prepared.layout.to_plain(),
        "vocabulary": fingerprint(prepared.vocabulary.to_plain()),
        "model": trained,
        "pretrain": {k: v for k, v in plain(config.pretrain).items() if k not in ("listening", "echo")},
        "precision": str(resolve_precision(config.trainer.precision, config.trainer.accelerator)),
    }


def pretrained_decoder(config: DictConfig, prepared: Prepared) -> Path | None:
    """The artefact of the pre-trained decoder, trained now if it is missing; None without phase 1."""
    if config.pretrain is None or config.pretrain.steps == 0:
        return None

    def make(folder: Path) -> None:
        system, figures = _train(config, prepared)
        save_decoder(system, folder, figures)

    return prepared.artefacts.ensure("decoder", decoder_key(config, prepared), make)


def keep_decoder(config: DictConfig, prepared: Prepared, system: Any, figures: dict[str, float]) -> None:
    """Keeps the decoder of a complete run of phase 1 as the artefact that runs of other systems start from."""
    key = decoder_key(config, prepared)
    prepared.artefacts.ensure("decoder", key, lambda folder: save_decoder(system, folder, figures))


def _train(config: DictConfig, prepared: Prepared) -> tuple[Any, dict[str, float]]:
    """Phase 1 on one process."""
    settings = plain(config.pretrain)
    pl.seed_everything(settings["seed"], verbose=False)
    quiet_lightning()
    system, module = decoder_system(config, prepared)
    trainer = build(
        config.trainer,
        precision=resolve_precision(config.trainer.precision, config.trainer.accelerator),
        devices=1,
        num_nodes=1,
        strategy="auto",
        max_epochs=system.schedule.epochs,
        max_steps=settings["steps"],
        check_val_every_n_epoch=1,
        val_check_interval=None,
        logger=False,
        enable_checkpointing=False,
        callbacks=[
            BatchSeeds(settings["seed"]),
            *([build(config.callbacks.progress)] if "progress" in config.callbacks else []),
        ],
        plugins=[LightningEnvironment()],  # one process also where SLURM runs several
        use_distributed_sampler=False,
        reload_dataloaders_every_n_epochs=1,
    )
    pl.seed_everything(settings["seed"], workers=True, verbose=False)
    trainer.fit(system, datamodule=module)
    trainer.validate(system, datamodule=module, verbose=False)
    return system, {name: float(value) for name, value in trainer.callback_metrics.items()}


def decoder_system(config: DictConfig, prepared: Prepared) -> tuple[Any, Any]:
    """The system of phase 1 and its data."""
    prepared = in_slots(prepared)
    settings = plain(config.pretrain)
    module = phase_one_module(config, prepared)
    per_epoch = module.steps(1)[0]
    epochs = -(-settings["steps"] // per_epoch)
    optimizer = optimizer_from(settings["optimizer"], [per_epoch] * epochs, settings["steps"])
    described = describe(
        config, prepared, model=decoder_model(config, prepared), optimizer=optimizer, curriculum=poem_curriculum(epochs)
    )
    return build_system(described, table_tensor(prepared)), module


def phase_one_module(config: DictConfig, prepared: Prepared, *, echo: bool = True) -> TextDataModule:
    """What phase 1 learns from: poems, perhaps with their echo, or posts with comments."""
    batch_size, seed = int(config.pretrain.batch_size), int(config.pretrain.seed)
    if prepared.tokens is not None:
        schedule = poem_schedule(1)
        return lesson_module(prepared, config, schedule, lesson=COMMENTS, seed=seed, batch_size=batch_size)
    echo = echo and config.pretrain.echo.share > 0 and prepared.prompted is None
    return poem_module(prepared, batch_size=batch_size, seed=seed, epochs=1, echo=echo)


@torch.inference_mode()
def held_out_perplexity(system: System, module: TextDataModule) -> float:
    """``val/perplexity`` of a system as it is, such as before training."""
    items, size, positive = module.sets["val"], module.eval_batch_size, system.schedule.evaluation_positive_from
    nats, tokens, training = 0.0, 0, system.training
    system.eval()
    for first in track(range(0, len(items), size), "perplexity before training"):
        batch = items.__getitems__(range(first, min(first + size, len(items))))
        mean, count = system.loss(batch, positive_from=positive).parts["token_loss"]
        nats, tokens = nats + float(mean) * count, tokens + count
    system.train(training)
    return math.exp(nats / max(1, tokens))


def save_decoder(system: Any, folder: Path, figures: dict[str, float]) -> None:
    """Writes the decoder's weights, without the token table, which others make; and its validation figures."""
    write_json(folder / FIGURES, {name: value for name, value in figures.items() if name.startswith("val/")})
    weights = {k: v.cpu() for k, v in system.decoder.state_dict().items() if k != "token_table"}
    torch.save(weights, folder / WEIGHTS)


def load_decoder(decoder: torch.nn.Module, artefact: Path) -> None:
    """Puts pre-trained weights into a decoder; its token table stays, and so do heads of its own."""
    weights: dict[str, Tensor] = torch.load(artefact / WEIGHTS, map_location="cpu", weights_only=True)
    table = {name: own for name, own in decoder.state_dict().items() if name == "token_table"}
    put_weights(decoder, {**weights, **table}, file=artefact / WEIGHTS)


def listen(config: DictConfig, system: Any, module: TextDataModule) -> dict[str, float]:
    """Phase 1 of the encoder side, where the data bring what it needs; its last distance as a figure."""
    if config.pretrain is None or config.pretrain.listening.steps == 0:
        return {}
    items = module.sets["train"]
    if not isinstance(system, MMTGSystem) or not system.echoes or not items.heard.size:
        return {}
    assert isinstance(items, ExperienceDataset)
    distance = learn_to_listen(
        system.model,
        items,
        positive_from=system.schedule.evaluation_positive_from,
        kl_weight=system.kl_weight if system.schedule.train_kl else 0.0,
        seed=config.seed,
        **plain(config.pretrain.listening),
    )
    return {"listening/echo_loss": distance}
