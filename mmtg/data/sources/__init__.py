"""Where experiences come from: one class per choice of the ``data`` config group."""

from mmtg.data.sources.base import FORMAT, Source
from mmtg.data.sources.coco import CocoCaptionsSource
from mmtg.data.sources.cromic import CaptionSource, CromicSource, QuestionSource
from mmtg.data.sources.jsonl import JsonlSource
from mmtg.data.sources.lyrics import LyricsSource
from mmtg.data.sources.multim import MultimSource
from mmtg.data.sources.quatrains import QuatrainSource
from mmtg.data.sources.store import StoreSource
from mmtg.data.sources.world import WorldSource

__all__ = [
    "FORMAT",
    "CaptionSource",
    "CocoCaptionsSource",
    "CromicSource",
    "JsonlSource",
    "LyricsSource",
    "MultimSource",
    "QuatrainSource",
    "QuestionSource",
    "Source",
    "StoreSource",
    "WorldSource",
]
