"""Polarity data (CrowdFlower's image sentiment): which picture is how positive, from the raw or the split tables.

Source: img2poem reference, section 2.3. The raw table separates its rows by bare CRs, with LFs inside quoted cells.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from mmtg.encoders.img2poem.items import Item
from mmtg.encoders.pictures import PictureFile
from mmtg.errors import InputError

MERGED = {
    "Highly negative": "negative",
    "Negative": "negative",
    "Neutral": "neutral",
    "Positive": "positive",
    "Highly positive": "positive",
}
"""Five labels to three, which have the names of the world's moods."""

_RAW_LABEL = "which_of_these_sentiment_scores_does_the_above_image_fit_into_best"
_COLUMNS = {"id": ("id", "_unit_id"), "label": ("label", _RAW_LABEL), "url": ("url", "imageurl")}


@dataclass(frozen=True)
class Polarity:
    """A row.

    Attributes:
        id: as in the table.
        label: negative, neutral or positive.
        url: where the picture was.
    """

    id: str
    label: str
    url: str

    @property
    def basename(self) -> str:
        """Last part of the URL's path."""
        return Path(urlsplit(self.url).path).name


def read_polarity(path: Path) -> list[Polarity]:
    """Rows of a table, raw or split, whatever separates its rows.

    Args:
        path: a CSV file.

    Returns:
        Its rows in order.

    Raises:
        InputError: the file cannot be read, lacks a column, or a row's label is unknown.
    """
    try:
        text = path.read_bytes().decode("utf-8", errors="replace")
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path) from error
    # newline="" leaves quoted cells alone; csv itself takes CR, LF and CR LF as ends of rows
    table = csv.DictReader(io.StringIO(text, newline=""))
    return [_row(record, names, path, number) for number, record, names in _records(table, path)]


def _records(table: csv.DictReader[str], path: Path) -> Iterable[tuple[int, dict[str, str], dict[str, str]]]:
    there = set(table.fieldnames or ())
    names = {}
    for name, choices in _COLUMNS.items():
        found = [choice for choice in choices if choice in there]
        if not found:
            raise InputError(f"has no column {' or '.join(choices)}", file=path, field=name)
        names[name] = found[0]
    for number, record in enumerate(table, start=1):
        yield number, record, names


def _row(record: dict[str, str], names: dict[str, str], path: Path, number: int) -> Polarity:
    values = {name: record.get(column) or "" for name, column in names.items()}
    if values["label"] not in MERGED:
        what = f"'{values['label']}' is unknown; there are {', '.join(MERGED)}"
        raise InputError(what, file=path, record=f"row {number}", field=names["label"])
    return Polarity(values["id"], MERGED[values["label"]], values["url"])


def refuse_leaks(train: Sequence[Polarity], test: Sequence[Polarity], *, file: Path) -> None:
    """Refuse a test table that has a picture of the training table.

    Args:
        train: rows to train on.
        test: rows to test on.
        file: the test table, to name.

    Raises:
        InputError: naming the first common picture.
    """
    seen = {row.url for row in train}
    both = [row for row in test if row.url in seen]
    if both:
        raise InputError(f"has {len(both)} pictures that are also in training", file=file, record=f"id {both[0].id}")


def majority(rows: Sequence[Polarity]) -> float:
    """Share of the most frequent label: what saying always that one gets right."""
    return max(Counter(row.label for row in rows).values()) / len(rows)


def polarity_items(rows: Sequence[Polarity], folder: Path, table: Path, *, max_pixels: int) -> tuple[list[Item], int]:
    """The rows whose pictures are there, by the URL's last part or as ``ID.jpg``.

    Args:
        rows: of the table.
        folder: of pictures.
        table: to name in errors.
        max_pixels: larger pictures are refused.

    Returns:
        Items with the label ``sentiment``, and how many rows have no picture.

    Raises:
        InputError: there is no such folder.
    """
    if not folder.is_dir():
        raise InputError("is no folder", file=folder, field="encoder.visual.polarity.images")
    there = {path.name for path in folder.iterdir()}
    items = []
    for row in rows:
        name = next((name for name in (row.basename, f"{row.id}.jpg") if name in there), None)
        if name is not None:
            picture = PictureFile(folder / name, table, f"id {row.id}", "url", max_pixels)
            labels = {"sentiment": row.label}
            items.append(Item(picture, str(folder / name), "", f"polarity-{row.id}", paired=False, labels=labels))
    return items, len(rows) - len(items)
