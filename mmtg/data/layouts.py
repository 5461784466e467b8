"""Layouts by their names."""

from collections.abc import Mapping
from typing import Any

from mmtg.data.layout import CompactLayout, Layout, SlotsLayout
from mmtg.data.prompt_layout import PromptLayout
from mmtg.data.sequence_layout import SegmentsLayout, SequenceLayout
from mmtg.data.vocabulary import Vocabulary
from mmtg.errors import InputError

LAYOUTS: dict[str, type[Layout]] = {
    layout.kind: layout for layout in (SlotsLayout, CompactLayout, SequenceLayout, SegmentsLayout, PromptLayout)
}


def layout_from_plain(described: Mapping[str, Any], vocabulary: Vocabulary) -> Layout:
    """The layout of plain data.

    Args:
        described: the layout's sizes and its ``kind``; without one it is ``slots``.
        vocabulary: gives the ids.

    Returns:
        The layout.

    Raises:
        InputError: unknown kind.
    """
    sizes = dict(described)
    kind = sizes.pop("kind", SlotsLayout.kind)
    if kind not in LAYOUTS:
        raise InputError(f"'{kind}' is unknown; choose one of {', '.join(LAYOUTS)}", field="layout")
    sizes["step_types"] = tuple(sizes["step_types"])
    return LAYOUTS[kind](vocabulary=vocabulary, **sizes)
