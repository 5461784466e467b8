"""Kills processes of a training at random moments, and holds the end against that of an undisturbed twin.

    python experiments/resilience/kills.py kills=20 devices=2 output=DIR

The training (debug size) runs as a user starts it. At a random moment one of its processes, chosen at random, gets
SIGKILL; the same command then starts it again, until it has been killed ``kills`` times and is left to end. Checked at
each kill: the checkpoint to go on from is whole, and no more steps are lost than lie between two checkpoints.
"""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch

from mmtg.checkpoints import newest_whole, steps_of

ROOT = Path(__file__).resolve().parents[2]
DEFAULTS = {
    "kills": 20, "devices": 2, "seed": 1, "epochs": 60, "every": 5,
    "output": "runs/resilience", "artefacts": "artefacts",
}  # fmt: skip
CLOCK = ("second", "time/")
"""Parts of the names of figures that the clock decides."""
EARLY = 0.2
"""Share of the kills that come before the first new step."""
WAIT = 180
"""Seconds in which all processes must have ended after one was killed."""
TOLERANCE = 1e-6
"""Relative, of the final weights of several processes; one process must be equal bit for bit."""


def main() -> None:
    """Runs the twin, then the disturbed training; prints a table and writes ``results.json``."""
    given = dict(word.split("=", 1) for word in sys.argv[1:])
    settings = {name: type(value)(given.pop(name, value)) for name, value in DEFAULTS.items()}
    if given:
        sys.exit(f"unknown: {', '.join(given)}; known are {', '.join(DEFAULTS)}")
    output = Path(settings["output"])
    command = [
        sys.executable, str(ROOT / "run.py"), "+experiment=mmtg_full", "model/size=debug", "model.dropout=0.1",
        f"curriculum.epochs={settings['epochs']}", f"trainer.devices={settings['devices']}",
        "trainer.log_every_n_steps=1",
        f"callbacks.last.every_n_steps={settings['every']}", "logger.wandb.enabled=false",
        f"paths.artefacts={settings['artefacts']}", "resume=auto",
    ]  # fmt: skip
    twin, run = output / "undisturbed", output / "killed"
    subprocess.run([*command, f"hydra.run.dir={twin}"], check=True, stdout=subprocess.DEVNULL)
    kills = disturb([*command, f"hydra.run.dir={run}"], run, settings)
    result = {"settings": settings, "kills": kills, **compare(run, twin)}
    (output / "results.json").write_text(json.dumps(result, indent=2) + "\n")
    print(report(result))
    bound = 0.0 if settings["devices"] == 1 else TOLERANCE
    if result["weights"] > bound or max(kill["lost"] for kill in kills) > settings["every"]:
        sys.exit("the end is another, or more was lost than lies between two checkpoints")


def disturb(command: list[str], run: Path, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """Starts, kills and starts again; the last start is left alone."""
    dice = random.Random(settings["seed"])
    kills = []
    for _ in range(settings["kills"]):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as first:
            if dice.random() < EARLY:
                time.sleep(dice.uniform(0, 8))  # while it prepares
            else:
                wait_for_a_step(run, first)
                time.sleep(dice.uniform(0, 3))
            if first.poll() is not None:
                sys.exit("the training ended before it could be killed; give it more epochs")
            processes = [first.pid, *children(first.pid)]
            victim = dice.randrange(len(processes))
            os.kill(processes[victim], signal.SIGKILL)
            first.wait(WAIT)
        kills.append({"process": victim, **state(run)})
        print(kills[-1], flush=True)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return kills


def wait_for_a_step(run: Path, process: subprocess.Popen[bytes]) -> None:
    """Waits until the training has made a step more than ever."""
    before = steps_logged(run)
    while steps_logged(run) <= before and process.poll() is None:
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found if "rank_process" in Path(f"/proc/{child}/cmdline").read_text()]


def state(run: Path) -> dict[str, Any]:
    """What a killed training leaves: steps logged, steps of the checkpoint to go on from, steps lost."""
    folder = run / "checkpoints"
    checkpoint = newest_whole(folder) if folder.is_dir() else None
    kept = steps_of(checkpoint) if checkpoint else 0
    made = steps_logged(run)
    return {"made": made, "kept": kept, "lost": max(0, made - kept), "from": checkpoint.name if checkpoint else None}


def steps_logged(run: Path) -> int:
    """Number of steps whose figures stand in ``metrics.csv``."""
    if not (run / "metrics.csv").is_file():
        return 0
    with (run / "metrics.csv").open(newline="", encoding="utf-8") as file:
        return max((int(row["step"]) + 1 for row in csv.DictReader(file) if row["name"] == "train/loss"), default=0)


def compare(run: Path, twin: Path) -> dict[str, Any]:
    """Largest relative difference of final weights and figures between a training and its undisturbed twin."""
    mine, theirs = (torch.load(d / "checkpoints" / "last.ckpt", weights_only=True)["state_dict"] for d in (run, twin))
    weights = max(
        float((mine[name].double() - value.double()).abs().max() / value.double().abs().max().clamp(min=1e-6))
        for name, value in theirs.items()
        if value.is_floating_point()
    )
    own, other = (json.loads((d / "metrics.json").read_text()) for d in (run, twin))
    steady = [name for name in other if not any(part in name for part in CLOCK)]
    figures = max(abs(own[name] - other[name]) / max(abs(other[name]), 1e-6) for name in steady)
    same_texts = (run / "samples.jsonl").read_bytes() == (twin / "samples.jsonl").read_bytes()
    return {"weights": weights, "figures": figures, "figures_compared": len(steady), "same_texts": same_texts}


def report(result: dict[str, Any]) -> str:
    """The result as a table in Markdown."""
    lines = ["| kill | process | steps made | kept | lost |", "|---|---|---|---|---|"]
    for number, kill in enumerate(result["kills"], 1):
        lines.append(f"| {number} | {kill['process']} | {kill['made']} | {kill['kept']} | {kill['lost']} |")
    lines.append(
        f"\nAgainst the undisturbed twin: weights differ by at most {result['weights']:.1e}, the "
        f"{result['figures_compared']} figures by {result['figures']:.1e} (relative); the texts are "
        f"{'equal' if result['same_texts'] else 'different'}."
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
