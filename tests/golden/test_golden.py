"""Every golden number of the published code, reproduced."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf

from mmtg.data.layouts import layout_from_plain
from mmtg.golden.compare import Bounds, exact
from mmtg.golden.recipe import Golden
from mmtg.golden.variants import VARIANTS, mmtg_of, published_slots
from mmtg.losses import sequence_cross_entropy
from mmtg.tasks.verify import find_vocabulary, quantities

SETS = [("mmtg", "forward"), *(("mmtg_variants", name) for name in (*VARIANTS, "images2poem") if name != "forward")]
ROOT = Path(__file__).resolve().parents[2]
TASK = OmegaConf.load(ROOT / "conf" / "task" / "verify.yaml").task
BOUNDS = Bounds(**TASK.bounds)
NO_QUANTITY = {"logit_columns", "inference_prefix"}
"""Arrays that say where the others were taken."""


@pytest.fixture(scope="module")
def vocabulary(shared):
    return find_vocabulary("auto", shared / "golden" / "mmtg", list(TASK.places))


def test_the_bounds_are_those_that_were_asked_for():
    assert (BOUNDS.values, BOUNDS.gradients) == (1e-5, 1e-4)


@pytest.mark.parametrize(("folder", "name"), SETS)
def test_every_number_is_within_its_bound(shared, vocabulary, folder, name):
    found = list(quantities(shared / "golden" / folder, name, shared / "golden" / "mmtg", vocabulary, BOUNDS))
    assert [one for one in found if not one.holds] == []
    golden = Golden(shared / "golden" / folder, name, base=shared / "golden" / "mmtg")
    compared = {one.name.split(" ")[0] for one in found}
    wanted = set(golden.arrays) - NO_QUANTITY
    wanted |= {key for key in golden.described if key.startswith(("grad_norm", "greedy"))}
    assert wanted <= compared
    if name == "forward":
        assert sum(key.startswith("greedy") for key in compared) == 2


def test_the_compact_layout_gives_the_golden_logits(shared, vocabulary):
    """At all positions but padding, and the loss over them."""
    golden = Golden(shared / "golden" / "mmtg", "forward")
    slots = published_slots(vocabulary)
    compact = layout_from_plain({**slots.to_plain(), "kind": "compact"}, vocabulary)
    model, whole, small = mmtg_of(golden, slots), golden.batch(slots), golden.batch(compact)
    assert small.targets.shape[1] < whole.targets.shape[1] / 2
    with torch.no_grad():
        logits, kept = model(whole).logits, model(small).logits
    counted = small.labels[:, :-1] >= 0
    places = small.places[:, :-1]
    theirs = torch.from_numpy(golden.arrays["logits"])[:, slots.topic_tokens :]  # [B, L, columns]
    for row in range(len(small)):
        own = places[row][counted[row]]
        ours = kept[row][counted[row]]
        assert BOUNDS.array("logits", ours[:, golden.arrays["logit_columns"]], theirs[row][own]).holds
        assert BOUNDS.array("all logits", ours, logits[row][own]).holds
    heard = torch.nn.functional.pad(whole.target_mask[:, :-1], (0, 0)) > 0
    over_tokens = sequence_cross_entropy(logits, whole.labels[:, :-1].masked_fill(~heard, -100))
    assert BOUNDS.losses("loss", sequence_cross_entropy(kept, small.labels[:, :-1]), over_tokens).holds


def own_golden(folder, vocabulary, shared):
    """A folder of the same format with another seed and number of layers, its numbers ours."""
    described = json.loads((shared / "golden" / "mmtg" / "forward.json").read_text(encoding="utf-8"))
    described |= {"draw_prefix": "other/", "n_layer": 1}
    described["parameters"] = {k: v for k, v in described["parameters"].items() if ".h.1." not in k}
    del described["grad_norm_total_stage3_alpha0.2"], described["total_loss"]
    (folder / "forward.json").write_text(json.dumps(described), encoding="utf-8")
    np.savez(folder / "forward.npz", kl=np.zeros(()))
    golden, layout = Golden(folder, "forward"), published_slots(vocabulary)
    with torch.no_grad():
        output = mmtg_of(golden, layout)(golden.batch(layout))
    return {"kl": output.experiences.kl.numpy(), "beta_output": output.experiences.vectors[..., ::32].numpy()}


def test_the_task_says_which_number_is_off(shared, vocabulary, cli, tmp_path):
    arrays = own_golden(tmp_path, vocabulary, shared)
    asked = ["task=verify", f"task.golden={tmp_path}", f"task.vocabulary={shared}/data/mmtg/vocab.txt"]
    np.savez(tmp_path / "forward.npz", **arrays)
    done = cli(*asked)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "all within bounds" in done.stdout
    np.savez(tmp_path / "forward.npz", kl=arrays["kl"], beta_output=arrays["beta_output"] * (1 + 2e-5))
    done = cli(*asked)
    assert done.returncode == 1, done.stderr
    (line,) = (line for line in done.stdout.splitlines() if "OFF" in line)
    assert "beta_output" in line


def test_mistakes_are_named(cli, tmp_path):
    done = cli("task=verify", f"task.golden={tmp_path}", "task.vocabulary=nowhere.txt")
    assert done.returncode == 2
    assert "nowhere.txt" in done.stderr


def test_a_number_that_is_none_is_off():
    assert not BOUNDS.array("x", np.array([np.nan]), np.array([1.0])).holds
    assert not BOUNDS.array("x", np.zeros(3), np.ones(4)).holds
    assert not BOUNDS.gradient("x", None, 1.0).holds
    assert not BOUNDS.gradient("x", 1e-3, 1e-9).holds
    assert BOUNDS.gradient("x", None, None).holds
    assert exact("x", np.array([1, 2]), np.array([1, 3])).error == 1
    assert not replace(BOUNDS, values=1e-9).array("x", np.array([1 + 1e-8]), np.array([1.0])).holds
