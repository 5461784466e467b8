"""Keywords of pictures, and a language model that writes to them (Image2Poem reference).

A picture's vector is held against the vectors of a closed set of keywords; the nearest ones stand in a prompt, behind
which GPT-2 or T5 writes. With ``mapping=clipcap``, which Image2Poem's author planned, a mapping network turns the
picture's vector into embeddings that take the keywords' place.

Letters of shapes: B texts, T steps, S segments, C characters of a segment's keywords, P prefix positions, K keywords of
the closed set, W vector width, D decoder width.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from mmtg.data.batch import Batch
from mmtg.data.keyword_poems import KeywordBatch, keyword_tensor
from mmtg.data.prompt_layout import PromptLayout, prompt_layout
from mmtg.data.prompt_vocabulary import PromptVocabulary
from mmtg.data.prompts import Ids, Prompts
from mmtg.decoding.form_check import obeys
from mmtg.decoding.form_mask import FormMask
from mmtg.decoding.forms import form_from
from mmtg.decoding.lines import LineWriter, write_lines
from mmtg.encoders.base import unit
from mmtg.errors import InputError
from mmtg.keywords import Heard, KeywordIndex
from mmtg.models.loss import Loss
from mmtg.models.mapping import MappingNetwork
from mmtg.models.prompt_gpt2 import PromptGPT2
from mmtg.models.prompt_objective import Objective, TextLosses
from mmtg.models.prompt_sizes import build_lm
from mmtg.models.prompt_t5 import PromptT5
from mmtg.models.system import Parts, System

GIVEN_ANEW = ("form", "keywords")
"""Sections that may be changed after training."""


class KeywordCLIP(nn.Module):
    """The language model, and the mapping network if there is one.

    Args:
        lm: writes.
        mapping: makes prefixes of picture vectors; None for keywords.
    """

    def __init__(self, lm: PromptGPT2 | PromptT5, mapping: MappingNetwork | None) -> None:
        super().__init__()
        self.lm, self.mapping = lm, mapping

    def prefix(self, pictures: Tensor | None) -> Tensor | None:
        """The prefix [B, S, P, D] of picture vectors [B, S, W]; None without a mapping network."""
        if self.mapping is None or pictures is None:
            return None
        prefix: Tensor = self.mapping(pictures.flatten(0, 1)).unflatten(0, pictures.shape[:2])
        return prefix

    def forward(self, keywords: Tensor, lines: Sequence[Sequence[Ids]], pictures: Tensor | None = None) -> TextLosses:
        """Losses of texts to their keywords, or to their pictures.

        Args:
            keywords: int64 [B, S, C].
            lines: [B] texts, each a list of lines of ids.
            pictures: [B, S, W] for the mapping network; None without one.

        Returns:
            The losses.
        """
        return self.lm.losses(keywords, lines, self.prefix(pictures))

    def writer(self, keywords: Tensor, pictures: Tensor | None = None) -> LineWriter:
        """Ready to write to keywords [B, S, C], or to pictures [B, S, W]."""
        return self.lm.writer(keywords, self.prefix(pictures))


class KeywordCLIPSystem(System):
    """Keywords to texts, in training: phase 1 on poems with their own keywords, phase 2 on experiences.

    In phase 2 and in writing the keywords are those that each picture retrieves. Negatives teach nothing: they do not
    count (``curriculum=positives_5`` shows none).

    Args:
        parts: layout, tokens, schedule, optimizer, decoding; vectors of the keywords for experiences.
        plain: plain data to build the system from again.
        name: of the system in reports.
        size: dimensions, as ``conf/model/size``.
        dropout: of the language model.
        pretrained: folder or hub id of a GPT-2 to start from.
        lm: the section ``model.lm``.
        objective: the section ``model.objective``.
        freeze_lm: whether phase 2 trains the mapping network alone.
        segments: S.
        form: the section ``form``.
        keywords: ``top_k``, how many keywords a picture retrieves, and ``use_texts``.
        words: the closed set of K keywords; empty in phase 1, where poems bring theirs.
        mapping: arguments of the mapping network; None for keywords.
        vector_width: W.

    Raises:
        InputError: the settings contradict each other.
    """

    keyword_vectors: Tensor

    def __init__(
        self,
        parts: Parts,
        plain: dict[str, Any],
        *,
        name: str,
        size: dict[str, Any],
        dropout: float,
        pretrained: str | None,
        lm: dict[str, Any],
        objective: dict[str, Any],
        freeze_lm: bool,
        segments: int,
        form: dict[str, Any],
        keywords: dict[str, Any],
        words: list[str],
        mapping: dict[str, Any] | None,
        vector_width: int,
    ) -> None:
        super().__init__(parts, plain)
        self.name, self.words, self.retrieval = name, words, keywords
        layout = self.prompt_layout
        aim = Objective(**objective)
        prompts = Prompts(
            vocabulary=self.vocabulary,
            segments=segments,
            lines=layout.lines,
            prefix=mapping["positions"] if mapping else 0,
            doubled_end=aim.doubled_end,
        )
        model = build_lm(prompts, size, lm, aim, dropout=dropout, pretrained=pretrained)
        if freeze_lm and not mapping:
            raise InputError("is true, but without mapping=clipcap nothing else learns", field="model.freeze_lm")
        model.requires_grad_(not freeze_lm)
        network = MappingNetwork(width=vector_width, decoder_width=model.width, **mapping) if mapping else None
        self.model, self.prompts = KeywordCLIP(model, network), prompts
        self.form = form_from(form, lines=layout.lines)
        if words:
            vectors = torch.zeros(len(words), vector_width)  # a checkpoint brings its own
            self.register_buffer("keyword_vectors", vectors if parts.keyword_vectors is None else parts.keyword_vectors)

    def equip(self, index: KeywordIndex) -> None:
        """Gives a system that was trained on poems alone a closed set of keywords for pictures."""
        self.words = list(index.words)
        self.register_buffer("keyword_vectors", index.vectors)

    @property
    def decoder(self) -> nn.Module:  # type: ignore[override]
        """The language model, which phase 1 trains."""
        return self.model.lm

    @property
    def prompt_layout(self) -> PromptLayout:
        """The layout of its texts."""
        return prompt_layout(self.layout)

    @property
    def vocabulary(self) -> PromptVocabulary:
        """The character tokenizer."""
        assert isinstance(self.layout.vocabulary, PromptVocabulary)
        return self.layout.vocabulary

    def loss(self, batch: Batch | KeywordBatch, *, positive_from: int) -> Loss:
        """The objective of the positives; ``lm_loss`` and ``token_loss`` are the same computation for every objective.

        ``token_loss`` counts the lines' characters alone: its exponential is the perplexity per character, comparable
        between GPT-2 and T5.
        """
        lines = [self.prompt_layout.lines_of(row) for row in batch.targets.tolist()]
        losses: TextLosses = self.model(self.keywords(batch), lines, self.pictures(batch))
        counted = torch.ones_like(batch.index, dtype=torch.bool)
        if isinstance(batch, Batch):
            counted = batch.rating >= positive_from
        texts, characters = int(counted.sum()), int((losses.count * counted).sum())
        token_loss = (losses.characters * counted).sum() / max(1, characters)
        parts = {
            "lm_loss": ((losses.written * counted).sum() / max(1, texts), texts),
            "token_loss": (token_loss, characters),
        }
        return Loss((losses.trained * counted).sum() / max(1, texts), parts)

    def retrieved(self, batch: Batch) -> Tensor:
        """Numbers of the keywords of each segment, nearest first: int64 [B, S, k], -1 where it has no picture."""
        pictures = Heard(batch.image_vectors, batch.image_present)
        texts = Heard(batch.text_vectors, batch.text_present) if self.retrieval["use_texts"] else None
        if self.prompts.segments > 1:
            return self.index.of_steps(pictures, self.retrieval["top_k"], texts)
        return self.index.pooled(pictures, self.retrieval["top_k"], texts)[:, None]

    @property
    def index(self) -> KeywordIndex:
        """The closed set.

        Raises:
            InputError: the system was trained on poems alone and has none.
        """
        if not self.words:
            raise InputError("was trained on poems alone and has no keywords for pictures", field="checkpoint")
        return KeywordIndex(self.words, self.keyword_vectors)

    def keywords(self, batch: Batch | KeywordBatch) -> Tensor:
        """Characters of each segment's keywords, int64 [B, S, C]: the poems' own, or the retrieved ones."""
        if isinstance(batch, KeywordBatch):
            return batch.keywords
        return keyword_tensor(self._words(batch), self.vocabulary).to(batch.index.device)

    def _words(self, batch: Batch) -> list[list[list[str]]]:
        """The keywords [B][S] that the pictures of each segment retrieve."""
        index = self.index
        return [index.named(own) for own in self.retrieved(batch)]

    def pictures(self, batch: Batch | KeywordBatch) -> Tensor | None:
        """What the mapping network hears: [B, S, W], zeros where a picture is missing; None without one."""
        if self.model.mapping is None or isinstance(batch, KeywordBatch):
            return None
        present = unit(batch.image_vectors) * batch.image_present[..., None]  # [B, T, W]
        return present if self.prompts.segments > 1 else unit(present.sum(dim=1, keepdim=True))

    def writer(self, batch: Batch | KeywordBatch) -> LineWriter:  # type: ignore[override]
        """Ready to write texts to the batch's keywords or pictures."""
        return self.model.writer(self.keywords(batch), self.pictures(batch))

    def texts(
        self, batch: Batch | KeywordBatch, names: list[str], *, numbers: list[int] | None = None
    ) -> list[list[list[str]]]:
        """For each item of the batch its samples, each a list of lines, held to the form.

        Args:
            batch: B items.
            names: their ids.
            numbers: which samples to draw; all that ``conf/decoding`` asks for if not given.

        Returns:
            [B] lists of texts; of ``decoding.candidates`` times as many the best are kept.

        Raises:
            InputError: candidates are to be ranked, and there are no keywords or no encoder.
        """
        wanted = list(range(self.decoding.samples)) if numbers is None else numbers
        times = self.decoding.candidates
        drawn = write_lines(
            self.writer(batch),
            self.mask(batch.index.device),
            self.vocabulary,
            self.decoding,
            names=names,
            numbers=[number * times + i for number in wanted for i in range(times)],
            device=batch.index.device,
        )
        if times == 1:
            return drawn
        if self.ranking is None or isinstance(batch, KeywordBatch):
            raise InputError(
                f"is {times}, but poems without pictures have nothing to be ranked by", field="decoding.candidates"
            )
        best = []
        for texts, chosen in zip(drawn, self.retrieved(batch), strict=True):
            order = self.ranking.order(texts, chosen.flatten(), drop_unequal=self.decoding.drop_unequal)
            best.append([texts[i] for i in order[: len(wanted)]])
        return best

    def mask(self, device: torch.device) -> FormMask:
        """What the form allows, made when first asked for."""
        if getattr(self, "_mask", None) is None:
            vocabulary = self.vocabulary
            self._mask = FormMask(
                self.form, vocabulary.texts(), line_end=vocabulary.bar, text_end=vocabulary.sep, device=device
            )
        return self._mask

    def own_figures(self) -> dict[str, float]:
        """``form_kept``: the share of texts that obey the form, checked without what wrote them."""
        texts = [lines for sample in self.samples for lines in sample["hypotheses"]]
        return {"form_kept": sum(not obeys(lines, self.form) for lines in texts) / max(1, len(texts))}

    def notes(self, batch: Batch | KeywordBatch) -> list[dict[str, Any]]:
        """The keywords of each segment; those of poems as they stand in the prompt, without borders."""
        if isinstance(batch, Batch):
            return [{"keywords": own} for own in self._words(batch)]
        decode = self.vocabulary.decode
        return [{"keywords": [[decode(own)] for own in text]} for text in batch.keywords.tolist()]
