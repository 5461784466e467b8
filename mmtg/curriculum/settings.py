"""From settings to a schedule."""

from collections.abc import Mapping
from typing import Any

from mmtg.curriculum.competence import Competence
from mmtg.curriculum.schedule import Schedule, Stage


def schedule_from(curriculum: Mapping[str, Any]) -> Schedule:
    """The curriculum of a ``conf/curriculum`` section."""
    settings = dict(curriculum)
    stages = tuple(Stage(**{**stage, "ratings": tuple(stage["ratings"])}) for stage in settings.pop("stages"))
    if (rule := settings.pop("competence", None)) is not None:
        settings["competence"] = Competence(**{**rule, "order": tuple(tuple(level) for level in rule["order"])})
    return Schedule(stages=stages, **settings)
