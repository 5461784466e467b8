"""Which files a name on the command line stands for."""

from collections.abc import Iterator
from pathlib import Path

from mmtg.errors import InputError
from mmtg.scoring.outputs import Outputs
from mmtg.scoring.samples import read_samples
from mmtg.scoring.texts import TEXT_FILES, read_texts
from mmtg.units import CHARACTERS

SAMPLES = "samples.jsonl"


def read_outputs(path: Path, references: Path | None, *, samples: int | None, unit: str | None = None) -> list[Outputs]:
    """Reads one system's texts, or those of several from a directory.

    Args:
        path: a text file, a file of samples, a run directory, or a directory that holds any of them.
        references: of text files.
        samples: texts per reference; None: as many as each file's lines say.
        unit: what texts are counted in; None: what samples say of themselves, and characters for text files.

    Returns:
        The outputs, in order of their names: names of files, and paths of run directories below ``path``.

    Raises:
        InputError: nothing to score, a mistake in a file, or references for samples, which have their own.
    """
    files = {path.name: path} if is_single(path) else dict(sorted(_below(path, references)))
    if not files:
        raise InputError(f"holds neither {' nor '.join(TEXT_FILES)} files nor {SAMPLES}", file=path)
    texts = {name for name, file in files.items() if file.name.endswith(TEXT_FILES)}
    for name, given in (("references", references), ("samples_per_reference", None if samples == 1 else samples)):
        if given is not None and not texts:
            raise InputError("is for text files; records of samples have their own", file=path, field=f"task.{name}")
    return [
        read_texts(file, references, samples=samples, name=name, unit=unit or CHARACTERS)
        if name in texts
        else read_samples(file / SAMPLES if file.is_dir() else file, name=name, unit=unit)
        for name, file in files.items()
    ]


def is_single(path: Path) -> bool:
    """Whether a path is one system's: a file, or a run directory."""
    return not path.is_dir() or (path / SAMPLES).is_file()


def _below(path: Path, references: Path | None) -> Iterator[tuple[str, Path]]:
    """Files and run directories in a directory, with their names; the references themselves are not among them."""
    for file in path.iterdir():
        own = references is not None and references.exists() and file.samefile(references)
        if file.is_file() and file.name.endswith((*TEXT_FILES, ".jsonl")) and not own:
            yield file.name, file
    for file in path.rglob(SAMPLES):
        yield str(file.parent.relative_to(path)), file.parent
