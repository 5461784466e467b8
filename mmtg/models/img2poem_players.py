"""img2poem's three players, and what they are shown (img2poem reference, sections 1.4 and 1.6).

Letters of shapes: N pairs, W vector width, C classes.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mmtg.models.discriminators import MultiModalDiscriminator, Pairing, PoemStyleDiscriminator, Style
from mmtg.models.img2poem import Generator
from mmtg.models.line_sequences import Lines, Sequences
from mmtg.models.reinforce import reward


class Img2Poem(nn.Module):
    """The three players.

    Args:
        generator: writes to a picture's vector.
        multimodal: tells pairs from others; None if it is switched off.
        style: tells poems from others; None if it is switched off.
    """

    def __init__(
        self,
        generator: Generator,
        multimodal: MultiModalDiscriminator | None,
        style: PoemStyleDiscriminator | None,
    ) -> None:
        super().__init__()
        self.generator, self.multimodal, self.style = generator, multimodal, style

    def discriminators(self) -> list[nn.Module]:
        """Those that are there."""
        return [player for player in (self.multimodal, self.style) if player is not None]

    def heard(self, features: Tensor) -> Tensor:
        """Vectors of length 1 as the multi-modal discriminator hears them: numbers of about 1, as those of CNNs are.

        Without that the two factors of its joint vector are both near 0 at first, and so are their gradients.
        """
        return features * math.sqrt(features.shape[1])

    def rewards(self, features: Tensor, texts: Sequences, paired_weight: float) -> Tensor:
        """What the discriminators think of N texts written to features [N, W]: the mean of P(paired) and P(poetic)."""
        paired = poetic = None
        if self.multimodal is not None:
            paired = self.multimodal(self.heard(features), texts.ids, texts.lengths).softmax(dim=-1)[:, Pairing.PAIRED]
        if self.style is not None:
            poetic = self.style(texts.ids, texts.lengths).softmax(dim=-1)[:, Style.POETIC]
        return reward(paired, poetic, paired_weight)


@dataclass(frozen=True)
class Pairs:
    """N pairs of a batch.

    Attributes:
        features: [N, W] vectors of the pictures, or of poems that stand alone.
        lines: [N] the lines of ids.
        texts: the same as sequences.
        counted: bool [N], pairs that teach.
    """

    features: Tensor
    lines: list[Lines]
    texts: Sequences
    counted: Tensor

    def kept(self) -> "Pairs":
        """The pairs that teach."""
        rows = self.counted.nonzero().flatten()
        return Pairs(
            self.features[rows], [self.lines[i] for i in rows.tolist()], self.texts.select(rows), self.counted[rows]
        )


def class_mean(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean over the classes there are of the mean cross-entropy of what is of each: logits [N, C], int64 labels [N]."""
    losses = cross_entropy(logits, labels, reduction="none")
    return torch.stack([losses[labels == label].mean() for label in labels.unique()]).mean()
