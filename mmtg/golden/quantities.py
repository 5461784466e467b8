"""Every golden number of MMTG and its variants, recomputed by our code."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mmtg.data.batch import Batch
from mmtg.data.layout import SlotsLayout
from mmtg.decoding.settings import DecodingSettings
from mmtg.decoding.slots import SlotDecoding
from mmtg.golden.compare import Bounds, Comparison, exact
from mmtg.golden.recipe import Golden
from mmtg.losses import contrastive_likelihood, sequence_mean
from mmtg.models.images2poem import Images2Poem
from mmtg.models.mmtg import MMTG, Experiences
from mmtg.models.published import from_published, images2poem_from_published

POSITIVE_FROM = {1: 5, 2: 4, 3: 4}
"""Least positive rating of each stage; the golden batch is not filtered by ratings."""
KL_WEIGHT = 0.2
BETA_COLUMNS, INPUT_COLUMNS = 32, 32
"""Of these arrays every so-manieth column is golden."""
BATCH = {
    "batch_topic_ids": "topic_ids",
    "batch_tpw_attention_mask": "topic_mask",
    "batch_tpw_type_ids": "topic_types",
    "batch_targets": "targets",
    "batch_attention_mask": "target_mask",
    "batch_type_ids": "target_types",
    "batch_rating": "rating",
    "gpt_token_type_ids": "target_types",
    "gpt_attention_mask": "target_mask",
}


def mmtg_quantities(golden: Golden, model: MMTG, layout: SlotsLayout, bounds: Bounds) -> Iterator[Comparison]:
    """All quantities of one set that holds numbers of MMTG or of one of its ablations."""
    batch = golden.batch(layout)
    for name, field in BATCH.items():
        if name in golden.arrays:
            yield exact(name, getattr(batch, field), golden.arrays[name])
    with torch.no_grad():
        ours = {**_encoder_side(model, batch), **_decoder_side(model, batch, golden)}
    for name in sorted(ours.keys() & golden.arrays.keys()):
        yield bounds.array(name, ours[name], golden.arrays[name])
    yield from _losses(golden, model, batch, bounds)
    yield from _gradients(golden, model, batch, bounds)
    if "inference_logits" in golden.arrays:
        yield _inference(golden, model, layout, batch, bounds)


def _encoder_side(model: MMTG, batch: Batch) -> dict[str, Tensor]:
    """What enters the decoder, step by step; states are time first, attention batch first, as in the files."""
    experiences = model.encode(batch)
    found = {
        "encoder_topic": model.topic_norm(model.topic_encoder(batch.topic_vector))[None],
        "beta_output": experiences.vectors[..., ::BETA_COLUMNS],
        "kl": experiences.kl,
    }
    for modality in ("image", "text"):
        if getattr(model.choices, f"use_{modality}"):
            encoder, norm, attention = (
                getattr(model, f"{modality}_{part}") for part in ("encoder", "norm", "attention")
            )
            states = norm(encoder(getattr(batch, f"{modality}_vectors")))
            context, _, kl = attention(states, getattr(batch, f"{modality}_present"))
            found |= {f"encoder_{modality}": states.transpose(0, 1), f"alpha_{modality}": context, f"kl_{modality}": kl}
    return found


def _decoder_side(model: MMTG, batch: Batch, golden: Golden) -> dict[str, Tensor]:
    """What GPT-2 is given and what it says, and its language-model loss over prompt and lines."""
    experiences = model.encode(batch)
    prompt, context = model.prompt(batch, experiences), model.context(experiences)
    assert context is not None
    vectors = torch.cat([prompt.vectors, context.join(model.decoder.tokens(batch.targets), batch.places)], dim=1)
    logits = model.decoder.logits(model.decoder.read(batch, prompt, context))  # [B, P + L, V]
    ids = torch.cat([batch.topic_ids[:, : len(prompt.positions)], batch.targets], dim=1)
    found = {
        "inputs_embeds": model.decoder.embed(vectors)[..., ::INPUT_COLUMNS],
        "lm_loss": functional.cross_entropy(logits[:, :-1].transpose(1, 2), ids[:, 1:]),
    }
    return (
        {**found, "logits": logits[..., golden.arrays["logit_columns"]]} if "logit_columns" in golden.arrays else found
    )


def _cross_entropy(model: MMTG, batch: Batch) -> tuple[Tensor, Experiences]:
    output = model(batch)
    return sequence_mean(output.scores.losses, batch.labels[:, :-1]), output.experiences


def _losses(golden: Golden, model: MMTG, batch: Batch, bounds: Bounds) -> Iterator[Comparison]:
    """The curriculum's losses, unfiltered, filtered as the trainers do, and each experience alone."""
    with torch.no_grad():
        cross_entropy, experiences = _cross_entropy(model, batch)
    by_border = {border: contrastive_likelihood(cross_entropy, batch.rating >= border) for border in (4, 5)}
    stages = {f"loss_stage{stage}": by_border[border].mean() for stage, border in POSITIVE_FROM.items()}
    ours: dict[str, Any] = {
        **stages,
        "loss_per_experience": torch.stack([by_border[border] for border in POSITIVE_FROM.values()]),
        "loss_all_wocl": stages["loss_stage3"],
        "total_wocl": stages["loss_stage3"] + KL_WEIGHT * experiences.kl,
    }
    has_kl = "kl" in golden.arrays
    ours["total_loss"] = stages["loss_stage3"] + (KL_WEIGHT * experiences.kl if has_kl else 0.0)
    for threshold in (3, 4):
        border = threshold + 1
        kept = torch.nonzero(batch.rating >= border).flatten()
        ours |= {
            f"loss_per_experience_threshold{threshold}": by_border[border],
            f"loss_all_threshold{threshold}": by_border[border].mean(),
            **_kept(golden, model, batch.select(kept), threshold),
        }
    theirs = {**golden.arrays, **{k: v for k, v in golden.described.items() if k == "total_loss"}}
    for name in sorted(ours.keys() & theirs.keys()):
        yield bounds.losses(name, ours[name], theirs[name])
    for threshold in (3, 4):
        for name, numbers in {
            f"y_threshold{threshold}": (batch.rating > threshold).long(),
            f"kept_threshold{threshold}": torch.nonzero(batch.rating > threshold).flatten(),
        }.items():
            if name in golden.arrays:
                yield exact(name, numbers, golden.arrays[name])


