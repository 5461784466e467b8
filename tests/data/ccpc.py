"""The real quatrains of the reference data."""

import json


def poems_of(shared, split):
    """(keywords, lines) of each poem of ``valid`` or ``test``."""
    path = shared / "data" / "ccpc" / f"ccpc_{split}_v1.0.json"
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [(record["keywords"].split(" "), record["content"].split("|")) for record in records]
