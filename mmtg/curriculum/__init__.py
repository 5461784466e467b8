"""Curriculum: which experiences are shown when, and which of them count as positive (MMTG reference, section 3)."""

from mmtg.curriculum.competence import Competence
from mmtg.curriculum.dealt import DealtBatches
from mmtg.curriculum.sampler import CurriculumBatchSampler
from mmtg.curriculum.schedule import Schedule, Stage

__all__ = ["Competence", "CurriculumBatchSampler", "DealtBatches", "Schedule", "Stage"]
