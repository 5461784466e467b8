"""JSON from strangers."""

import json
from pathlib import Path
from typing import Any

from mmtg.errors import InputError


def read_json(path: Path, *, field: str) -> Any:
    """What a file holds.

    Args:
        path: the file.
        field: the setting that names it, for where it is not there.

    Returns:
        Plain data.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return json.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise InputError("no such file", file=path, field=field) from None
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", file=path) from error
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start + 1} is not UTF-8", file=path) from None
    except json.JSONDecodeError as error:
        raise InputError(f"is not JSON: {error.msg} at character {error.pos + 1}", file=path) from None
    except (ValueError, RecursionError):  # numbers of thousands of digits, thousands of brackets
        raise InputError("is no JSON that can be read", file=path) from None
