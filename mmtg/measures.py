"""What a test computes of its texts."""

from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.data.captioned import CaptionedDataset
from mmtg.data.module import ExperienceDataset, PoemDataset
from mmtg.data.posts.dataset import PostDataset
from mmtg.metrics.bertscore import BertScorer
from mmtg.metrics.model_based import bert_metrics, embedding_metrics
from mmtg.metrics.named import POST_METRICS, TEXT_METRICS, Maker, training_metrics
from mmtg.metrics.picture_relevance import PictureRelevance
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
    if isinstance(module.sets["train"], PostDataset | CaptionedDataset):
        found |= POST_METRICS
    if chosen["bert"]["folder"] is not None:
        found |= bert_metrics(BertScorer(**chosen["bert"]))
    train = module.sets["train"]
    if chosen["training"]["compare"] and len(train) <= chosen["training"]["most_texts"]:
        novelty = {name: chosen["training"][name] for name in ("frequent", "count_unseen")}
        found |= training_metrics(list(_texts(train, module.unit)), **novelty)
    return found


def test_relevance(config: DictConfig, prepared: Prepared, module: Any) -> PictureRelevance | None:
    """The relevance of texts to pictures, where a run is tested on experiences whose pictures an encoder has seen.

    Args:
        config: the whole configuration.
        prepared: gives the encoder, if there is one.
        module: gives the test set.

    Returns:
        What computes it; None where it is not wanted or cannot be computed.
    """
    test = module.sets["test"]
    if not config.metrics.relevance or prepared.encoder is None or not isinstance(test, ExperienceDataset):
        return None
    return PictureRelevance(prepared.encoder, test.split, prepared.layout.lines_per_step)


def _texts(train: ExperienceDataset | PoemDataset | PostDataset, unit: str) -> Iterator[Text]:
    """Each different text of the training set once; experiences of all ratings share them."""
    seen: set[tuple[str, ...]] = set()
    for lines in _lines(train):
        if lines and lines not in seen:
            seen.add(lines)
            yield Text.of_lines(lines, unit)


def _lines(train: ExperienceDataset | PoemDataset | PostDataset) -> Iterator[tuple[str, ...]]:
    """The lines of each text, in order; none are an empty tuple."""
    if isinstance(train, PostDataset):
        posts, words = (train.posts[place] for place in range(len(train))), train.vocabulary
        return ((words.decode(reply),) for post in posts for reply in post.replies)
    if isinstance(train, PoemDataset):
        return (poem.lines for poem in train.poems)
    return (lines for place in range(len(train)) for lines in train.references(place))
