"""Corpus BLEU and chrF by sacrebleu, whose own statistics of each line are summed."""

from collections.abc import Sequence

from sacrebleu.metrics import BLEU, CHRF

from mmtg.metrics.base import ItemMetric
from mmtg.metrics.text import Item
from mmtg.stats.formulas import chrf, sacrebleu
from mmtg.stats.score import Formula


class SacreMetric(ItemMetric):
    """A metric of sacrebleu over all hypotheses as one corpus, 0 to 100; of several references the library takes all.

    An experience's own value is that of its hypotheses as a corpus.

    Args:
        library: sacrebleu's metric.
    """

    def __init__(self, library: BLEU | CHRF) -> None:
        super().__init__()
        self.library = library
        self.size = len(library._extract_corpus_statistics(["a"], [["a"]])[0])

    def row(self, item: Item) -> Sequence[float]:
        """Sufficient statistics of the experience's hypotheses."""
        if not item.hypotheses or not item.references:
            return [0.0] * self.size
        [true] = self.library._cache_references([[text.string] for text in item.references])
        written = [self.library._preprocess_segment(text.string) for text in item.hypotheses]
        lines = [self.library._compute_segment_statistics(text, true) for text in written]
        return [float(sum(column)) for column in zip(*lines, strict=True)]

    def formula(self, totals: Sequence[float]) -> float:
        """The corpus figure, 0 to 100; NaN of no lines."""
        return self.shared_formula(totals)

    @property
    def shared_formula(self) -> Formula:
        """That of the library's statistics."""
        return chrf if isinstance(self.library, CHRF) else sacrebleu

    @property
    def signature(self) -> str:
        """All that decides the figure, in sacrebleu's words; with the number of references of the last experience."""
        return str(self.library.get_signature())


class CorpusBLEU(SacreMetric):
    """Corpus BLEU-4, exponential smoothing.

    Args:
        tokenize: sacrebleu's name of a tokenizer; ``zh`` parts Chinese characters.
    """

    def __init__(self, tokenize: str = "zh") -> None:
        super().__init__(BLEU(tokenize=tokenize))


class ChrF(SacreMetric):
    """chrF2: character n-grams of the orders 1 to 6, without blanks."""

    def __init__(self) -> None:
        super().__init__(CHRF())


def signatures() -> dict[str, str]:
    """Signatures of the figures that sacrebleu computes, one reference each; to be written beside them."""
    return {"sacrebleu": CorpusBLEU().signature, "chrf": ChrF().signature}
