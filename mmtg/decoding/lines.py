"""Texts line by line, held to a form: batched, with a key/value cache, for GPT-2 and T5 alike.

The form's mask says which characters, or which end of a line, may follow what has been written; the language model's
scores decide among them. Nothing is drawn and then rejected.

Letters of shapes: N texts being written, V vocabulary.
"""

from collections.abc import Sequence
from dataclasses import fields
from typing import Protocol, Self

import torch
from torch import Tensor

from mmtg.data.prompt_vocabulary import PromptVocabulary
from mmtg.data.prompts import Ids
from mmtg.decoding.filters import next_token
from mmtg.decoding.form_mask import FormMask, FormState
from mmtg.decoding.settings import DecodingSettings
from mmtg.decoding.texts import noise


class LineWriter(Protocol):
    """A model about to write N texts; it knows what each is to be about."""

    @property
    def rows(self) -> int:
        """Number of scores, V."""

    def select(self, rows: Tensor) -> Self:
        """A writer of some of the texts, an int64 tensor, that has written nothing yet; rows may repeat."""

    def line_end(self, line: int) -> int:
        """The token by which the model ends a line."""

    def open(self, line: int, before: Sequence[Sequence[Ids]]) -> Tensor:
        """Begins a line; scores [N, V] of its first character.

        Args:
            line: its number in the text.
            before: [N] texts so far, each a list of lines of ids.

        Returns:
            float [N, V].
        """

    def scores(self, ids: Tensor, live: Tensor) -> Tensor:
        """Passes a character [N] of each text whose line has not ended, bool [N]; scores [N, V] of what follows."""


class LineDecoding:
    """One batch of texts on its way from the first line to the last.

    Args:
        writer: scores the tokens.
        mask: of the form.
        ends: ids by which the mask knows the end of a line that another follows, and the end of a text.
        settings: how tokens are drawn.
        uniform: [N, lines, characters + 1] numbers in [0, 1) that decide the draws.
    """

    def __init__(
        self, writer: LineWriter, mask: FormMask, *, ends: tuple[int, int], settings: DecodingSettings, uniform: Tensor
    ) -> None:
        self.writer, self.mask, self.settings, self.uniform = writer, mask, settings, uniform
        self.line_end, self.text_end = ends
        count, device = len(uniform), uniform.device
        self.state = mask.start(count)
        self.counts = torch.zeros(count, writer.rows, device=device)  # [N, V], of characters so far
        self.texts: list[list[list[int]]] = [[] for _ in range(count)]

    @torch.inference_mode()
    def run(self) -> list[list[list[int]]]:
        """Writes all lines.

        Returns:
            [N] texts, each a list of lines of ids.
        """
        for line in range(self.uniform.shape[1]):
            self._line(line, self.writer.open(line, self.texts))
        return self.texts

    def _line(self, line: int, scores: Tensor) -> None:
        """Writes a line of each text, until all have ended theirs."""
        live = torch.ones(len(self.uniform), dtype=torch.bool, device=self.uniform.device)
        for text in self.texts:
            text.append([])
        end = self.text_end if line + 1 == self.uniform.shape[1] else self.line_end
        own_end = self.writer.line_end(line)
        for place in range(self.uniform.shape[2]):
            scores[:, end] = scores[:, own_end]  # what the model says of its own end stands for the form's
            token = self._draw(scores, self.uniform[:, line, place])
            self._advance(token, live)
            live = live & (token != end)
            for row in live.nonzero().flatten().tolist():
                self.texts[row][line].append(int(token[row]))
            if not live.any():
                return
            scores = self.writer.scores(token, live)

    def _draw(self, scores: Tensor, uniform: Tensor) -> Tensor:
        """The next token [N], one that the form allows."""
        return next_token(scores, self.counts, ~self.mask.allowed(self.state), uniform, self.settings)

    def _advance(self, token: Tensor, live: Tensor) -> None:
        """Lets the form and the counts know what the texts that are still at their lines have written."""
        self.state = _where(live, self.mask.advance(self.state, token), self.state)
        said = live & (token != self.line_end) & (token != self.text_end)
        self.counts.scatter_add_(1, token[:, None], said[:, None].to(self.counts.dtype))


def _where(rows: Tensor, one: FormState, other: FormState) -> FormState:
    """A state whose tensors [N, ...] are ``one``'s in some rows and ``other``'s elsewhere."""
    chosen = {}
    for field in fields(one):
        first, second = getattr(one, field.name), getattr(other, field.name)
        shape = [-1] + [1] * (first.dim() - 1)
        chosen[field.name] = torch.where(rows.view(shape), first, second)
    return FormState(**chosen)


def write_lines(
    writer: LineWriter,
    mask: FormMask,
    vocabulary: PromptVocabulary,
    settings: DecodingSettings,
    *,
    names: Sequence[str],
    numbers: Sequence[int],
    device: torch.device,
) -> list[list[list[str]]]:
    """Texts for B items.

    Args:
        writer: of the B items; in evaluation mode.
        mask: of the form.
        vocabulary: gives the ids.
        settings: how tokens are drawn.
        names: ids of the items; a text depends on its item's, not on its neighbours.
        numbers: which samples of each to draw.
        device: of the writer.

    Returns:
        For each item its samples, each a list of lines.
    """
    shape = (mask.form.lines, mask.form.longest + 1)
    ends = (vocabulary.bar, vocabulary.sep)
    wanted = [(b, name, number) for b, name in enumerate(names) for number in numbers]
    drawn: list[list[list[str]]] = [[] for _ in names]
    for first in range(0, len(wanted), settings.batch_size):
        chunk = wanted[first : first + settings.batch_size]
        uniform = noise(shape, settings.seed, [(name, number) for _, name, number in chunk]).to(device)
        rows = torch.tensor([b for b, _, _ in chunk], device=device)
        texts = LineDecoding(writer.select(rows), mask, ends=ends, settings=settings, uniform=uniform).run()
        for (b, _, _), lines in zip(chunk, texts, strict=True):
            drawn[b].append([vocabulary.decode(line) for line in lines])
    return drawn
