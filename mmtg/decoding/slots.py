"""Texts in slots: ragged batches, with a key/value cache and forced line structure."""

import torch
from torch import Tensor

from mmtg.data.layout import SlotsLayout
from mmtg.decoding.filters import next_token
from mmtg.decoding.settings import DecodingSettings
from mmtg.decoding.writer import SlotWriter


class SlotDecoding:
    """One batch of texts on its way through the slots, each at its own pace.

    Only tokens that can influence others are passed on: padding inside a line is masked for every later position, so
    it is never computed, and a text whose line has ended jumps to its next slot, whatever its neighbours do. Each
    pass brings one more draw of every text that has not come to its end.

    Letters of shapes: A texts that go on, M tokens passed at once.

    Args:
        writer: scores the tokens.
        layout: where tokens stand.
        settings: how they are drawn.
        uniform: [N, lines, line tokens] from :func:`mmtg.decoding.texts.noise`.
    """

    def __init__(self, writer: SlotWriter, layout: SlotsLayout, settings: DecodingSettings, uniform: Tensor) -> None:
        self.layout, self.settings, self.uniform = layout, settings, uniform
        count, device = len(uniform), uniform.device
        with torch.inference_mode():
            self.writing = writer.begin(layout.length, settings)
        self.ids = torch.as_tensor(layout.structure, device=device).repeat(count, 1)  # [N, L]
        self.counts = torch.zeros(count, self.writing.rows, device=device)  # [N, V]
        self.types = self._types().to(device)  # [L]
        vocabulary = layout.vocabulary
        self.forbidden = torch.zeros(self.writing.rows, dtype=torch.bool, device=device)
        self.forbidden[[vocabulary.start, vocabulary.eos, vocabulary.unk, vocabulary.sep]] = True
        self.forbidden[len(vocabulary) :] = True

    @torch.inference_mode()
    def run(self) -> Tensor:
        """Draws all lines.

        Returns:
            ids [N, L].
        """
        layout = self.layout
        live = torch.arange(len(self.ids), device=self.ids.device)  # [A], ascending
        line, offset = torch.zeros_like(live), torch.zeros_like(live)  # [A]
        rows, places = live, torch.zeros_like(live)  # [M]: the first START
        while len(live):
            token = self._draw(self.scores(rows, places), live, self.uniform[live, line, offset])
            place, end = line * layout.slot + 1 + offset, (line + 1) * layout.slot - 1
            self.ids[live, place] = token
            said = token != layout.vocabulary.pad
            ended = ~said | (offset == layout.line_tokens - 1)
            columns = torch.stack([place, end, end + 1], dim=1)  # [A, 3]: the token, EOS, the next START
            passed = torch.stack([said, ended, ended], dim=1)
            line, offset = line + ended, torch.where(ended, 0, offset + 1)
            goes_on = line < layout.lines
            passed &= goes_on[:, None]
            rows, places = live[:, None].expand_as(columns)[passed], columns[passed]
            live, line, offset = live[goes_on], line[goes_on], offset[goes_on]
        return self.ids

    @torch.inference_mode()
    def scores(self, rows: Tensor, places: Tensor) -> Tensor:
        """Passes tokens on.

        Args:
            rows: int64 [M] the text of each, ascending.
            places: int64 [M] their lyric positions, ascending in each text.

        Returns:
            Scores [A, V] for the token after the last of each text.
        """
        return self.writing.scores(self.ids[rows, places], self.types[places], places, rows)

    def _types(self) -> Tensor:
        """Token types [L] of lines without padding: 0 at START, EOS and SEP."""
        layout = self.layout
        by_line = {
            "training": [layout.step_types[line // layout.lines_per_step] for line in range(layout.lines)],
            "head": list(range(1, layout.lines + 1)),
        }[self.settings.token_types]
        types = torch.zeros(layout.lines, layout.slot, dtype=torch.int64)
        types[:, 1:-1] = torch.tensor(by_line)[:, None]
        return torch.cat([types.flatten(), types.new_zeros(1)])

    def _draw(self, scores: Tensor, live: Tensor, uniform: Tensor) -> Tensor:
        """The next tokens [A]."""
        written = self.ids[live]  # [A, L]
        counts = self.counts[live[:, None], written]  # [A, L]
        token = next_token(scores, counts, self.forbidden, uniform, self.settings, written=written)
        said = (token != self.layout.vocabulary.pad).to(self.counts.dtype)  # the end of a line is never penalised
        self.counts[live, token] += said
        return token
