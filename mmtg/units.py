"""What texts are counted in: characters, as Chinese, or the words that white space parts."""

from mmtg.errors import InputError

CHARACTERS, WORDS = "characters", "words"
UNITS = (CHARACTERS, WORDS)


def check_unit(unit: object, *, field: str) -> None:
    """Refuses what is no unit of texts.

    Args:
        unit: what was given.
        field: the setting that gave it, for the message.

    Raises:
        InputError: it is neither ``characters`` nor ``words``.
    """
    if unit not in UNITS:
        raise InputError(f"must be {' or '.join(UNITS)}, not '{unit}'", field=field)
