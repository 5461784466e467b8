"""Metrics that need a model, by the names of their figures."""

from mmtg.encoders.base import Encoder
from mmtg.metrics.bertscore import BERTScore, BertScorer
from mmtg.metrics.embedding import EmbeddingCosine, EmbeddingL2, TextVectors
from mmtg.metrics.named import Maker, plain


def embedding_metrics(encoder: Encoder) -> dict[str, Maker]:
    """Figures of hypotheses against references as vectors of an encoder: name -> how to make the metric."""
    vectors = TextVectors(encoder)
    return {"embedding_cosine": plain(EmbeddingCosine, vectors), "embedding_l2": plain(EmbeddingL2, vectors)}


def bert_metrics(scorer: BertScorer) -> dict[str, Maker]:
    """BERTScore of hypotheses against references: name -> how to make the metric."""
    return {f"bertscore_{part}": plain(BERTScore, scorer, part=part) for part in ("precision", "recall", "f1")}
