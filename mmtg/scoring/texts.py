"""Text files: one text a line, its lines joined by full-width commas, as the MMTG authors keep theirs."""

import gzip
import zlib
from collections.abc import Sequence
from pathlib import Path

from mmtg.errors import InputError
from mmtg.metrics.registry import make_items
from mmtg.scoring.outputs import Outputs
from mmtg.units import CHARACTERS

TEXT_FILES = (".txt", ".txt.gz")
"""Endings of text files."""


def read_texts(
    hypotheses: Path, references: Path | None, *, samples: int | None, name: str, unit: str = CHARACTERS
) -> Outputs:
    """Reads a file of texts; line i of ``samples`` texts per experience belongs to experience ``i // samples``.

    Args:
        hypotheses: the texts, UTF-8, plain or gzip.
        references: a line per experience, or each line as often as there are texts for it; None: they are not known.
        samples: texts per experience; None: as many as the numbers of lines say.
        name: to call the outputs by.
        unit: what the texts are counted in, ``characters`` or ``words``.

    Returns:
        The outputs; experiences are called by their number, from 1.

    Raises:
        InputError: a file cannot be read, or the numbers of lines do not fit.
    """
    if samples is not None and samples < 1:
        raise InputError(f"must be at least 1, not {samples}", field="task.samples_per_reference")
    texts = read_lines(hypotheses)
    wanted: Sequence[str | None]
    if references is None:
        samples = samples or 1
        wanted = [None] * _experiences(len(texts), samples, hypotheses)
    else:
        wanted, samples = _match(texts, read_lines(references), samples, hypotheses, references)
    groups = [texts[first : first + samples] for first in range(0, len(texts), samples)]
    ids = tuple(str(number) for number in range(1, len(groups) + 1))
    return Outputs(name, hypotheses, ids, make_items(wanted, groups, unit=unit))


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file, plain or gzip, parted by line feeds alone; empty ones are texts too.

    Args:
        path: the file.

    Returns:
        Lines without white space around them.

    Raises:
        InputError: it cannot be read, is not UTF-8, or holds nothing.
    """
    content = _content(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        record = f"line {content[: error.start].count(10) + 1}"
        raise InputError("is not UTF-8", file=path, record=record) from None
    if not text.strip():
        raise InputError("holds no texts", file=path)
    return [line.strip() for line in text.removesuffix("\n").split("\n")]


def _content(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if path.suffix == ".gz" else content
    except FileNotFoundError:
        raise InputError("there is no such file", file=path) from None
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot be read ({error})", file=path) from None


def _match(
    texts: Sequence[str], references: Sequence[str], samples: int | None, hypotheses: Path, file: Path
) -> tuple[Sequence[str], int]:
    """One reference per experience, and the number of texts for each."""
    if "" in references:
        raise InputError("is empty; a reference is wanted", file=file, record=f"line {references.index('') + 1}")
    if samples is None:
        samples = _samples(len(texts), len(references), hypotheses)
    if len(texts) == len(references) * samples:
        return references, samples
    if len(texts) == len(references) and len(texts) % samples == 0:
        return _unrepeated(references, samples, file), samples
    raise InputError(
        f"{len(texts)} texts do not fit {len(references)} references (of {file}) with {samples} texts each: "
        f"wanted are {len(references) * samples} texts, or every reference {samples} times",
        file=hypotheses,
        field="task.samples_per_reference",
    )


def _unrepeated(references: Sequence[str], samples: int, file: Path) -> Sequence[str]:
    for number, reference in enumerate(references):
        if reference != references[number - number % samples]:
            raise InputError(
                f"differs from line {number - number % samples + 1}, though {samples} lines belong to one experience",
                file=file,
                record=f"line {number + 1}",
            )
    return references[::samples]


def _samples(texts: int, references: int, file: Path) -> int:
    if texts % references:
        raise InputError(f"{texts} texts cannot be shared out to {references} references evenly", file=file)
    return texts // references


def _experiences(texts: int, samples: int, file: Path) -> int:
    if texts % samples:
        what = f"{texts} texts cannot be parted into groups of {samples}"
        raise InputError(what, file=file, field="task.samples_per_reference")
    return texts // samples
