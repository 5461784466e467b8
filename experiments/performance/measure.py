"""Measures all ratios and times of this folder, and how they grow.

    python experiments/performance/measure.py [repeats=3] [only=decoding,training] [--write]

Prints each figure's median, least and greatest value beside its target, and writes ``results.json``, the medians with
the least and greatest as NAME_least and NAME_greatest; what ``only`` (one or more of the modules) leaves out keeps its
last figures. ``--write`` puts the tables into README.md and draws. Nothing else should run on the machine meanwhile.
"""

import importlib
import json
import statistics
import sys
from collections import defaultdict
from pathlib import Path

FOLDER = Path(__file__).parent
RESULTS, PAGE = FOLDER / "results.json", FOLDER / "README.md"
MODULES = ("decoding", "training", "published", "metrics", "data", "start")
GROWTH = ("growth", "growth_data")
DEFAULTS = {"repeats": "3", "only": ",".join((*MODULES, *GROWTH))}
TARGETS = {
    "decode_vs_generate": 0.5,
    "train_slots_vs_gpt2": 1.10,
    "train_compact_vs_slots": 0.55,
    "metrics_2960x3_s": 30,
    "convert_peak_mb_3000": 600,
    "convert_peak_mb_12000": 600,
    "convert_mb_per_s": 80,
    "store_open_s": 1,
    "store_rss_growth_mb": 300,
    "collate_96_ms": 5,
    "help_s": 2,
    "first_step_s": 10,
}
AT_LEAST = ("convert_mb_per_s",)
"""All other targets are upper bounds."""
ENDS = "_least", "_greatest"


def main() -> None:
    """Measures, prints and writes."""
    words = [word for word in sys.argv[1:] if word != "--write"]
    settings = {**DEFAULTS, **dict(word.split("=", 1) for word in words)}
    if unknown := settings.keys() - DEFAULTS.keys():
        sys.exit(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(DEFAULTS)}")
    chosen = settings["only"].split(",")
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    for name in MODULES:
        if name in chosen:
            results |= repeated(name, int(settings["repeats"]))
            RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print("\n".join(table(results)))
    if "--write" in sys.argv:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), "figures", table(results)), encoding="utf-8")
    for name in GROWTH:
        if name in chosen:
            importlib.import_module(name).main("--write" in sys.argv)


def repeated(name: str, repeats: int) -> dict[str, float]:
    """Median, least and greatest of a module's figures."""
    found: dict[str, list[float]] = defaultdict(list)
    for _ in range(repeats):
        for key, value in importlib.import_module(name).measure().items():
            found[key].append(value)
            print(f"{key}: {value:.4g}", flush=True)
    least, greatest = ENDS
    return {
        key + end: value
        for key, values in found.items()
        for end, value in (("", statistics.median(values)), (least, min(values)), (greatest, max(values)))
    }


def table(results: dict[str, float]) -> list[str]:
    """A line for each figure: median, least, greatest, target."""
    rows = ["| figure | median | least | greatest | target |", "|---|---|---|---|---|"]
    for key, value in results.items():
        if not key.endswith(ENDS):
            least, greatest = (results[key + end] for end in ENDS)
            rows.append(f"| `{key}` | {value:.3g} | {least:.3g} | {greatest:.3g} | {target(key)} |")
    return rows


def target(key: str) -> str:
    """What a figure is to be, in words; nothing where it has no target."""
    if key not in TARGETS:
        return ""
    return f"{'at least' if key in AT_LEAST else 'at most'} {TARGETS[key]:g}"


def written(page: str, place: str, rows: list[str]) -> str:
    """The page with a table in the place that two comments mark."""
    begin, end = f"<!-- {place} -->\n", f"<!-- end of {place} -->"
    before, rest = page.split(begin)
    return before + begin + "\n".join(rows) + "\n" + end + rest.split(end)[1]


if __name__ == "__main__":
    main()
