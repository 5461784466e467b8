"""The one exception that means: the user can mend this."""

MISTAKE = 2
"""Exit status for a mistake in configuration or input."""


class InputError(Exception):
    """A mistake in configuration or input; ends the program with status 2 and one line.

    The line names what is wrong and where, as ``file: record: field: what is wrong``; parts that do not
    apply are left out.

    Args:
        what: what is wrong, in words that say how to mend it.
        file: the file (or folder) at fault.
        record: the record in it, such as ``item 17`` or ``line 3``.
        field: the field of that record, such as ``img_2_emb``.
    """

    def __init__(self, what: str, *, file: object = None, record: str | None = None, field: str | None = None) -> None:
        parts = [str(part) for part in (file, record, field) if part is not None]
        super().__init__(" ".join(": ".join([*parts, what]).split()))
