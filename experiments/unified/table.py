"""The ablation table of the unified transformer: a row for each stage and part, mean and spread over seeds.

python experiments/unified/table.py runs/unified_stage1/*/* runs/unified_stage2/*/*
    Each argument is a run directory called PART-seedN; which stage it is of stands in its config.yaml. Below the table
    stands what the second stage added to CIDEr-D, seed by seed.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from omegaconf import OmegaConf

from mmtg.errors import InputError
from mmtg.scoring.runs import by_name, cell

PERCENT = 100
STAGES = {"unified": "1", "unified_stage2": "1 and 2"}
"""By the name of an experiment."""

COLUMNS = {
    "cider_d": ("CIDEr-D", PERCENT, 1),
    "concept_recall": ("concept recall", PERCENT, 1),
    "bleu_2": ("BLEU-2", PERCENT, 2),
    "painted_r_precision": ("R-precision", PERCENT, 1),
    "painted_r_precision_hard": ("hard", PERCENT, 1),
    "painted_cosine": ("cosine", PERCENT, 1),
    "painted_frechet": ("Frechet", 1, 3),
}
"""Figure under ``test/``: title, factor, digits."""

Runs = Mapping[str, Mapping[str, Sequence[Mapping[str, float]]]]
"""Stage -> part -> figures of each seed."""


def by_stage(folders: Sequence[Path]) -> Runs:
    """Figures of all runs.

    Args:
        folders: run directories.

    Returns:
        Stage -> part -> figures of each seed.

    Raises:
        InputError: a directory is no run of either stage.
    """
    stages: dict[str, list[Path]] = defaultdict(list)
    for folder in folders:
        file = folder / "config.yaml"
        if not file.is_file():
            raise InputError("is not there; name the directories of finished runs", file=file)
        name = OmegaConf.load(file).get("name")
        if name not in STAGES:
            raise InputError(f"is '{name}', not {' or '.join(STAGES)}", file=file, field="name")
        stages[name].append(folder)
    return {name: by_name(stages[name]) for name in STAGES if name in stages}


def rows(runs: Runs) -> Iterator[str]:
    """The table."""
    yield f"| part | stages | {' | '.join(title for title, _, _ in COLUMNS.values())} | parameters | seeds |"
    yield "|" + "---|" * (len(COLUMNS) + 4)
    for name, parts in runs.items():
        for part, seeds in parts.items():
            shown = [
                cell(seeds, f"test/{figure}", factor=factor, digits=digits)
                for figure, (_, factor, digits) in COLUMNS.items()
            ]
            size = f"{seeds[0]['parameters'] / 1e6:.2f} M"
            yield f"| {part} | {STAGES[name]} | {' | '.join([*shown, size, str(len(seeds))])} |"


def gains(runs: Runs) -> Iterator[str]:
    """What the second stage added to CIDEr-D of each part that has both, seed by seed."""
    first, second = (runs.get(name, {}) for name in STAGES)
    for part in first:
        if part in second and len(first[part]) == len(second[part]):
            pairs = zip(first[part], second[part], strict=True)
            added = [PERCENT * (after["test/cider_d"] - before["test/cider_d"]) for before, after in pairs]
            yield f"{part}: CIDEr-D {', '.join(f'{gain:+.1f}' for gain in added)}"


def main(arguments: Sequence[str]) -> int:
    """Prints the table; gives the exit status."""
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        runs = by_stage([Path(argument) for argument in arguments])
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join([*rows(runs), "", *gains(runs)]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
