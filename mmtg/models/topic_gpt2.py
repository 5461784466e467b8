"""GPT-2 that hears the topic alone, the baseline of the MMTG paper (MMTG reference, section 6)."""

from torch import Tensor

from mmtg.data.batch import Batch
from mmtg.models.decoder_lm import DecoderSystem


class TopicGPT2System(DecoderSystem):
    """The lyrics decoder of phase 1, trained further on the topics and lines of experiences, deaf to all else.

    A text that goes ill with its experience is none the worse for that, so negatives teach it nothing: they do not
    count. Meant for ``curriculum=positives_5``, which shows each text once an epoch.
    """

    def counted(self, batch: Batch, positive_from: int) -> Tensor:  # type: ignore[override]
        """The positives: bool [B]."""
        return batch.rating >= positive_from
