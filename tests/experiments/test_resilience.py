"""The study of kills, with a few of them."""

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT

SCRIPT = ROOT / "experiments" / "resilience" / "kills.py"


@pytest.mark.slow
def test_a_training_on_two_processes_survives_kills_of_any_of_them(tmp_path, artefacts):
    done = subprocess.run(
        [sys.executable, SCRIPT, "kills=3", "epochs=40", f"output={tmp_path}", f"artefacts={artefacts}", "seed=2"],
        cwd=ROOT, capture_output=True, text=True, timeout=900, check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    result = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert len(result["kills"]) == 3
    assert max(kill["lost"] for kill in result["kills"]) <= 5
    assert result["weights"] <= 1e-6
    assert result["figures_compared"] > 20


def test_an_unknown_setting_is_named():
    done = subprocess.run([sys.executable, SCRIPT, "kils=3"], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "kils" in done.stderr
