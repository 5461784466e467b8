"""Curriculum: which experiences are shown when, and which of them count as positive (MMTG reference, section 3).

Only the rules are named here, which need no torch; the batches that follow them are in ``sampler`` and ``dealt``.
"""

from mmtg.curriculum.competence import Competence
from mmtg.curriculum.schedule import Schedule, Stage
from mmtg.curriculum.settings import schedule_from

__all__ = ["Competence", "Schedule", "Stage", "schedule_from"]
