"""Pictures and texts of experiences: drawn anew where they are the picture world's, else thumbnails of a folder."""

import base64
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from mmtg.data.experience import Experience
from mmtg.errors import InputError
from mmtg.report.experiences import Key
from mmtg.world import World

WORLD_SOURCE = "mmtg.data.sources.WorldSource"
NAMED = re.compile(r"(?P<split>.+)-(?P<index>\d{6,12})")
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
FORMATS = ("PNG", "JPEG", "WEBP")


@dataclass(frozen=True)
class Seen:
    """What is known of an experience's steps.

    Attributes:
        pictures: a data URI for each step; None where there is none.
        texts: of each step; None where it is not known.
        note: why there are no pictures; "" where there are.
    """

    pictures: Sequence[str | None] = ()
    texts: Sequence[str | None] = ()
    note: str = ""


@dataclass
class Gallery:
    """Gives the pictures of experiences.

    Attributes:
        side: pixels of the pictures in the page, either way at most.
        quality: of WebP.
        largest: pixels of a side of the world's pictures; its square of a file's.
        folder: of thumbnails, or None.
    """

    side: int
    quality: int
    largest: int
    folder: Path | None = None
    _files: dict[str, Path] = field(init=False, default_factory=dict)
    _uris: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        if self.folder is None:
            return
        if not self.folder.is_dir():
            raise InputError("is no folder", file=self.folder, field="task.pictures")
        self._files = {file.name: file for file in sorted(self.folder.iterdir()) if file.suffix.lower() in ENDINGS}

    def of(self, key: Key, data: Any, steps: int) -> Seen:
        """Pictures and texts of an experience.

        Args:
            key: its id, topic and reference.
            data: ``data`` of the configuration of a run that was tested on it.
            steps: how many it has, where it is not the world's.

        Returns:
            What is known. Pictures of the world are those of the run only if it draws the same topic and lines.
        """
        if not _is_world(data):
            return self._of_folder(key[0], steps)
        try:
            drawn = self._drawn(key, data)
            return Seen([self._uri(step) for step in drawn.steps], [step.text for step in drawn.steps])
        except InputError as error:
            return Seen(note=f"No pictures: {error}.")
        except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
            return Seen(note=f"No pictures: the run's picture world cannot be drawn ({type(error).__name__}).")

    def _drawn(self, key: Key, data: Mapping[str, Any]) -> Experience:
        """An experience as the run's own world draws it."""
        name, topic, reference = key
        found = NAMED.fullmatch(name)
        if found is None:
            raise InputError(f"'{name}' is no name of an experience of the picture world")
        drawn = self._world(data, len(reference)).experience(found["split"], int(found["index"]))
        if drawn.topic != topic or drawn.lines != reference:
            raise InputError("the picture world now writes other lines for this experience than the run was tested on")
        return drawn

    def _world(self, data: Mapping[str, Any], lines: int) -> World:
        """The run's world; how many raters there are changes no picture."""
        settings, steps, of_step = data.get("world"), data.get("steps"), data.get("lines_per_step")
        if not isinstance(settings, dict) or not isinstance(steps, int) or not isinstance(of_step, int):
            raise InputError("the run's configuration does not say which picture world it used")
        if steps < 1 or of_step < 1 or steps * of_step != lines:
            raise InputError(
                f"the run's picture world has {steps} steps of {of_step} lines, the reference {lines} lines"
            )
        world = World(**{**settings, "steps": steps, "lines_per_step": of_step, "raters": 1})
        if world.picture_size > self.largest:
            raise InputError(f"pictures of {world.picture_size} pixels are larger than task.browser.largest_picture")
        return world

    def _uri(self, step: Any) -> str:
        if step.picture_key not in self._uris:
            self._uris[step.picture_key] = self._encoded(step.picture())
        return self._uris[step.picture_key]

    def _of_folder(self, name: str, steps: int) -> Seen:
        """Thumbnails by the names of files; only files of the folder itself are looked at."""
        if self.folder is None:
            return Seen(note="No pictures: task.pictures names a folder of thumbnails for experiences like this one.")
        pictures, faults = [], []
        for step in range(1, steps + 1):
            file = next((self._files[n] for n in (f"{name}-{step}{end}" for end in ENDINGS) if n in self._files), None)
            try:
                pictures.append(None if file is None else self._thumbnail(file))
            except InputError as error:
                pictures.append(None)
                faults.append(str(error))
        if not any(pictures) and not faults:
            faults = [f"task.pictures has no {name}-1{ENDINGS[0]}"]
        return Seen(pictures, note=f"No picture: {faults[0]}." if faults else "")

    def _thumbnail(self, file: Path) -> str:
        try:
            with Image.open(file, formats=FORMATS) as image:
                if image.width * image.height > self.largest**2:
                    raise InputError(f"has more than {self.largest**2} pixels", file=file.name)
                image.draft("RGB", (self.side, self.side))
                return self._encoded(ImageOps.exif_transpose(image).convert("RGB"))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise InputError(f"is no picture ({type(error).__name__})", file=file.name) from None

    def _encoded(self, image: Image.Image) -> str:
        image.thumbnail((self.side, self.side))
        written = io.BytesIO()
        image.save(written, "WEBP", quality=self.quality)
        return "data:image/webp;base64," + base64.b64encode(written.getvalue()).decode("ascii")


def _is_world(data: Any) -> bool:
    return isinstance(data, Mapping) and data.get("_target_") == WORLD_SOURCE
