"""What a test computes of its texts."""

from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.data.module import ExperienceDataset
from mmtg.metrics.bertscore import BertScorer
from mmtg.metrics.model_based import bert_metrics, embedding_metrics
from mmtg.metrics.named import TEXT_METRICS, Maker, training_metrics
from mmtg.metrics.text import Text
from mmtg.prepare import Prepared


def test_measures(config: DictConfig, prepared: Prepared, module: Any) -> dict[str, Maker]:
    """The metrics of texts, and those for which a run has what they need.

    Args:
        config: the whole configuration.
        prepared: gives the encoder, if there is one.
        module: gives the training set.

    Returns:
        name of the figure -> how to make the metric.
    """
    chosen, found = plain(config.metrics), dict(TEXT_METRICS)
    if chosen["embeddings"] and prepared.encoder is not None:
        found |= embedding_metrics(prepared.encoder)
    if chosen["bert"]["folder"] is not None:
        found |= bert_metrics(BertScorer(**chosen["bert"]))
    train = module.sets["train"]
    if chosen["training"]["compare"] and isinstance(train, ExperienceDataset):
        novelty = {name: chosen["training"][name] for name in ("frequent", "count_unseen")}
        found |= training_metrics(list(_texts(train)), **novelty)
    return found


def _texts(train: ExperienceDataset) -> Iterator[Text]:
    """Each different text of the training set once; experiences of all ratings share them."""
    seen: set[tuple[str, ...]] = set()
    for place in range(len(train)):
        lines = train.split[place].lines
        if lines and lines not in seen:
            seen.add(lines)
            yield Text.of_lines(lines)
