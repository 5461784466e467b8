"""Tells which record and field a pickle reader is at, from the stacks it has built so far."""

from __future__ import annotations

from typing import Any

from mmtg.data.pickle_values import Args, Array, Dtype, Global, Run, shown

_UNFINISHED = (Global, Dtype, Array, Args)
_BATCH = 1000
"""Containers are pickled in batches of so many: one that holds another number is finished."""


def where(levels: list[list[Any]], finished: int) -> tuple[str | None, str | None]:
    """Name the place in a list of dicts, or in a dict, that is being read.

    Args:
        levels: the stacks, outermost first; each but the last ends with what the next one goes into.
        finished: how many items of the outer list have left the stacks.

    Returns:
        The record, such as ``item 17``, and the field, such as ``score_3.img_rel``; None where unknown.
    """
    base = levels[0]
    is_list = bool(base) and type(base[0]) is list
    item_level = 1 if is_list and len(base) == 1 and len(levels) > 1 else 0
    record = None
    keys: list[str] = []
    for depth in range(item_level, len(levels)):
        level, deeper = levels[depth], depth + 1 < len(levels)
        entries = level[1:] if depth == 0 and is_list else level
        into = levels[depth - 1][-1] if depth and levels[depth - 1] else None
        names, rest = _names(_without_unfinished(entries, deeper), in_dict=type(into) is dict)
        keys += names
        if depth == item_level and is_list:
            record = f"item {finished + rest}"
    return record, ".".join(keys)[:200] or None


def _without_unfinished(entries: list[Any], deeper: bool) -> list[Any]:
    end = len(entries)
    if deeper and end and _is_being_filled(entries[-1]):
        end -= 1
    while end and isinstance(entries[end - 1], _UNFINISHED):
        end -= 1
    return entries[:end]


def _is_being_filled(entry: Any) -> bool:
    if type(entry) not in (list, dict, set):
        return False
    return len(entry) % _BATCH == 0 or (type(entry) is list and type(entry[0]) is Run)


def _names(entries: list[Any], in_dict: bool) -> tuple[list[str], int]:
    """Give the keys whose values are awaited, and how many entries stand before them."""
    if in_dict and len(entries) % 2:
        return [_name(entries[-1])], len(entries) - 1
    names: list[str] = []
    end = len(entries)
    while end >= 2:
        if isinstance(entries[end - 1], (str, int)) and type(entries[end - 2]) is dict:
            names.insert(0, _name(entries[end - 1]))
            end -= 2
        elif end >= 3 and isinstance(entries[end - 2], str) and type(entries[end - 3]) is dict:
            end -= 1  # a value that is being filled
        else:
            break
    return names, end


def _name(key: Any) -> str:
    if isinstance(key, str):
        return shown(key)
    return str(key) if isinstance(key, int) and abs(key) < 10**20 else "?"
