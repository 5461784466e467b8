"""Our model against golden numbers of the published code."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.data.vocabulary import Vocabulary, read_vocabulary
from mmtg.errors import InputError
from mmtg.golden.compare import Bounds, Comparison
from mmtg.golden.images2poem import images2poem_quantities
from mmtg.golden.quantities import decoded, mmtg_quantities
from mmtg.golden.recipe import Golden, read_json
from mmtg.golden.variants import VARIANTS, images2poem_of, mmtg_of, published_sequence, published_slots

IMAGES2POEM = "images2poem"
OFF = 1
"""Exit status where a number is off."""


def verify(config: DictConfig) -> None:
    """Prints a line for each quantity of ``task.golden`` with its largest error.

    Args:
        config: the whole configuration.

    Raises:
        InputError: a file is missing or broken.
        SystemExit: with status 1 if a quantity is over its bound.
    """
    task = config.task
    folder, bounds = Path(task.golden), Bounds(**plain(task.bounds))
    vocabulary = find_vocabulary(task.vocabulary, folder, list(task.places))
    base = folder.parent / "mmtg" if task.base == "auto" else Path(task.base)
    off = 0
    for name in golden_names(folder):
        print(f"{folder / name}")
        for found in quantities(folder, name, base, vocabulary, bounds):
            print(describe(found), flush=True)
            off += not found.holds
    print(f"{off} over bound" if off else "all within bounds")
    if off:
        raise SystemExit(OFF)


def golden_names(folder: Path) -> list[str]:
    """The sets of golden numbers in a folder.

    Args:
        folder: where they lie.

    Returns:
        Names of files, without ending.

    Raises:
        InputError: there are none.
    """
    known = [name for name in (*VARIANTS, IMAGES2POEM) if (folder / f"{name}.json").is_file()]
    if not known:
        raise InputError("holds no golden numbers: neither forward.json nor that of a variant", file=folder)
    return known


def find_vocabulary(word: str, folder: Path, places: Sequence[str]) -> Vocabulary:
    """The published tokenizer's vocabulary.

    Args:
        word: a file, or ``auto``.
        folder: of the golden numbers.
        places: where ``auto`` looks, in the folder and then in the working folder.

    Returns:
        The vocabulary.

    Raises:
        InputError: there is none.
    """
    looked = [root / place for root in (folder, Path()) for place in places]
    paths = [path for path in (looked if word == "auto" else [Path(word)]) if path.is_file()]
    if not paths:
        raise InputError("no vocab.txt is found; give task.vocabulary=FILE", file=folder if word == "auto" else word)
    return read_vocabulary(paths[0], keep_spaces=False)


def quantities(folder: Path, name: str, base: Path, vocabulary: Vocabulary, bounds: Bounds) -> Iterator[Comparison]:
    """All comparisons of one set of golden numbers."""
    golden = Golden(folder, name, base=base)
    if name == IMAGES2POEM:
        sequence = published_sequence(vocabulary)
        yield from images2poem_quantities(golden, images2poem_of(golden), sequence, bounds)
        return
    slots = published_slots(vocabulary)
    model = mmtg_of(golden, slots)
    yield from mmtg_quantities(golden, model, slots, bounds)
    if name == "forward" and (folder / "decode.json").is_file():
        texts: dict[str, Any] = read_json(folder / "decode.json")
        yield from decoded(golden, model, slots, texts)


def describe(found: Comparison) -> str:
    """A comparison as a line."""
    return f"  {'ok ' if found.holds else 'OFF'}  {found.error:9.2e}  (bound {found.bound:.0e})  {found.name}"
