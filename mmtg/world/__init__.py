"""The picture world: synthetic experiences drawn from a seed, the suite's embedded data."""

from mmtg.world.captions import WorldCaption
from mmtg.world.concepts import CONCEPTS, Concept, mentions
from mmtg.world.posts import WorldPost
from mmtg.world.questions import WorldQuestion
from mmtg.world.sheet import contact_sheet
from mmtg.world.skies import MOODS, SKIES, Sky
from mmtg.world.themes import THEMES, Theme
from mmtg.world.world import Labels, World

__all__ = [
    "CONCEPTS",
    "MOODS",
    "SKIES",
    "THEMES",
    "Concept",
    "Labels",
    "Sky",
    "Theme",
    "World",
    "WorldCaption",
    "WorldPost",
    "WorldQuestion",
    "contact_sheet",
    "mentions",
]
