"""trainer.precision=auto: half precision where it is native, and only there."""

import pytest
import torch

from mmtg.precision import FULL, MIXED, resolve_precision


@pytest.mark.parametrize(
    ("capable", "expected"), [({"avx512_bf16": True}, MIXED), ({"amx_bf16": True}, MIXED), ({}, FULL)]
)
def test_auto_follows_the_processor(monkeypatch, capable, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capable)
    assert resolve_precision("auto", "auto") == expected
    assert resolve_precision("auto", "cpu") == expected


def test_what_is_said_is_done():
    assert resolve_precision("16-mixed", "cpu") == "16-mixed"
    assert resolve_precision("auto", "mps") == FULL
