"""Tables of CroMIC-CMT and its peers, a row for each system and setting, mean and spread over seeds.

python experiments/cromic/table.py runs/cromic/*
    Each argument is a run directory called TASK-SYSTEM-seedN, or TASK-SYSTEM-SETTING-seedN; a table for each TASK.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mmtg.errors import InputError
from mmtg.scoring.runs import by_name, cell

PERCENT = 100
WRITTEN = {"cider_d": "CIDEr-D", "caption_bleu_4": "BLEU-4", "caption_rouge_l": "ROUGE-L"}
COLUMNS = {
    "cromic_comments": {**WRITTEN, "concept_recall": "concept recall", "concept_recall_chance": "chance"},
    "cromic_captions": {**WRITTEN, "concept_recall": "concept recall", "concept_recall_chance": "chance"},
    "cromic_answers": WRITTEN,
    "cromic_questions": {
        "vqa_accuracy": "accuracy",
        **{f"vqa_accuracy_{kind}": kind for kind in ("object", "time", "weather", "scene")},
    },
    "cromic": {
        "concept_recall": "concept recall",
        "order_accuracy": "order",
        "bleu_2": "BLEU-2",
        "relevance": "relevance",
    },
}
"""By task, figures that are shown in per cent."""

PLAIN = {"test/perplexity": "perplexity", "time/fit_seconds": "seconds of training", "parameters": "parameters"}
"""Those that are shown as they are, of all tasks."""


def tables(runs: Mapping[str, Sequence[Mapping[str, float]]]) -> Iterator[str]:
    """A table for each task."""
    for task, columns in COLUMNS.items():
        rows = {name: seeds for name, seeds in runs.items() if name.split("-")[0] == task}
        if not rows:
            continue
        yield f"| {task} | {' | '.join([*columns.values(), *PLAIN.values(), 'seeds'])} |"
        yield "|" + "---|" * (len(columns) + len(PLAIN) + 2)
        for name, seeds in rows.items():
            shown = [cell(seeds, f"test/{figure}", factor=PERCENT, digits=2) for figure in columns]
            shown += [cell(seeds, figure, digits=0 if figure != "test/perplexity" else 2) for figure in PLAIN]
            yield f"| {name.removeprefix(f'{task}-')} | {' | '.join([*shown, str(len(seeds))])} |"
        yield ""


def main(arguments: Sequence[str]) -> int:
    """Prints the tables; gives the exit status."""
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        runs = by_name([Path(argument) for argument in arguments])
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(tables(runs)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
