"""Figures: one name means one computation, for every system."""

from mmtg.metrics.bleu import SentenceBLEU
from mmtg.metrics.captions import CaptionBLEU, CaptionRougeL
from mmtg.metrics.cider import CiderD, DocumentFrequencies
from mmtg.metrics.concept_recall import ConceptRecall
from mmtg.metrics.corpus import ChrF, CorpusBLEU
from mmtg.metrics.counting import MeanLength, UniqueTexts
from mmtg.metrics.distinct import Distinct, DistinctByPosition, running_distinct
from mmtg.metrics.rouge import Rouge
from mmtg.metrics.shuffled import DeltaDistinct, NewNgramRate, UnchangedRate, UnionRate

__all__ = [
    "CaptionBLEU",
    "CaptionRougeL",
    "ChrF",
    "CiderD",
    "ConceptRecall",
    "CorpusBLEU",
    "DeltaDistinct",
    "Distinct",
    "DistinctByPosition",
    "DocumentFrequencies",
    "MeanLength",
    "NewNgramRate",
    "Rouge",
    "SentenceBLEU",
    "UnchangedRate",
    "UnionRate",
    "UniqueTexts",
    "running_distinct",
]
