"""Golden numbers of images2poem, recomputed by our code."""

from collections.abc import Iterator

import torch
from torch.nn import functional

from mmtg.data.sequence_layout import SequenceLayout
from mmtg.decoding.free import FreeDecoding
from mmtg.golden.compare import Bounds, Comparison, exact
from mmtg.golden.quantities import gradients, settings
from mmtg.golden.recipe import Golden
from mmtg.models.images2poem import Images2Poem

INPUT_COLUMNS = 16
BEST = 5


def images2poem_quantities(
    golden: Golden, model: Images2Poem, layout: SequenceLayout, bounds: Bounds
) -> Iterator[Comparison]:
    """All quantities of the set; its trainer keeps the best-rated experiences alone."""
    batch, arrays = golden.batch(layout), golden.arrays
    yield exact("batch_targets", batch.targets, arrays["batch_targets"])
    with torch.no_grad():
        states = model.image_encoder(batch.image_vectors)
        contexts, _, _ = model.image_attention(states, batch.image_present)
        inputs = model.inputs(model.summary(batch), batch.targets)
        hidden = model.gpt2.transformer(inputs_embeds=inputs).last_hidden_state
        logits = model.gpt2.lm_head(hidden)
        losses = functional.cross_entropy(logits[:, :-1].transpose(1, 2), batch.labels[:, :-1], reduction="none")
        yield bounds.array("encoder_image", states.transpose(0, 1), arrays["encoder_image"])
        yield bounds.array("alpha_image", contexts, arrays["alpha_image"])
        yield bounds.array("image_mean", model.summary(batch), arrays["image_mean"])
        yield bounds.array("inputs_embeds", inputs[..., ::INPUT_COLUMNS], arrays["inputs_embeds"])
        yield bounds.array("logits", logits[..., arrays["logit_columns"]], arrays["logits"])
    by_experience = losses.mean(dim=1)  # [B]
    yield bounds.losses("lm_loss_all_three", by_experience.mean(), arrays["lm_loss_all_three"])
    for i, loss in enumerate(by_experience):
        yield bounds.losses(f"lm_loss_experience{i}", loss, arrays[f"lm_loss_experience{i}"])
    kept = torch.nonzero(batch.rating == BEST).flatten()
    yield exact("kept_rating5", kept, arrays["kept_rating5"])
    best = batch.select(kept)
    loss = functional.cross_entropy(model(best).logits.transpose(1, 2), best.labels[:, :-1])
    yield bounds.losses("lm_loss_kept_rating5", loss, arrays["lm_loss_kept_rating5"])
    yield gradients("grad_norm_lm_rating5", model, loss, golden.described["grad_norm_lm_rating5"], bounds)
    yield _decoded(golden, model, layout)


@torch.no_grad()
def _decoded(golden: Golden, model: Images2Poem, layout: SequenceLayout) -> Comparison:
    (name,) = (name for name in golden.described if name.startswith("greedy"))
    published = torch.tensor(golden.described[name])  # [B, L]
    writer = model.writer(golden.batch(layout))
    ids = FreeDecoding(writer, layout, settings("training"), torch.zeros(published.shape)).run(to_the_end=True)
    return exact(name, ids, published)