def _kept(golden: Golden, model: MMTG, batch: Batch, threshold: int) -> dict[str, Tensor]:
    """Losses of the positives alone, as the trainers without negatives compute them."""
    if f"loss_kept_threshold{threshold}" not in golden.arrays:
        return {}
    with torch.no_grad():
        cross_entropy, experiences = _cross_entropy(model, batch)
        lm_loss = _decoder_side(model, batch, golden)["lm_loss"]
    return {
        f"loss_kept_threshold{threshold}": cross_entropy.mean(),
        f"kl_kept_threshold{threshold}": experiences.kl,
        f"total_logged_threshold{threshold}": cross_entropy.mean() + KL_WEIGHT * experiences.kl,
        f"lm_loss_kept_threshold{threshold}": lm_loss,
    }


def _gradients(golden: Golden, model: MMTG, batch: Batch, bounds: Bounds) -> Iterator[Comparison]:
    """The gradient norm of every weight, for every loss whose gradients are golden; one line for each loss."""
    for name, norms in golden.described.items():
        if not name.startswith("grad_norm_"):
            continue
        kept = re.search(r"kept_threshold(\d)", name)
        weight = re.search(r"alpha([\d.]+)", name)
        border = int(kept[1]) + 1 if kept else POSITIVE_FROM[3]
        part = batch.select(torch.nonzero(batch.rating >= border).flatten()) if kept else batch
        kl_weight = float(weight[1]) if weight else KL_WEIGHT if "wocl" in name else 0.0
        cross_entropy, experiences = _cross_entropy(model, part)
        loss = contrastive_likelihood(cross_entropy, part.rating >= border).mean() + kl_weight * experiences.kl
        yield gradients(name, model, loss, norms, bounds)


