"""Texts in the ``slots`` layout: batched, with a key/value cache and forced line structure."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache

from mmtg.data.layout import SlotsLayout
from mmtg.decoding.filters import draw, published_penalty, standard_penalty
from mmtg.errors import InputError
from mmtg.models.decoder import Decoder

PENALTIES = {"standard": standard_penalty, "published": published_penalty}


@dataclass(frozen=True, kw_only=True)
class DecodingSettings:
    """How texts are drawn; see ``conf/decoding``.

    Raises:
        InputError: a value out of its range.
    """

    samples: int
    top_k: int
    top_p: float
    temperature: float
    repetition_penalty: float
    penalty: str
    seed: int
    batch_size: int

    def __post_init__(self) -> None:
        if self.penalty not in PENALTIES:
            raise InputError(f"'{self.penalty}' is unknown; choose {' or '.join(PENALTIES)}", field="decoding.penalty")
        for field in ("samples", "batch_size"):
            if getattr(self, field) < 1:
                raise InputError(f"is {getattr(self, field)}; must be at least 1", field=f"decoding.{field}")
        for field in ("temperature", "repetition_penalty"):
            if not getattr(self, field) > 0:
                raise InputError(f"is {getattr(self, field)}; must be above 0", field=f"decoding.{field}")
        if self.top_k < 0 or not 0 <= self.top_p <= 1:
            raise InputError(f"top_k is {self.top_k} (at least 0), top_p is {self.top_p} (0 to 1)", field="decoding")


def noise(layout: SlotsLayout, seed: int, texts: Sequence[tuple[str, int]]) -> Tensor:
    """Uniform numbers that decide every draw, the same whatever stands beside a text in its batch.

    Args:
        layout: gives lines and their tokens.
        seed: of all texts.
        texts: (experience id, number of the sample) of each.

    Returns:
        float64 [N, lines, line tokens].
    """
    shape = (layout.lines, layout.line_tokens)
    generators = (np.random.Philox(key=[seed, (zlib.crc32(name.encode()) << 16) + n]) for name, n in texts)
    return torch.from_numpy(np.stack([np.random.Generator(g).random(shape) for g in generators]))


class SlotDecoding:
    """One batch of texts on its way through the slots.

    Only tokens that can influence others pass through GPT-2: padding inside a line is masked for every later
    position, so a column that is padding in all texts is skipped, and a line ends when all texts have ended theirs.

    Args:
        decoder: writes.
        layout: where tokens stand.
        settings: how they are drawn.
        topic_ids: [N, P].
        topic_types: [N, P].
        topic_mask: [N, P].
        context: [N, L, W] what each position hears, or None.
        uniform: [N, lines, line tokens] from :func:`noise`.
    """

    def __init__(
        self,
        decoder: Decoder,
        layout: SlotsLayout,
        settings: DecodingSettings,
        *,
        topic_ids: Tensor,
        topic_types: Tensor,
        topic_mask: Tensor,
        context: Tensor | None,
        uniform: Tensor,
    ) -> None:
        self.decoder, self.layout, self.settings = decoder, layout, settings
        self.topic_ids, self.topic_types, self.mask = topic_ids, topic_types, topic_mask
        self.context, self.uniform = context, uniform.to(topic_ids.device)
        self.cache = DynamicCache(config=decoder.gpt2.config)
        structure = torch.as_tensor(layout.structure, device=topic_ids.device)
        self.ids = structure.repeat(len(topic_ids), 1)  # [N, L]
        rows = decoder.gpt2.config.vocab_size
        self.counts = torch.zeros(len(topic_ids), rows, device=topic_ids.device)  # [N, V]
        vocabulary = layout.vocabulary
        self.forbidden = torch.zeros(rows, dtype=torch.bool, device=topic_ids.device)
        self.forbidden[[vocabulary.start, vocabulary.eos, vocabulary.unk, vocabulary.sep]] = True
        self.forbidden[len(vocabulary) :] = True

    @torch.inference_mode()
    def run(self) -> Tensor:
        """Draws all lines.

        Returns:
            ids [N, L].
        """
        logits = self._feed_topic()
        pending = [0]  # positions drawn or forced, and not yet passed through GPT-2
        for line in range(self.layout.lines):
            start = line * self.layout.slot
            logits = self._feed(pending) if line else logits
            ended = torch.zeros(len(self.ids), dtype=torch.bool, device=self.ids.device)
            pending = []
            for offset in range(self.layout.line_tokens):
                if pending:
                    logits = self._feed(pending)
                token = self._draw(logits, self.uniform[:, line, offset], ended)
                ended = ended | (token == self.layout.vocabulary.pad)
                if ended.all():
                    pending = []
                    break
                self.ids[:, start + 1 + offset] = token
                pending = [start + 1 + offset]
            pending += [start + self.layout.slot - 1, start + self.layout.slot]
        return self.ids

    def _feed_topic(self) -> Tensor:
        """Passes the topic prompt and the first START; scores [N, V] for the first token."""
        self.decoder(self.topic_ids, self.topic_types, self.mask, cache=self.cache)
        return self._feed([0])

    def _feed(self, positions: list[int]) -> Tensor:
        """Passes some lyric positions; scores [N, V] for the token after the last."""
        ids = self.ids[:, positions]  # [N, n]
        pad = self.layout.vocabulary.pad
        self.mask = torch.cat([self.mask, (ids != pad).to(self.mask.dtype)], dim=1)
        place = torch.tensor([positions], device=ids.device) + self.topic_ids.shape[1]  # [1, n]
        context = None if self.context is None else self.context[:, positions]
        hidden = self.decoder(
            ids, self._types(ids, positions), self.mask, context=context, positions=place, cache=self.cache
        )
        return self.decoder.logits(hidden[:, -1])

    def _types(self, ids: Tensor, positions: list[int]) -> Tensor:
        """Token types as in training: the step's at tokens, 0 at structure and padding."""
        layout = self.layout
        slot = [position % layout.slot for position in positions]
        step = [min(p // (layout.slot * layout.lines_per_step), layout.steps - 1) for p in positions]
        kinds = [layout.step_types[s] if 1 <= o <= layout.line_tokens else 0 for s, o in zip(step, slot, strict=True)]
        return torch.tensor(kinds, device=ids.device) * (ids != layout.vocabulary.pad)

    def _draw(self, logits: Tensor, uniform: Tensor, ended: Tensor) -> Tensor:
        """The next token [N]; padding where the line has ended."""
        settings = self.settings
        scores = PENALTIES[settings.penalty](logits, self.counts, settings.repetition_penalty)
        scores = (scores / settings.temperature).masked_fill(self.forbidden, -torch.inf)
        token = draw(scores, uniform, top_k=settings.top_k, top_p=settings.top_p)
        token = torch.where(ended, self.layout.vocabulary.pad, token)
        said = (token != self.layout.vocabulary.pad).to(self.counts.dtype)  # the end of a line is never penalised
        self.counts.scatter_add_(1, token[:, None], said[:, None])
        return token


def decode_texts(
    decoder: Decoder,
    layout: SlotsLayout,
    settings: DecodingSettings,
    *,
    names: Sequence[str],
    topic_ids: Tensor,
    topic_types: Tensor,
    topic_mask: Tensor,
    context: Tensor | None,
) -> list[list[list[str]]]:
    """Texts for B experiences, ``settings.samples`` of each.

    Args:
        decoder: writes; in evaluation mode.
        layout: where tokens stand.
        settings: how they are drawn.
        names: ids of the experiences; a text depends on its experience's, not on its neighbours.
        topic_ids: [B, P].
        topic_types: [B, P].
        topic_mask: [B, P].
        context: [B, L, W] or None.

    Returns:
        For each experience its samples, each a list of lines.
    """
    texts = [(b, name, n) for b, name in enumerate(names) for n in range(settings.samples)]
    drawn: list[list[list[str]]] = [[] for _ in names]
    for first in range(0, len(texts), settings.batch_size):
        chunk = texts[first : first + settings.batch_size]
        rows = torch.tensor([b for b, _, _ in chunk], device=topic_ids.device)
        decoding = SlotDecoding(
            decoder,
            layout,
            settings,
            topic_ids=topic_ids[rows],
            topic_types=topic_types[rows],
            topic_mask=topic_mask[rows],
            context=None if context is None else context[rows],
            uniform=noise(layout, settings.seed, [(name, n) for _, name, n in chunk]),
        )
        for (b, _, _), ids in zip(chunk, decoding.run().tolist(), strict=True):
            drawn[b].append(layout.decode_lines(ids))
    return drawn
