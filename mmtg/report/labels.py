"""What the rows of a comparison are called: runs that differ in their seed alone share a label."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmtg.typed import pairs


@dataclass(frozen=True)
class Known:
    """What a label is made of.

    Attributes:
        name: that the run would have.
        config: its configuration, plain data.
        overrides: what was typed.
        seed: of the run.
        seeds: keys that hold it beside ``seed``.
    """

    name: str
    config: Mapping[str, Any]
    overrides: Sequence[str]
    seed: int
    seeds: Sequence[str] = ()


Flat = Mapping[str, str]
"""Keys of a configuration and their values as JSON."""

LONGEST = 40
"""Characters of a value in a label."""
ABSENT = "absent"
FIRST = ("name", "model.name", "task.name")
"""Keys that say most of a run."""


def labelled(runs: Sequence[Known], ignored: Sequence[str]) -> list[str]:
    """A label for each run: its name, and what differs where runs of one name differ in more than their seed.

    Args:
        runs: what is known of each.
        ignored: keys, or sections, in which the runs of one label may differ.

    Returns:
        Labels in the order of runs.
    """
    flat = [settings(run.config, run.seed, [*ignored, *run.seeds]) for run in runs]
    groups: dict[str, list[int]] = defaultdict(list)
    for place, run in enumerate(runs):
        groups[run.name].append(place)
    labels = [""] * len(runs)
    for name, places in groups.items():
        typed = {key for place in places for key, _ in pairs(runs[place].overrides)}
        for place, label in zip(places, _told_apart(name, [flat[place] for place in places], typed), strict=True):
            labels[place] = label
    return labels


def settings(config: Mapping[str, Any], seed: int, ignored: Sequence[str]) -> Flat:
    """A configuration as keys and values, without what may differ within a row.

    Args:
        config: plain data.
        seed: of the run; where ``seedN`` stands in a value, as in the path of the first stage's run, it is left open.
        ignored: keys and sections to leave out.

    Returns:
        Dotted keys and their values as JSON.
    """
    flat: dict[str, str] = {}
    todo: list[tuple[str, Any]] = [(str(key), value) for key, value in config.items()]
    while todo:
        key, value = todo.pop()
        if any(key == name or key.startswith(f"{name}.") for name in ignored):
            continue
        if isinstance(value, dict) and value:
            todo += [(f"{key}.{more}", below) for more, below in value.items()]
        else:
            flat[key] = seedless(_as_text(value), seed)
    return flat


def _as_text(value: Any) -> str:
    """A value as JSON, or as Python writes it where keys are no text, as YAML allows."""
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (TypeError, ValueError):
        return repr(value)


def seedless(text: str, seed: int) -> str:
    """Text in which the run's own seed, as in the path of its first stage, is left open."""
    return re.sub(rf"seed={seed}\b|seed{seed}\b", "seedN", text)


def _told_apart(name: str, found: Sequence[Flat], typed: set[str]) -> list[str]:
    """A name for each configuration, with differences where there are any; equal ones get equal names."""
    telling = _telling(found, typed)
    wholes = [json.dumps(sorted(flat.items())) for flat in found]
    names: dict[str, str] = {}
    for whole, flat in zip(wholes, found, strict=True):
        label = f"{name} ({_differences(flat, telling)})" if telling else name
        if whole not in names:
            alike = sum(known == label or known.startswith(f"{label} #") for known in names.values())
            names[whole] = f"{label} #{alike + 1}" if alike else label
    return [names[whole] for whole in wholes]


def _telling(found: Sequence[Flat], typed: set[str]) -> list[str]:
    """Keys that tell all configurations apart, no more than are needed."""
    different = [key for key in {key for flat in found for key in flat} if len({flat.get(key) for flat in found}) > 1]
    different.sort(key=lambda key: (key not in FIRST, not _was_typed(key, typed), key.count("."), key))
    needed: list[str] = []
    parts = 1
    for key in different:
        finer = len({tuple(flat.get(known) for known in (*needed, key)) for flat in found})
        if finer > parts:
            needed.append(key)
            parts = finer
    return needed


def _was_typed(key: str, typed: set[str]) -> bool:
    return any(key == word or key.startswith(f"{word.replace('/', '.')}.") for word in typed)


def _differences(flat: Flat, keys: Sequence[str]) -> str:
    """Values, of what says most of a run without their keys."""
    return ", ".join(_short(flat.get(key)) if key in FIRST else f"{key}={_short(flat.get(key))}" for key in keys)


def _short(value: str | None) -> str:
    plain = ABSENT if value is None else value.strip('"')
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"
