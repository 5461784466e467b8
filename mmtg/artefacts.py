"""Things made once and used by many runs: encoders, encoded stores, pre-trained decoders.

An artefact is a folder named by its kind and the hash of the configuration that made it. It is written beside and
renamed when whole, under a lock: two jobs that want the same one at once make it once.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from mmtg.files import build_folder, remove_leftovers, write_json

log = logging.getLogger(__name__)

KEY_FILE = "key.json"
HASH_LETTERS = 16


def fingerprint(key: Mapping[str, Any]) -> str:
    """Hash of plain data; equal data give equal hashes whatever the order of their keys."""
    text = json.dumps(key, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_LETTERS]


@dataclass(frozen=True)
class Artefacts:
    """The folder of artefacts.

    Attributes:
        root: made when first needed; may be deleted between runs.
        used: kinds and names of the artefacts that were asked for.
    """

    root: Path
    used: dict[str, list[str]] = field(default_factory=dict)

    def path(self, kind: str, key: Mapping[str, Any]) -> Path:
        """Where the artefact of a kind and key is, or would be."""
        return self.root / f"{kind}-{fingerprint(key)}"

    def ensure(self, kind: str, key: Mapping[str, Any], make: Callable[[Path], None]) -> Path:
        """The artefact's folder, made now if it is missing.

        Args:
            kind: what it is, such as ``encoder``.
            key: plain data that decide what is in it.
            make: fills the empty folder that it is given; if it fails nothing stays behind.

        Returns:
            The folder.
        """
        path = self.path(kind, key)
        used = self.used.setdefault(kind, [])
        if path.name not in used:
            used.append(path.name)
        if (path / KEY_FILE).is_file():
            log.info("%s: using %s", kind, path)
            return path
        locks = self.root / ".locks"
        locks.mkdir(parents=True, exist_ok=True)
        with FileLock(locks / f"{path.name}.lock"):
            if not (path / KEY_FILE).is_file():
                remove_leftovers(path)
                log.info("%s: making %s", kind, path)
                with build_folder(path, overwrite=True) as folder:
                    make(folder)
                    write_json(folder / KEY_FILE, dict(key))
        return path
