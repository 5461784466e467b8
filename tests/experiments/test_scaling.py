"""docs/scaling.md says what the script counts."""

import numpy as np
import pytest

from mmtg.config.plain import plain
from mmtg.curriculum import schedule_from
from mmtg.errors import InputError


@pytest.fixture(scope="module")
def study(script):
    return script("scaling/table.py")


@pytest.mark.slow
def test_the_page_is_up_to_date(study):
    page = study.PAGE.read_text(encoding="utf-8")
    assert study.written(page, study.tables()) == page


def test_samples_of_a_small_case_by_hand(study, composed, monkeypatch):
    """10 experiences, 4 of which stage 1 shows: one batch of 4 over 3 processes is 2, 1, 1."""
    monkeypatch.setattr(study, "EXPERIENCES", 10)
    schedule = schedule_from(plain(composed("curriculum=published").curriculum))
    assert study.seen(schedule, 3, 4, 0) == (1, 1, 2)
    assert study.seen(schedule, 3, 4, 3) == (3, 3, 4)  # batches of 4, 3, 3


def test_bytes_of_a_small_case_by_hand(study):
    sent = study.exchanged(1000, 4)
    assert sent["DDP"] == 2 * 3 / 4 * 4000
    assert sent["FSDP"] == 3 * 3 / 4 * 4000
    assert sent["FSDP, bf16 gradients"] == 3 / 4 * (2 * 4000 + 2000)
    assert study.exchanged(1000, 1)["FSDP"] == 0
    assert np.isclose(study.exchanged(1000, 10**6)["DDP"], 8000)


def test_a_page_without_its_places_is_named(study):
    with pytest.raises(InputError, match="weights: has 0 places"):
        study.written("nothing", {"weights": "1"})
