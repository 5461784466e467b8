"""Rows that belong together in a study: one experiment, and what each row changes in it.

Read from what was typed and from configurations; names of folders tell nothing here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mmtg.curriculum import Schedule, schedule_from
from mmtg.errors import InputError
from mmtg.report.board import Comparison, Row
from mmtg.report.labels import seedless
from mmtg.report.labels import settings as flat_settings
from mmtg.report.runs import RunRecord
from mmtg.typed import pairs

CURRICULUM = "curriculum"
FULL = "full"
"""What the whole system is called in groups of parts (``conf/ablation``, ``conf/unified``)."""
NAMES_ALONE = ("sweep", "experiment", "model.weights", "hydra", "task")
"""What is typed and does not make another study: the experiment is known otherwise; weights differ with their part."""


@dataclass(frozen=True)
class Member:
    """A row of a family.

    Attributes:
        name: of what it changes, one in the family.
        row: its runs.
    """

    name: str
    row: Row


@dataclass(frozen=True)
class Family:
    """Rows that differ in one group of the configuration.

    Attributes:
        title: of the study.
        group: the group in which they differ.
        members: at least two.
    """

    title: str
    group: str
    members: Sequence[Member]

    def named(self, name: str) -> Member | None:
        """The member of a name."""
        return next((member for member in self.members if member.name == name), None)


def ablations(comparison: Comparison) -> list[Family]:
    """Studies of parts: rows for which another member of one of the groups ``task.parts`` was typed.

    Args:
        comparison: of runs.

    Returns:
        Families with a whole system, ``full`` or the row of ``task.baseline``, and one row at least beside it.
    """
    baseline = comparison.standings.baseline
    found = [family for group in comparison.settings["parts"] for family in _of_group(comparison, group)]
    return [family for family in found if whole(family, baseline) is not None]


def whole(family: Family, baseline: str | None) -> Member | None:
    """The member that the others are held against: ``full``, else the baseline of the comparison.

    Args:
        family: a study of parts.
        baseline: a label.

    Returns:
        The member; None if there is none.
    """
    return family.named(FULL) or next((m for m in family.members if m.row.label == baseline), None)


def curricula(comparison: Comparison) -> list[Family]:
    """Studies of curricula: rows whose configurations differ in ``curriculum`` alone.

    Args:
        comparison: of runs.

    Returns:
        Families of two curricula at least, each with one row.
    """
    ignored = [*comparison.settings["ignored"], CURRICULUM]
    groups: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in comparison.rows:
        run = row.runs[0]
        if isinstance(run.config.get(CURRICULUM), dict):
            alike = flat_settings(run.config, run.seed, [*ignored, *run.seeds])
            groups[(run.experiment, frozenset(alike.items()))].append(row)
    return _families(CURRICULUM, [_one_of_each(rows) for rows in groups.values()])


def _one_of_each(rows: Sequence[Row]) -> list[tuple[str, Row]]:
    """A row of each curriculum, one for which its name was typed if there is one."""
    named = [(chosen(row.runs[0], CURRICULUM), row) for row in rows]
    kept: dict[str, tuple[str, Row]] = {}
    for name, row in sorted(named, key=lambda known: known[0] is None):
        settings = row.runs[0].config[CURRICULUM]
        kept.setdefault(repr(schedule_of(settings) or settings), (name or row.label, row))
    return list(kept.values())


def schedule_of(settings: Any) -> Schedule | None:
    """A curriculum; None where the settings, a stranger's or those of another version, make none."""
    try:
        return schedule_from(settings)
    except (InputError, TypeError, LookupError, ValueError, ArithmeticError, AttributeError):
        return None


def chosen(run: RunRecord, group: str) -> str | None:
    """What was typed for a group of the configuration; None if nothing was."""
    words = pairs(run.overrides)
    return next((value for key, value in words if value and key.split("@")[0].removeprefix("/") == group), None)


def _of_group(comparison: Comparison, group: str) -> list[Family]:
    """Rows of one experiment and sweep; those for which nothing was typed are the whole system, if no other is."""
    groups: dict[tuple[Any, ...], list[tuple[str | None, Row]]] = defaultdict(list)
    for row in comparison.rows:
        run = row.runs[0]
        name = chosen(run, group)
        sweep = (run.sweep or "").split("/")[0]
        groups[(run.experiment, sweep, _others(run, group, comparison.settings["ignored"]))].append((name, row))
    studies = []
    for rows in groups.values():
        if any(name is not None for name, _ in rows):
            typed = {name for name, _ in rows}
            studies.append([(name or FULL, row) for name, row in rows if name is not None or FULL not in typed])
    return _families(group, studies)


def _others(run: RunRecord, group: str, ignored: Iterable[str]) -> frozenset[tuple[str, str]]:
    """What else was typed."""
    left = [*ignored, *run.seeds, *NAMES_ALONE, group]
    words = pairs(run.overrides)
    return frozenset((key, seedless(value, run.seed)) for key, value in words if not _is_of(key, left))


def _is_of(key: str, sections: Iterable[str]) -> bool:
    key = key.replace("/", ".").split("@")[0]
    return any(key == section or key.startswith(f"{section}.") for section in sections)


def _families(group: str, studies: Sequence[Sequence[tuple[str, Row]]]) -> list[Family]:
    """Families of two members at least, their titles and the names in each told apart."""
    large = [study for study in studies if len({name for name, _ in study}) > 1]
    titles = _distinct([study[0][1].experiment for study in large])
    return [
        Family(
            title, group, [Member(name, row) for name, row in zip(_names(study), [r for _, r in study], strict=True)]
        )
        for title, study in zip(titles, large, strict=True)
    ]


def _names(study: Sequence[tuple[str, Row]]) -> list[str]:
    """What members are called: the name of what they change, or their label where two have one name."""
    names = [name for name, _ in study]
    return [name if names.count(name) == 1 else row.label for name, row in study]


def _distinct(titles: Sequence[str]) -> list[str]:
    counted: dict[str, int] = defaultdict(int)
    numbered = []
    for title in titles:
        counted[title] += 1
        numbered.append(title if titles.count(title) == 1 else f"{title} ({counted[title]})")
    return numbered


def configured(config: Any, *keys: str) -> Any:
    """A value of a configuration, which may be anybody's; None where it is not there."""
    found = config
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found
