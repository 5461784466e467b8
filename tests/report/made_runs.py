"""Small made runs on the picture world, as records and as directories."""

import json
from dataclasses import asdict
from pathlib import Path

import yaml

from mmtg.report.board import Comparison
from mmtg.report.figures import TEST
from mmtg.report.rows import rows_of
from mmtg.report.runs import RunRecord
from mmtg.report.standings import Standings
from mmtg.stats import Resampling
from mmtg.world import World

WORLD = {"seed": 3, "picture_size": 16}
DATA = {"_target_": "mmtg.data.sources.WorldSource", "steps": 5, "lines_per_step": 2, "world": WORLD}
STAGE = {"ratings": [1, 2, 3, 4, 5], "positive_from": 4}
CURRICULUM = {
    "epochs": 2,
    "evaluation_positive_from": 4,
    "stages": [{"until_epoch": 1, "ratings": [1, 5], "positive_from": 5}, {"until_epoch": None, **STAGE}],
}
SETTINGS = {
    "ignored": ["seed"],
    "confidence": 0.95,
    "parts": ["ablation"],
    "curves": {"figures": None, "most_figures": 9, "points": 50, "numbers": 100_000, "drawn": 8},
    "cost": {"labelled": 15, "decade": 10, "figures": {"parameters": "parameters", "time/fit_seconds": "seconds"}},
    "browser": {
        "experiences": 10,
        "bytes": 1_000_000,
        "samples": 2,
        "shown": 4,
        "side": 16,
        "largest_picture": 64,
        "quality": 80,
    },
    "pictures": None,
}
SCRIPT = "<script>document.title = 'broken in'</script><img src=x onerror=\"document.title = 'broken in'\">"
"""What would change the title of a page that takes it for HTML, whether it is read or put in by a script."""


def config(name="mmtg_full", system="mmtg", seed=1, curriculum=CURRICULUM, data=DATA, **more):
    return {"name": name, "seed": seed, "model": {"name": system, **more}, "curriculum": curriculum, "data": data}


def record(label="full", seed=1, *, typed=(), figures=None, sweep="ablation/1", directory=None, **settings):
    """A run that need not be on the disk."""
    made = config(seed=seed, **settings)
    return RunRecord(
        directory=directory or Path(f"/nowhere/{label}-seed{seed}"),
        experiment=made["name"],
        system=made["model"]["name"],
        label=label,
        seed=seed,
        sweep=sweep,
        config=made,
        overrides=tuple(typed),
        figures=figures or {"test/concept_recall": 0.5, "test/bleu_2": 0.2, "parameters": 1000.0},
        provenance={},
        ended="",
    )


def comparison(*runs, baseline=None, **settings):
    """Runs as the charts see them: without intervals over experiences, which they do not use."""
    names = {name.removeprefix(TEST) for run in runs for name in run.figures if name.startswith(TEST)}
    found = Standings(
        columns=sorted(names),
        others=(),
        baseline=baseline,
        chosen=baseline is not None,
        resampling=Resampling(100, 1, 0.95),
        cells={},
        apart=frozenset(),
        notes={},
        comparisons=(0, 0),
    )
    return Comparison(rows_of(runs), [], {**SETTINGS, **settings}, found)


def samples(count=3, world=WORLD, **more):
    """Test experiences whose poem is the reference, back to front."""
    drawn = [World(**world).experience("test", index) for index in range(count)]
    return [
        {
            "id": item.id,
            "topic": item.topic,
            "reference": list(item.lines),
            "plan": [list(step) for step in item.plan],
            "scores": [asdict(step) for step in item.scores],
            "hypotheses": [list(item.lines), list(item.lines[::-1])],
            "attention": [[0.2, 0.5, 0.3]] * 5,
            **more,
        }
        for item in drawn
    ]


def write(run, records=None, *, steps=40):
    """Puts a run's directory on the disk; gives the run."""
    run.directory.mkdir(parents=True)
    contents = {
        "config.yaml": yaml.safe_dump(dict(run.config)),
        "overrides.yaml": yaml.safe_dump(list(run.overrides)),
        "status.json": json.dumps({"state": "completed", "time": "2026-01-01T00:00:00"}),
        "metrics.json": json.dumps(dict(run.figures)),
        "metrics.csv": "step,epoch,name,value\n" + "".join(_logged(run.seed, steps)),
        "samples.jsonl": "".join(json.dumps(of) + "\n" for of in records or samples()),
    }
    for name, text in contents.items():
        (run.directory / name).write_text(text, encoding="utf-8")
    return run


def _logged(seed, steps):
    for step in range(9, steps, 10):
        epoch = 2 * step // steps
        yield f"{step},{epoch},train/loss,{seed + 1 / (step + 1)}\n{step},{epoch},train/stage,{epoch}.0\n"
        if (step + 1) % (steps // 2) == 0:
            yield f"{step},{epoch},val/loss,{seed + 2 / (step + 1)}\n"
