"""Run directories called ``NAME-seedN``, as sweeps over seeds name theirs."""

import re
from dataclasses import dataclass

PATTERN = re.compile(r"(?P<name>.+?)-seed(?P<seed>\d+)(?P<rest>-.*)?")


@dataclass(frozen=True)
class Seeded:
    """What such a name says.

    Attributes:
        name: in front of the seed.
        seed: that the sweep gave to the run.
        rest: behind the seed, with its hyphen; "" if nothing is.
    """

    name: str
    seed: int
    rest: str


def seeded(folder: str) -> Seeded | None:
    """Reads the name of a run directory.

    Args:
        folder: its last part.

    Returns:
        What it says; None where it has no seed.
    """
    found = PATTERN.fullmatch(folder)
    return Seeded(found["name"], int(found["seed"]), found["rest"] or "") if found else None
