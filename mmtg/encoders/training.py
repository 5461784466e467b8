"""Trains the picture world's own dual encoder, about a minute on two cores.

Letters of shapes: B batch, N texts, L positions, V characters, W the width of a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mmtg.encoders.base import one_thread
from mmtg.encoders.lessons import Lessons, Pair
from mmtg.encoders.towers import PADDING
from mmtg.encoders.world_encoder import WorldEncoder, scaled
from mmtg.errors import InputError
from mmtg.world import CONCEPTS, World

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and how much there is."""


@dataclass(frozen=True, kw_only=True)
class Training:
    """How the encoder is trained, beside how long.

    Attributes:
        learning_rate: the highest.
        weight_decay: of AdamW.
        warmup_share: share of the steps in which the learning rate rises.
        pair_weight: weight of the loss of texts that belong together, beside that of pictures and texts.
        spelling_weight: weight of the loss of telling a text's characters from its vector: it keeps what no
            picture shows, such as whether a text dwells on a thing or names it in passing.
    """

    learning_rate: float
    weight_decay: float
    warmup_share: float
    pair_weight: float
    spelling_weight: float


def train_world_encoder(
    world: World,
    *,
    width: int,
    channels: Sequence[int],
    character_width: int,
    steps: int,
    batch_concepts: int,
    pictures_per_concept: int,
    poems: int,
    batch_size: int,
    seed: int,
    training: Training,
    concepts: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> WorldEncoder:
    """Draw pictures, read poems, and train an encoder on them.

    Every batch holds each concept once at most, so what does not belong together never looks as if it did. The
    same seed gives the same weights, whatever the number of cores; torch's own chance is left as it was.

    Args:
        world: draws pictures and writes texts.
        width: W, the width of the vectors.
        channels: output channels of each convolution of the picture tower.
        character_width: numbers in the vector of a character.
        steps: batches to train on.
        batch_concepts: concepts in a batch, one picture each.
        pictures_per_concept: pictures drawn of each concept.
        poems: poems read for lines and for pairs of texts.
        batch_size: of the encoder that is returned.
        seed: of weights, pictures and batches, >= 0.
        training: weights of the losses and of the optimizer.
        concepts: names of the concepts to learn; None: all.
        progress: told of pictures drawn and of steps done.

    Returns:
        The encoder.

    Raises:
        InputError: if a number is out of its range.
    """
    _check(steps=(steps, 1), pictures_per_concept=(pictures_per_concept, 1), batch_concepts=(batch_concepts, 2))
    _check(poems=(poems, 0), seed=(seed, 0))
    tell: Progress = progress or (lambda *_: None)
    lessons = Lessons(
        world,
        concepts or list(CONCEPTS),
        pictures_per_concept=pictures_per_concept,
        poems=poems,
        seed=seed,
        progress=lambda done, total: tell("pictures", done, total),
    )
    with torch.random.fork_rng(devices=[]), one_thread():
        torch.manual_seed(seed)
        encoder = WorldEncoder(
            characters=world.characters(),
            width=width,
            channels=channels,
            character_width=character_width,
            picture_size=world.picture_size,
            batch_size=batch_size,
        )
        speller = nn.Linear(width, encoder.model.texts.embed.num_embeddings)
        _train(encoder, speller, lessons, steps, batch_concepts, training, tell)
    return encoder


def _check(**given: tuple[int, int]) -> None:
    for name, (number, least) in given.items():
        if number < least:
            raise InputError(f"must be at least {least}, not {number}", field=f"encoder.{name}")


def _train(
    encoder: WorldEncoder,
    speller: nn.Linear,
    lessons: Lessons,
    steps: int,
    batch: int,
    training: Training,
    tell: Progress,
) -> None:
    model = encoder.model.train()
    weights = [*model.parameters(), *speller.parameters()]
    optimizer = torch.optim.AdamW(weights, lr=training.learning_rate, weight_decay=training.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=training.learning_rate, total_steps=steps + 1, pct_start=training.warmup_share
    )
    for step in range(1, steps + 1):
        optimizer.zero_grad()
        batch_loss(encoder, speller, lessons, batch, training).backward()
        optimizer.step()
        schedule.step()
        tell("steps", step, steps)
    model.eval()


def batch_loss(encoder: WorldEncoder, speller: nn.Linear, lessons: Lessons, batch: int, training: Training) -> Tensor:
    """Draw a batch and give its loss.

    Pictures are held against phrases, nouns and lines; step texts and topics against lines of their poems; and
    each text's vector must tell its characters.

    Args:
        encoder: the encoder in training.
        speller: from vectors to scores of characters; of no use after training.
        lessons: draw the batch.
        batch: B, concepts in the batch, and pairs of texts.
        training: weights of the losses.

    Returns:
        A number.
    """
    model, chosen = encoder.model, lessons.choose(batch)
    pictures = model.pictures(scaled(lessons.pictures(chosen)))
    groups = [lessons.captions(chosen), lessons.pieces(chosen), lessons.lines(chosen)]
    pairs = lessons.pairs(batch)
    groups += [[pair.one for pair in pairs], [pair.other for pair in pairs]]
    ids = encoder.character_ids([text for group in groups for text in group])
    vectors = model.texts(ids)
    *told, one, other = vectors.split([len(group) for group in groups])
    loss = torch.stack([info_nce(pictures, texts, model.scale()) for texts in told]).mean()
    loss = loss + training.spelling_weight * spelling_loss(model.scale().detach() * speller(vectors), ids)
    if not pairs:
        return loss
    return loss + training.pair_weight * info_nce(one, other, model.scale(), alike(pairs))


def spelling_loss(scores: Tensor, ids: Tensor) -> Tensor:
    """Mean surprise at the characters of texts, whatever their order.

    Args:
        scores: [N, V] of each character in each text.
        ids: [N, L] characters of the texts, padded with PADDING.

    Returns:
        A number.
    """
    there = ids != PADDING
    surprise = -scores.log_softmax(dim=1).gather(1, ids)  # [N, L]
    return (surprise * there).sum() / there.sum()


def info_nce(one: Tensor, other: Tensor, scale: Tensor, excused: Tensor | None = None) -> Tensor:
    """Symmetric InfoNCE (CLIP, figure 3).

    Args:
        one: [B, W] unit vectors.
        other: [B, W] unit vectors; row i belongs to row i of ``one``.
        scale: one over the temperature.
        excused: [B, B] bool, pairs that are no opposites although they are not on the diagonal.

    Returns:
        A number.
    """
    scores = scale * one @ other.T
    if excused is not None:
        scores = scores.masked_fill(excused, -torch.inf)
    right = torch.arange(len(one))
    return (cross_entropy(scores, right) + cross_entropy(scores.T, right)) / 2


def alike(pairs: Sequence[Pair]) -> Tensor:
    """Find the pairs of texts that are no opposites: about the same concept, or with a text in common.

    Args:
        pairs: [B] pairs.

    Returns:
        [B, B] bool, False on the diagonal.
    """
    rows = [
        [i != j and bool(a.about & b.about or a.one == b.one or a.other == b.other) for j, b in enumerate(pairs)]
        for i, a in enumerate(pairs)
    ]
    return torch.tensor(rows)
