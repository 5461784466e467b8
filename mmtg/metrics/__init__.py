"""Figures: one name means one computation, for every system."""

from mmtg.metrics.bleu import SentenceBLEU
from mmtg.metrics.concept_recall import ConceptRecall
from mmtg.metrics.distinct import Distinct

__all__ = ["ConceptRecall", "Distinct", "SentenceBLEU"]
