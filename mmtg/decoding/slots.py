"""Texts in slots: batched, with a key/value cache and forced line structure."""

import torch
from torch import Tensor

from mmtg.data.layout import SlotsLayout
from mmtg.decoding.filters import next_token
from mmtg.decoding.settings import DecodingSettings
from mmtg.decoding.writer import Writer


class SlotDecoding:
    """One batch of texts on its way through the slots.

    Only tokens that can influence others are passed on: padding inside a line is masked for every later position, so
    a column that is padding in all texts is skipped, and a line ends when all texts have ended theirs.

    Args:
        writer: scores the tokens.
        layout: where tokens stand.
        settings: how they are drawn.
        uniform: [N, lines, line tokens] from :func:`mmtg.decoding.texts.noise`.
    """

    def __init__(self, writer: Writer, layout: SlotsLayout, settings: DecodingSettings, uniform: Tensor) -> None:
        self.writer, self.layout, self.settings, self.uniform = writer, layout, settings, uniform
        self.cache = writer.new_cache()
        count, device = len(uniform), uniform.device
        self.mask = torch.zeros(count, 0, dtype=torch.int64, device=device)  # [N, passed], of what was passed on
        self.ids = torch.as_tensor(layout.structure, device=device).repeat(count, 1)  # [N, L]
        self.counts = torch.zeros(count, writer.rows, device=device)  # [N, V]
        self.types = self._types().to(device)  # [L]
        vocabulary = layout.vocabulary
        self.forbidden = torch.zeros(writer.rows, dtype=torch.bool, device=device)
        self.forbidden[[vocabulary.start, vocabulary.eos, vocabulary.unk, vocabulary.sep]] = True
        self.forbidden[len(vocabulary) :] = True

    @torch.inference_mode()
    def run(self) -> Tensor:
        """Draws all lines.

        Returns:
            ids [N, L].
        """
        self.mask = self.writer.open(self.cache)
        pending = [0]  # positions drawn or forced, and not yet passed on
        for line in range(self.layout.lines):
            start = line * self.layout.slot
            ended = torch.zeros(len(self.ids), dtype=torch.bool, device=self.ids.device)
            for offset in range(self.layout.line_tokens):
                token = self._draw(self.scores(pending), self.uniform[:, line, offset], ended)
                pending = []
                ended = ended | (token == self.layout.vocabulary.pad)
                if ended.all():
                    break
                self.ids[:, start + 1 + offset] = token
                pending = [start + 1 + offset]
            pending += [start + self.layout.slot - 1, start + self.layout.slot]
        return self.ids

    def scores(self, positions: list[int]) -> Tensor:
        """Passes some lyric positions on; scores [N, V] for the token after the last."""
        places = torch.tensor(positions, device=self.ids.device)
        ids = self.ids[:, places]  # [N, n]
        heard = ids != self.layout.vocabulary.pad
        self.mask = torch.cat([self.mask, heard.to(self.mask.dtype)], dim=1)
        return self.writer.scores(ids, self.types[places] * heard, places, self.mask, self.cache)

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

    def _draw(self, scores: Tensor, uniform: Tensor, ended: Tensor) -> Tensor:
        """The next token [N]; padding where the line has ended."""
        token = next_token(scores, self.counts, self.forbidden, uniform, self.settings)
        token = torch.where(ended, self.layout.vocabulary.pad, token)
        said = (token != self.layout.vocabulary.pad).to(self.counts.dtype)  # the end of a line is never penalised
        self.counts.scatter_add_(1, token[:, None], said[:, None])
        return token
