"""Texts without forced structure: the model itself says where a line and the text end (images2poem, "5gpt")."""

import torch
from torch import Tensor

from mmtg.data.sequence_layout import SequenceLayout
from mmtg.decoding.filters import next_token
from mmtg.decoding.settings import DecodingSettings
from mmtg.decoding.writer import Writer


class FreeDecoding:
    """One batch of sequences on its way from START to SEP.

    As published, only UNK may not be drawn, and the structural tokens are never penalised (golden numbers of the
    MMTG variants, images2poem).

    Args:
        writer: scores the tokens.
        layout: gives the vocabulary.
        settings: how tokens are drawn.
        uniform: [N, S] numbers in [0, 1) that decide the draws.
    """

    def __init__(self, writer: Writer, layout: SequenceLayout, settings: DecodingSettings, uniform: Tensor) -> None:
        self.writer, self.settings, self.uniform = writer, settings, uniform
        self.vocabulary = vocabulary = layout.vocabulary
        self.counts = torch.zeros(len(uniform), writer.rows, device=uniform.device)  # [N, V]
        self.forbidden = torch.zeros(writer.rows, dtype=torch.bool, device=uniform.device)
        self.forbidden[vocabulary.unk] = True
        self.forbidden[len(vocabulary) :] = True
        self.structural = torch.tensor(
            [vocabulary.pad, vocabulary.start, vocabulary.eos, vocabulary.sep], device=uniform.device
        )

    @torch.inference_mode()
    def run(self, *, to_the_end: bool = False) -> Tensor:
        """Draws all tokens.

        Args:
            to_the_end: go on behind the last SEP, as the published loop does.

        Returns:
            ids [N, S].
        """
        count, length = self.uniform.shape
        ids = torch.full((count, length), self.vocabulary.pad, device=self.uniform.device)
        ids[:, 0] = self.vocabulary.start
        ended = torch.zeros(count, dtype=torch.bool, device=ids.device)
        cache = self.writer.new_cache()
        mask = self.writer.open(cache)
        for place in range(length - 1):
            mask = torch.cat([mask, mask.new_ones(count, 1)], dim=1)
            passed, places = ids[:, place : place + 1], torch.tensor([place], device=ids.device)
            scores = self.writer.scores(passed, torch.zeros_like(passed), places, mask, cache)
            ids[:, place + 1] = self._draw(scores, self.uniform[:, place])
            ended = ended | (ids[:, place + 1] == self.vocabulary.sep)
            if ended.all() and not to_the_end:
                break
        return ids

    def _draw(self, scores: Tensor, uniform: Tensor) -> Tensor:
        token = next_token(scores, self.counts, self.forbidden, uniform, self.settings)
        said = (~torch.isin(token, self.structural)).to(self.counts.dtype)
        self.counts.scatter_add_(1, token[:, None], said[:, None])
        return token
