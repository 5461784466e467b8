"""What CroMIC-CMT and its peers learn from: posts of a lesson, or experiences with their pictures and words."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from omegaconf import DictConfig

from mmtg.artefacts import Artefacts
from mmtg.config.plain import plain
from mmtg.curriculum import Schedule
from mmtg.data.layout import Layout
from mmtg.data.module import ExperienceDataset
from mmtg.data.pictured import PicturedDataset, SplitPictures, split_pictures
from mmtg.data.post_vocabulary import post_vocabulary, read_post_vocabulary
from mmtg.data.posts.dataset import PostDataset
from mmtg.data.posts.module import PostDataModule
from mmtg.data.posts.pixels import pixels_of
from mmtg.data.posts.post import CLASSES, COMMENTS, LESSONS, PostTokens
from mmtg.data.sources import Source
from mmtg.data.splits import Split
from mmtg.encoders.reading import Reading
from mmtg.errors import InputError
from mmtg.models.cromic_networks import reading_from

CROMIC_SYSTEM = "mmtg.models.cromic_system.CromicSystem"
"""The ``_target_`` of ``conf/model/cromic.yaml``."""

EXPERIENCES = "experiences"
"""What ``model.learns`` says of the common task; the others are LESSONS."""

PIXELS, VECTORS = "pixels", "vectors"
"""What ``model.sees`` may say of pictures."""

MODALITIES = ("both", "pictures", "texts")
"""What ``model.modality`` may say: published t+v, v and t."""


def learns_posts(config: DictConfig) -> bool:
    """Whether the configured system learns from posts, not from experiences.

    Args:
        config: the whole configuration.

    Returns:
        Whether it does.

    Raises:
        InputError: a setting of ``model`` is unknown.
    """
    if str(config.model._target_) != CROMIC_SYSTEM:
        return False
    known = {"learns": (EXPERIENCES, *LESSONS), "sees": (PIXELS, VECTORS), "modality": MODALITIES}
    for name, choices in known.items():
        if config.model[name] not in choices:
            raise InputError(f"'{config.model[name]}' is unknown; choose {', '.join(choices)}", field=f"model.{name}")
    return bool(config.model.learns in LESSONS)


def post_tokens(config: DictConfig, source: Source, splits: Mapping[str, Split], artefacts: Artefacts) -> PostTokens:
    """How texts become tokens: by the vocabulary that the data name, or by the characters of all that they have.

    Args:
        config: the whole configuration.
        source: the data.
        splits: of them, where they bring experiences.
        artefacts: of the run.

    Returns:
        The tokens; the same for posts and experiences of one source.
    """
    if source.vocabulary == "auto":
        characters = source.post_characters() if source.brings_posts else source.characters(splits, artefacts)
        vocabulary = post_vocabulary(characters, keep_spaces=source.keep_spaces)
    else:
        vocabulary = read_post_vocabulary(Path(source.vocabulary), keep_spaces=source.keep_spaces)
    return PostTokens(vocabulary, text=int(config.model.text_tokens), reply=int(config.model.reply_tokens))


def reading_of(config: DictConfig) -> Reading | None:
    """How pictures become pixels; None for a system that sees none, or their vectors."""
    if config.model.modality == MODALITIES[2] or config.model.sees == VECTORS:
        return None
    return reading_from(plain(config.model.look.picture))


def post_module(
    config: DictConfig,
    source: Source,
    tokens: PostTokens,
    artefacts: Artefacts,
    *,
    lesson: str,
    schedule: Schedule,
    batch_size: int,
    seed: int,
) -> PostDataModule:
    """Loaders of the posts of a lesson.

    Args:
        config: the whole configuration.
        source: has the posts.
        tokens: of their texts.
        artefacts: where pixels are kept.
        lesson: one of LESSONS.
        schedule: gives the number of epochs.
        batch_size: posts in a batch over all processes.
        seed: of the order.

    Returns:
        The loaders.

    Raises:
        InputError: the data have no such posts.
    """
    if config.model.sees == VECTORS:
        raise InputError("must be pixels: posts bring no vectors", field="model.sees")
    reading, texts = reading_of(config), config.model.modality != MODALITIES[1]
    sets = {}
    for name, posts in source.posts(lesson, tokens).items():
        pixels = None
        if reading is not None and source.draws_pictures:
            openers = (posts[i].picture for i in range(len(posts)))
            key = {"source": source.identity(), "lesson": lesson, "split": name}
            pixels = pixels_of(openers, len(posts), reading, artefacts, key=key, title=f"pictures of {lesson}: {name}")
        answers = source.answers() if lesson == CLASSES else []
        shown = config.model.replies_per_post if name == "train" else None
        options: dict[str, Any] = {"answers": answers, "pixels": pixels, "texts": texts, "replies": shown}
        sets[name] = PostDataset(posts, tokens.vocabulary, reading, **options)
    return PostDataModule(
        sets,
        schedule=schedule,
        batch_size=batch_size,
        eval_batch_size=source.eval_batch_size,
        workers=source.workers,
        nouns=source.nouns,
        unit=source.unit,
        seed=seed,
    )


def pictured_sets(
    config: DictConfig,
    source: Source,
    splits: Mapping[str, Split],
    layout: Layout,
    tokens: PostTokens,
    artefacts: Artefacts,
    *,
    shown: Mapping[str, np.ndarray],
) -> dict[str, ExperienceDataset]:
    """Experiences with pictures and words, by split.

    Args:
        config: the whole configuration.
        source: has the experiences.
        splits: of them.
        layout: places the tokens of their lines.
        tokens: of topics and texts.
        artefacts: where pixels are kept.
        shown: by split, bool [N], the experiences whose pictures are needed.

    Returns:
        The sets.
    """
    reading = reading_of(config)
    found: dict[str, ExperienceDataset] = {}
    for name, split in splits.items():
        pictures: SplitPictures | None = None
        if reading is not None:
            pictures = split_pictures(
                source.experiences(name),
                split,
                shown[name],
                reading,
                artefacts,
                title=f"pictures of {name}",
                workers=source.workers,
            )
        found[name] = PicturedDataset(split, layout, tokens, pictures)
    return found


def shown_by(schedule: Schedule, ratings: np.ndarray) -> np.ndarray:
    """Which experiences a schedule ever shows: bool [N] of ratings [N]."""
    if schedule.competence is not None:
        return np.ones(len(ratings), dtype=bool)
    return np.isin(ratings, sorted({rating for stage in schedule.stages for rating in stage.ratings}))


def cromic_settings(config: DictConfig, source: Source, *, vector_width: int) -> dict[str, Any]:
    """What the section ``model`` needs besides: texts of the answer classes, width of vectors."""
    classes = config.model.learns == CLASSES
    return {"answers": source.answers() if classes else [], "vector_width": vector_width}


def pretraining_model(model: Mapping[str, Any]) -> dict[str, Any]:
    """The section ``model`` of phase 1: the same network, writing comments on posts."""
    return {**model, "learns": COMMENTS, "answers": []}


def trained_part(model: Mapping[str, Any]) -> dict[str, Any]:
    """What of that section decides the weights after phase 1."""
    used = ("name", "validation_texts", "bound_lines", "weights", "answers", "writes_unknown")
    return {name: value for name, value in model.items() if name not in used}