def gradients(
    name: str, model: nn.Module, loss: Tensor, norms: Mapping[str, float | None], bounds: Bounds
) -> Comparison:
    """The gradient norms of all weights as one comparison: that of the worst.

    Args:
        name: of the quantity.
        model: its weights are ours, the norms' names the published ones.
        loss: a scalar.
        norms: golden norm of each weight's gradient.
        bounds: how far they may be apart.

    Returns:
        The worst weight's comparison, which names it.
    """
    model.zero_grad()
    loss.backward()
    ours = {n: None if p.grad is None else float(p.grad.norm()) for n, p in model.named_parameters()}
    published = dict.fromkeys(norms, torch.empty(0))
    renamed = images2poem_from_published(published) if isinstance(model, Images2Poem) else from_published(published)
    names = dict(zip(norms, renamed, strict=True))
    found = [bounds.gradient(f"{name} ({norm})", ours[names[norm]], norms[norm]) for norm in norms]
    return max(found, key=lambda one: one.error)


def settings(token_types: str) -> DecodingSettings:
    """The decoding of the golden texts: greedy, temperature 1.1, penalty 1.5 for each occurrence."""
    return DecodingSettings(
        samples=1,
        top_k=1,
        top_p=0.0,
        temperature=1.1,
        repetition_penalty=1.5,
        penalty="published",
        token_types=token_types,
        seed=0,
        batch_size=1,
    )


def _decoding(model: MMTG, layout: SlotsLayout, batch: Batch, token_types: str) -> SlotDecoding:
    uniform = torch.zeros(len(batch), layout.lines, layout.line_tokens)
    return SlotDecoding(model.writer(batch), layout, settings(token_types), uniform)


@torch.inference_mode()
def _inference(golden: Golden, model: MMTG, layout: SlotsLayout, batch: Batch, bounds: Bounds) -> Comparison:
    """Scores of our decoding after true prefixes of the first experience, by its cache."""
    first, rows = batch.select(torch.tensor([0])), []
    for length in golden.arrays["inference_prefix"].tolist():
        decoding = _decoding(model, layout, first, "head" if golden.name == "forward" else "training")
        decoding.ids = first.targets.clone()
        places = torch.nonzero(decoding.ids[0, :length] != layout.vocabulary.pad).flatten()
        if int(places[-1]) == length - 1:
            scores = decoding.scores(torch.zeros_like(places), places)
        else:  # padding follows padding: what would be drawn is never computed
            scores = _behind_padding(model, first, decoding.types, length)
        rows.append(scores[0, golden.arrays["logit_columns"]])
    return bounds.array("inference_logits", torch.stack(rows), golden.arrays["inference_logits"])


def _behind_padding(model: MMTG, first: Batch, types: Tensor, length: int) -> Tensor:
    """Scores [1, V] after a prefix that ends in padding, in one pass over all of it."""
    part = replace(
        first,
        targets=first.targets[:, :length],
        target_types=types[:length] * first.target_mask[:, :length],
        target_mask=first.target_mask[:, :length],
        places=first.places[:, :length],
    )
    experiences = model.encode(part)
    hidden = model.decoder.read(part, model.prompt(part, experiences), model.context(experiences))
    return model.decoder.logits(hidden[:, -1])


@torch.no_grad()
def decoded(
    golden: Golden, model: MMTG, layout: SlotsLayout, texts: Mapping[str, Mapping[str, list[int]]]
) -> Iterator[Comparison]:
    """The greedy texts of ``decode.json``, token for token; the published loop does not return its last tokens."""
    batch = golden.batch(layout)
    for name, by_experience in texts.items():
        rows = torch.tensor([int(i) for i in by_experience])
        ids = _decoding(model, layout, batch.select(rows), "head" if "head" in name else "training").run().tolist()
        wrong = 0
        for row, published in zip(ids, by_experience.values(), strict=True):
            wrong += sum(a != b for a, b in zip(row, published, strict=False))
        yield Comparison(name, float(wrong), 0.0)
