"""Metrics of texts by the names of their figures; those that need a model stand in ``model_based``."""

from collections.abc import Callable, Sequence
from typing import Any

from mmtg.metrics.base import ItemMetric
from mmtg.metrics.bleu import SentenceBLEU, equal_weights, single_order
from mmtg.metrics.captions import CaptionBLEU, CaptionRougeL
from mmtg.metrics.cider import CiderD, DocumentFrequencies
from mmtg.metrics.corpus import ChrF, CorpusBLEU
from mmtg.metrics.counting import MeanLength
from mmtg.metrics.distinct import Distinct
from mmtg.metrics.prosody import RhymeRate, ToneRegularity
from mmtg.metrics.rouge import Rouge
from mmtg.metrics.shuffled import DeltaDistinct, NewNgramRate, UnchangedRate, UnionRate
from mmtg.metrics.text import Item, Text
from mmtg.metrics.training_set import CopiedLines, CopyRate, Novelty
from mmtg.metrics.variety import Entropy, RepeatedLines, Repetition

Maker = Callable[[Sequence[Item]], ItemMetric]
"""Makes a metric for some experiences, from which it may take what it needs to know of the whole."""


def plain(metric: Callable[..., ItemMetric], *arguments: Any, **options: Any) -> Maker:
    """A metric that needs to know nothing of the whole."""
    return lambda _: metric(*arguments, **options)


TEXT_METRICS: dict[str, Maker] = {
    **{f"bleu_{n}": plain(SentenceBLEU, equal_weights(n)) for n in (1, 2, 3, 4)},
    **{f"bleu_only_{n}": plain(SentenceBLEU, single_order(n), epsilon=None) for n in (1, 2, 3, 4)},
    "sacrebleu": plain(CorpusBLEU),
    "chrf": plain(ChrF),
    "rouge_1": plain(Rouge, 1),
    "rouge_2": plain(Rouge, 2),
    "rouge_l": plain(Rouge, None),
    "cider_d": lambda items: CiderD(DocumentFrequencies(item.references for item in items)),
    **{f"distinct_{n}": plain(Distinct, n) for n in (1, 2, 3)},
    **{f"entropy_{n}": plain(Entropy, n) for n in (1, 2, 3, 4)},
    **{f"repetition_{n}": plain(Repetition, n) for n in (2, 4)},
    "repeated_lines": plain(RepeatedLines),
    "mean_length": plain(MeanLength),
    "rhyme_rate": plain(RhymeRate),
    "tone_regularity": plain(ToneRegularity),
}
"""Figures of hypotheses, many of them against references: name -> how to make the metric for some experiences."""

POST_METRICS: dict[str, Maker] = {
    "cider_d": TEXT_METRICS["cider_d"],
    "caption_bleu_4": plain(CaptionBLEU, 4),
    "caption_rouge_l": plain(CaptionRougeL),
}
"""Those that captions, comments and answers are compared by, against all references of an item."""

ORDER_METRICS: dict[str, Maker] = {
    **{f"nnr_{n}": plain(NewNgramRate, n) for n in (1, 2)},
    "unchanged_rate": plain(UnchangedRate),
    "delta_distinct_2": plain(DeltaDistinct, 2),
    "union_rate_2": plain(UnionRate, 2),
}
"""Figures of greedy texts: the reference is that of the ordered experience, hypotheses those of its permutations."""


def training_metrics(training: Sequence[Text], *, frequent: int, count_unseen: bool) -> dict[str, Maker]:
    """Figures of hypotheses against the training set.

    Args:
        training: texts of the training set.
        frequent: for novelty, how many of the commonest n-grams are not new; img2poem has 2000.
        count_unseen: for novelty, whether n-grams that the training set has not are new.

    Returns:
        name -> how to make the metric.
    """
    options = {"frequent": frequent, "count_unseen": count_unseen}
    return {
        **{f"novelty_{n}": plain(Novelty, n, training, **options) for n in (2, 3)},
        "copy_rate_4": plain(CopyRate, 4, training),
        "copied_lines": plain(CopiedLines, training),
    }
