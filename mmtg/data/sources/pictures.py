"""Picture files of a source: what tells that one of them has changed."""

import os
from collections.abc import Iterable

from mmtg.artefacts import fingerprint
from mmtg.data.experience import Experience


def pictures_state(experiences: Iterable[Experience]) -> str:
    """Changes when a picture file does: path, size and time of change of each."""
    paths = {step.picture_key for experience in experiences for step in experience.steps if step.picture_key}
    states = {path: (os.stat(path).st_size, os.stat(path).st_mtime_ns) for path in paths if os.path.isfile(path)}
    return fingerprint({"pictures": states})
