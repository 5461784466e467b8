"""Measures all ratios and times of this folder.

    python experiments/performance/measure.py repeats=3 output=results.json [only=decoding,training]

Every other module here has a function ``measure`` that gives a flat dict of one repetition. Prints each figure's
median, least and greatest value, and writes the medians.
"""

import importlib
import json
import statistics
import sys
from pathlib import Path

DEFAULTS = {"repeats": "3", "output": "results.json", "only": ""}
MODULES = ("decoding", "training", "metrics", "data", "start")


def main() -> None:
    """Measures and writes."""
    given = dict(word.split("=", 1) for word in sys.argv[1:])
    if unknown := given.keys() - DEFAULTS.keys():
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(DEFAULTS)}")
    settings = {**DEFAULTS, **given}
    found: dict[str, list[float]] = {}
    for name in settings["only"].split(",") if settings["only"] else present():
        for _ in range(int(settings["repeats"])):
            for key, value in importlib.import_module(name).measure().items():
                found.setdefault(key, []).append(value)
    print(table(found))
    medians = {key: statistics.median(values) for key, values in found.items()}
    Path(settings["output"]).write_text(json.dumps(medians, indent=2) + "\n", encoding="utf-8")


def present() -> list[str]:
    """The modules that are there."""
    return [name for name in MODULES if (Path(__file__).parent / f"{name}.py").exists()]


def table(found: dict[str, list[float]]) -> str:
    """A line for each figure: median, least, greatest."""
    rows = [f"| {k} | {statistics.median(v):.3f} | {min(v):.3f} | {max(v):.3f} |" for k, v in found.items()]
    return "\n".join(["| figure | median | least | greatest |", "|---|---|---|---|", *rows])


if __name__ == "__main__":
    main()
