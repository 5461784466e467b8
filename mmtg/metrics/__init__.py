"""Figures: one name means one computation, for every system."""

from mmtg.metrics.bertscore import BERTScore, BertScorer
from mmtg.metrics.bleu import SentenceBLEU
from mmtg.metrics.captions import CaptionBLEU, CaptionRougeL
from mmtg.metrics.cider import CiderD, DocumentFrequencies
from mmtg.metrics.concept_recall import ConceptRecall
from mmtg.metrics.corpus import ChrF, CorpusBLEU
from mmtg.metrics.counting import MeanLength, UniqueTexts
from mmtg.metrics.distinct import Distinct, DistinctByPosition, Diversity, running_distinct
from mmtg.metrics.embedding import EmbeddingCosine, EmbeddingL2, TextVectors
from mmtg.metrics.perplexity import Perplexity
from mmtg.metrics.plan_order import OrderAccuracy, StepConfusion
from mmtg.metrics.prosody import RhymeRate, ToneRegularity
from mmtg.metrics.relevance import Relevance, overall
from mmtg.metrics.rouge import Rouge
from mmtg.metrics.shuffled import DeltaDistinct, NewNgramRate, UnchangedRate, UnionRate
from mmtg.metrics.training_set import CopiedLines, CopyRate, Novelty
from mmtg.metrics.variety import Entropy, RepeatedLines, Repetition

__all__ = [
    "BERTScore",
    "BertScorer",
    "CaptionBLEU",
    "CaptionRougeL",
    "ChrF",
    "CiderD",
    "ConceptRecall",
    "CopiedLines",
    "CopyRate",
    "CorpusBLEU",
    "DeltaDistinct",
    "Distinct",
    "DistinctByPosition",
    "Diversity",
    "DocumentFrequencies",
    "EmbeddingCosine",
    "EmbeddingL2",
    "Entropy",
    "MeanLength",
    "NewNgramRate",
    "Novelty",
    "OrderAccuracy",
    "Perplexity",
    "Relevance",
    "RepeatedLines",
    "Repetition",
    "RhymeRate",
    "Rouge",
    "SentenceBLEU",
    "StepConfusion",
    "TextVectors",
    "ToneRegularity",
    "UnchangedRate",
    "UnionRate",
    "UniqueTexts",
    "overall",
    "running_distinct",
]
