"""torch files of strangers, read without running anything in them."""

import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from mmtg.errors import InputError

_GLOBAL = re.compile(r"GLOBAL (\S+)")
_BEFORE_REASON = "WeightsUnpickler error:"


def read_torch(path: Path, *, allowed: Mapping[str, type] | None = None, called: str = "checkpoint") -> Any:
    """What a torch file holds: tensors, numbers, strings, containers, and what is allowed beside them.

    Args:
        path: the file, zip or of the older kind.
        allowed: further classes by the full names under which files ask for them; a file gets the class given here,
            whatever its name says, and may make empty objects of it and set their attributes.
        called: what such a file is, for messages.

    Returns:
        The content, on the CPU.

    Raises:
        InputError: no such file, torn, or asking for anything else, which is named; nothing of it was run.
    """
    if not path.is_file():
        raise InputError(f"no such {called}", file=path)
    stand_ins: list[Any] = [(kind, name) for name, kind in (allowed or {}).items()]
    try:
        with torch.serialization.safe_globals(stand_ins), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old formats; what cannot be read ends in an error
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a torn or hostile file may end in any
        raise InputError(_reason(error, called), file=path) from error


def _reason(error: Exception, called: str) -> str:
    """What is wrong with a file, of torch's explanations of many lines."""
    asked = _GLOBAL.search(str(error))
    if asked:
        return f"asks for '{asked[1]}', which is neither a tensor nor plain data; refused, and nothing in it was run"
    lines = str(error).rsplit(_BEFORE_REASON, 1)[-1].strip().splitlines()
    return f"cannot be read as a {called} ({lines[0] if lines else type(error).__name__})"
