"""The tables of docs/scaling.md: what 8 to 512 GPUs would see and exchange. Simulated: no GPU is needed or used.

python experiments/scaling/table.py             prints the tables
python experiments/scaling/table.py --write     puts them into docs/scaling.md
    Samples and steps are counted from the suite's own sampler, weights from its own model at the published size; bytes
    are those of the formulas in docs/scaling.md.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from hydra import compose, initialize_config_dir

from mmtg.config import register_schemas
from mmtg.config.plain import plain
from mmtg.curriculum import Schedule, schedule_from
from mmtg.curriculum.sampler import CurriculumBatchSampler
from mmtg.data.vocabulary import character_vocabulary
from mmtg.errors import InputError
from mmtg.models.build import build_system, optimizer_from
from mmtg.phases import describe_training, system_model

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "scaling.md"
GPUS = (8, 16, 32, 64, 128, 256, 512)
EXPERIENCES = 210_000  # of the published training data, ratings in equal shares
PUBLISHED_GPUS, SEED, WIDTH = 4, 1, 2048  # vectors of the published encoder
FLOAT32, BFLOAT16 = 4, 2  # bytes
EPOCHS = {"1": 0, "2": 1, "3": 3}  # an epoch of each stage


def configuration():
    """``+experiment=mmtg_published``, composed."""
    register_schemas()
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        return compose("config", overrides=["+experiment=mmtg_published", "data.root=none", "model.pretrained=null"])


def trained_weights(config) -> int:
    """Number of trained weights of the experiment's system, built without memory."""
    vocabulary = character_vocabulary([config.data.layout.prompt])
    sizes = {"steps": config.data.steps, "lines_per_step": config.data.lines_per_step, **plain(config.data.layout)}
    optimizer = optimizer_from(plain(config.optimizer), [1], -1)
    described = {
        **describe_training(config, optimizer=optimizer, curriculum=plain(config.curriculum)),
        "model": system_model(config),
        "layout": sizes,
        "vocabulary": vocabulary.to_plain(),
    }
    with torch.device("meta"):
        system = build_system(described, torch.zeros(len(vocabulary), WIDTH))
    return sum(weight.numel() for weight in system.parameters() if weight.requires_grad)


def seen(schedule: Schedule, gpus: int, batch: int, epoch: int) -> tuple[int, int, int]:
    """Steps of an epoch, and the fewest and most samples that a process sees in it, counted in the sampler."""
    ratings = np.arange(EXPERIENCES) % 5 + 1
    sampler = CurriculumBatchSampler(
        ratings, schedule, batch_size=batch, seed=SEED, epoch=epoch, rank=0, world_size=gpus
    )
    counts = []
    for rank in range(gpus):
        sampler.rank = rank
        counts.append(sum(map(len, sampler)))
    return len(sampler), min(counts), max(counts)


def exchanged(weights: int, gpus: int) -> dict[str, float]:
    """Bytes that a GPU sends in a step (and receives as many)."""
    ring = (gpus - 1) / gpus  # of a reduce-scatter or an all-gather around a ring
    whole = ring * weights * FLOAT32
    return {
        "DDP": 2 * whole,
        "DDP, bf16 gradients": 2 * whole * BFLOAT16 / FLOAT32,
        "FSDP": 3 * whole,
        "FSDP, bf16 gradients": 2 * whole + whole * BFLOAT16 / FLOAT32,
        "FSDP, not resharded": 2 * whole,
    }


def row(cells: Sequence[object]) -> str:
    """A line of a table."""
    return "| " + " | ".join(map(str, cells)) + " |"


def between(least: int, most: int) -> str:
    """A number, or the range of two."""
    return f"{least:,}" if least == most else f"{least:,} to {most:,}"


def samples_table(schedule: Schedule, batch_of: dict[int, int]) -> Iterator[str]:
    """Steps and samples per process, in an epoch of each stage and in all epochs."""
    yield row(["GPUs", "batch", *(f"stage {n}: steps, samples per GPU" for n in EPOCHS), "all 5 epochs: steps"])
    yield "|" + "---:|" * (3 + len(EPOCHS))
    for gpus, batch in batch_of.items():
        try:
            by_epoch = {epoch: seen(schedule, gpus, batch, epoch) for epoch in EPOCHS.values()}
        except InputError:
            yield row([gpus, batch, *("refused" for _ in EPOCHS), "refused"])
            continue
        steps = sum(by_epoch[max(e for e in by_epoch if e <= epoch)][0] for epoch in range(schedule.epochs))
        cells = [f"{count:,}, {between(least, most)}" for count, least, most in by_epoch.values()]
        yield row([gpus, f"{batch:,}", *cells, f"{steps:,}"])


def bytes_table(weights: int) -> Iterator[str]:
    """Megabytes that a GPU sends in a step, and what it keeps of the weights and what belongs to them."""
    yield row(["GPUs", *(f"{name}, MB" for name in exchanged(weights, 1)), "kept: DDP, MB", "kept: FSDP, MB"])
    yield "|" + "---:|" * (len(exchanged(weights, 1)) + 3)
    for gpus in GPUS:
        kept = 4 * FLOAT32 * weights
        numbers = [*exchanged(weights, gpus).values(), kept, kept / gpus]
        yield row([gpus, *(f"{number / 1e6:,.1f}" for number in numbers)])


def tables() -> dict[str, str]:
    """The tables by name."""
    config = configuration()
    schedule, weights, batch = schedule_from(plain(config.curriculum)), trained_weights(config), config.data.batch_size
    grown = {gpus: batch * gpus // PUBLISHED_GPUS for gpus in GPUS}
    return {
        "weights": f"{weights:,} trained weights, {weights * FLOAT32 / 1e6:,.1f} MB in float32",
        "grown": "\n".join(samples_table(schedule, grown)),
        "kept": "\n".join(samples_table(schedule, dict.fromkeys(GPUS, batch))),
        "bytes": "\n".join(bytes_table(weights)),
    }


def written(page: str, parts: dict[str, str]) -> str:
    """The page with its tables, each between ``<!-- NAME -->`` and ``<!-- end -->``."""
    for name, text in parts.items():
        page, count = re.subn(
            rf"(<!-- {name} -->\n).*?(<!-- end -->)", lambda m, t=text: f"{m[1]}{t}\n{m[2]}", page, flags=re.DOTALL
        )
        if count != 1:
            raise InputError(f"has {count} places for the table; it needs one", file=PAGE, field=name)
    return page


def main() -> None:
    """Prints the tables, or writes them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put them into docs/scaling.md")
    parts = tables()
    if parser.parse_args().write:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), parts), encoding="utf-8")
    else:
        print("\n\n".join(parts.values()))


if __name__ == "__main__":
    main()
