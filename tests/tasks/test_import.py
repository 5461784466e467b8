"""task=import and task=export: the same tensors under the same names, and what is refused."""

import argparse
import os
import shutil

import numpy as np
import pytest
import torch

from mmtg.data.token_table import save_token_table
from mmtg.errors import InputError
from mmtg.golden.recipe import Golden
from mmtg.models.build import load_system
from mmtg.tasks import job
from tests.models.released_files import (
    SIZE,
    VOCABULARY,
    WIDTH,
    decoder_shapes,
    draw,
    lightning_content,
    mmtg_file,
    mmtg_shapes,
)
from tests.models.test_plain_torch import Hostile
from tests.models.test_released import VARIANTS

LETTERS = ["[PAD]", "[#START#]", "[#EOS#]", "[unused3]", "[unused4]", "[UNK]", "[SEP]", *"主题词：春眠不觉晓处闻啼鸟"]


@pytest.fixture
def run(composed, tmp_path):
    """Imports or exports in.pth, of the test's folder, to the file named, in this process."""

    def do(task, source, target, *overrides):
        files = [f"task.input={tmp_path / source}", f"task.output={tmp_path / target}"]
        heads = SIZE if task == "import" else ()
        job(task)(composed(f"task={task}", *files, *heads, *overrides))
        return tmp_path / target

    return do


@pytest.fixture
def tokens(tmp_path):
    """Overrides that name a vocabulary and its vectors."""
    (tmp_path / "vocab.txt").write_text("\n".join(LETTERS) + "\n", encoding="utf-8")
    save_token_table(tmp_path / "table", np.random.default_rng(0).standard_normal((len(LETTERS), WIDTH)))
    return [f"task.token_table={tmp_path / 'table'}", f"task.vocabulary={tmp_path / 'vocab.txt'}"]


def equal(found, wanted):
    assert set(found) == set(wanted)
    for name, tensor in wanted.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor), name


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("prefix", ["module.", ""])
def test_there_and_back(run, tmp_path, name, prefix):
    drawn = mmtg_file(tmp_path / "in.pth", prefix=prefix, **VARIANTS[name])
    run("import", "in.pth", "ours.ckpt")
    exported = run("export", "ours.ckpt", "out.pth", f"task.prefix='{prefix}'")
    with torch.serialization.safe_globals([argparse.Namespace]):
        content = torch.load(exported, weights_only=True)
    equal(content["model"], drawn)
    assert content["args"].alpha == 0.3
    assert ("image" in content["model_cfgs"], "text" in content["model_cfgs"]) == (
        "without images" not in name,
        "without texts" not in name,
    )


def test_the_lyrics_decoder_there_and_back(run, tmp_path):
    drawn = draw(decoder_shapes())
    torch.save(lightning_content(drawn), tmp_path / "in.ckpt")
    run("import", "in.ckpt", "ours.ckpt")
    content = torch.load(run("export", "ours.ckpt", "out.ckpt"), weights_only=True)
    assert set(content) == {"state_dict"}
    equal(content["state_dict"], drawn)


def test_half_precision_stays(run, tmp_path):
    drawn = {name: t.half() if t.is_floating_point() else t for name, t in draw(mmtg_shapes()).items()}
    drawn = {name: t.float() if name.endswith("masked_bias") else t for name, t in drawn.items()}
    torch.save(drawn, tmp_path / "in.pth")
    run("import", "in.pth", "ours.ckpt")
    exported = run("export", "ours.ckpt", "out.pth", "task.prefix=''")
    with torch.serialization.safe_globals([argparse.Namespace]):
        equal(torch.load(exported, weights_only=True)["model"], drawn)


def test_without_mask_buffers(run, tmp_path):
    torch.save(draw(decoder_shapes()), tmp_path / "in.ckpt")
    run("import", "in.ckpt", "ours.ckpt")
    content = torch.load(run("export", "ours.ckpt", "out.ckpt", "task.mask_buffers=false"), weights_only=True)
    assert len(content["state_dict"]) == 177 - 24


@pytest.mark.parametrize("name", VARIANTS)
def test_a_system_to_write_with(run, tokens, tmp_path, name):
    drawn = mmtg_file(tmp_path / "in.pth", **VARIANTS[name])
    system = load_system(run("import", "in.pth", "ours.ckpt", *tokens))
    assert system.kl_weight == 0.3
    assert system.hparams["model"]["encoder"] == name.split()[0]
    assert system.layout.vocabulary.texts() == LETTERS
    words = drawn["module.decoder.gpt2.transformer.wte.weight"]
    assert torch.equal(system.decoder.gpt2.lm_head.weight, words)
    assert torch.equal(system.model.topic_encoder.weight, drawn["module.encoder.topic_fc.weight"])
    table = np.load(tmp_path / "table" / "vectors.npy")
    assert np.array_equal(system.decoder.token_table.numpy(), table)


def test_a_decoder_to_write_with(run, tokens, tmp_path):
    drawn = draw(decoder_shapes())
    torch.save(lightning_content(drawn), tmp_path / "in.ckpt")
    system = load_system(run("import", "in.ckpt", "ours.ckpt", *tokens))
    assert torch.equal(system.decoder.project_in.weight, drawn["projector_layer1.weight"])


def test_what_weights_do_not_tell_is_configured(run, tokens, tmp_path):
    torch.save(draw(mmtg_shapes()), tmp_path / "in.pth")
    system = load_system(run("import", "in.pth", "ours.ckpt", *tokens, "model.kl_weight=0.7", "model.fusion=multiply"))
    assert system.kl_weight == 0.7
    assert system.hparams["model"]["fusion"] == "multiply"


def test_weights_alone_cannot_write(run, tmp_path):
    mmtg_file(tmp_path / "in.pth")
    ours = run("import", "in.pth", "ours.ckpt")
    assert not any(name.endswith("token_table") for name in torch.load(ours, weights_only=True)["state_dict"])
    with pytest.raises(InputError, match=r"ours\.ckpt: holds weights alone.*task\.token_table=.*task\.vocabulary="):
        load_system(ours)


def test_a_released_file_is_no_checkpoint_of_ours(run, tmp_path):
    torch.save(draw(mmtg_shapes()), tmp_path / "in.pth")
    with pytest.raises(InputError, match=r"in\.pth: is no checkpoint of this suite.*task=import"):
        run("export", "in.pth", "out.pth")


def test_an_export_of_a_run_imports_again(run, world_run, tmp_path):
    (tmp_path / "run.ckpt").symlink_to(world_run / "checkpoints" / "best.ckpt")
    run("export", "run.ckpt", "out.pth")
    run("import", "out.pth", "again.ckpt", "model.size.attention_heads=4")
    first, again = (torch.load(tmp_path / name, weights_only=True)["state_dict"] for name in ("run.ckpt", "again.ckpt"))
    equal(again, {name: tensor for name, tensor in first.items() if not name.endswith("token_table")})


@pytest.mark.slow
def test_imported_weights_give_the_published_numbers(run, shared, tmp_path):
    golden = Golden(shared / "golden" / "mmtg", "forward")
    weights = {f"module.{name}": tensor for name, tensor in golden.weights().items()}
    torch.save({"model": weights}, tmp_path / "in.pth")
    save_token_table(tmp_path / "table", golden.token_table().numpy())
    ours = run(
        "import", "in.pth", "ours.ckpt", "model.size.decoder_heads=12", "model.size.attention_heads=4",
        f"task.token_table={tmp_path}/table", f"task.vocabulary={shared}/data/mmtg/vocab.txt",
    )  # fmt: skip
    system = load_system(ours)
    shutil.rmtree(tmp_path)  # half a gigabyte
    with torch.no_grad():
        logits = system.model(golden.batch(system.layout)).logits[..., golden.arrays["logit_columns"]].numpy()
    theirs = golden.arrays["logits"][:, system.layout.topic_tokens : -1]
    assert np.abs(logits - theirs).max() <= 1e-5 * np.abs(theirs).max()


def with_changes(**changes):
    weights = {**draw(mmtg_shapes()), **changes}
    return {name: tensor for name, tensor in weights.items() if tensor is not None}


MISFITS = {
    "a missing weight": ({"ln_layer2.bias": None}, [], ["lacks ln_layer2.bias"]),
    "an unknown weight": ({"ln_layer4.bias": torch.zeros(1)}, [], ["has ln_layer4.bias"]),
    "another shape": ({"ln_layer2.bias": torch.zeros(3)}, [], ["ln_layer2.bias shaped [3]", "[8]"]),
    "a missing layer": (
        dict.fromkeys(n for n in mmtg_shapes() if ".h.5." in n), [],
        ["lacks decoder.gpt2.transformer.h.5.", "and 21 more"],
    ),
    "an output layer of its own": (
        {"decoder.gpt2.lm_head.weight": torch.zeros(VOCABULARY, 12)}, [], ["lm_head.weight", "tied"]
    ),
    "other steps": ({}, ["data.steps=4", "data.layout.step_types=[1,2,3,4]"], ["5 steps", "data.steps is 4"]),
    "heads that do not divide": ({}, ["model.size.decoder_heads=5"], ["model.size.decoder_heads", "5 heads"]),
    "attention heads that do not divide": (
        {}, ["model.size.attention_heads=3"], ["model.size.attention_heads", "3 heads"]
    ),
    "a vocabulary without vectors": ({}, ["task.vocabulary=vocab.txt"], ["task.token_table", "must be given too"]),
    "vectors without a vocabulary": ({}, ["task.token_table=table"], ["task.vocabulary", "must be given too"]),
    "no such vocabulary": (
        {}, ["task.token_table=table", "task.vocabulary=nowhere.txt"], ["nowhere.txt: task.vocabulary"]
    ),
    "another model": ({}, ["model=decoder"], ["model=mmtg"]),
}  # fmt: skip


@pytest.mark.parametrize("fault", MISFITS)
def test_misfits_are_named_and_nothing_is_written(run, tmp_path, fault):
    changes, overrides, words = MISFITS[fault]
    torch.save({"model": with_changes(**changes)}, tmp_path / "in.pth")
    with pytest.raises(InputError) as caught:
        run("import", "in.pth", "ours.ckpt", *overrides)
    for word in words:
        assert word in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["in.pth"]


def test_a_table_that_does_not_fit(run, tokens, tmp_path):
    mmtg_file(tmp_path / "in.pth")
    save_token_table(tmp_path / "table", np.ones((len(LETTERS), WIDTH + 1)), overwrite=True)
    with pytest.raises(InputError, match=rf"table: task\.token_table: is {len(LETTERS)} x 7"):
        run("import", "in.pth", "ours.ckpt", *tokens)


def test_more_tokens_than_the_decoder_has_rows(run, tokens, tmp_path):
    mmtg_file(tmp_path / "in.pth")
    many = LETTERS + [chr(0x5000 + i) for i in range(VOCABULARY)]
    (tmp_path / "vocab.txt").write_text("\n".join(many) + "\n", encoding="utf-8")
    save_token_table(tmp_path / "table", np.ones((len(many), WIDTH)), overwrite=True)
    with pytest.raises(InputError, match=rf"decoder_vocabulary.*{len(many)} tokens"):
        run("import", "in.pth", "ours.ckpt", *tokens)


@pytest.mark.parametrize("task", ["import", "export"])
def test_an_existing_output_is_kept_unless_told(run, tmp_path, task):
    mmtg_file(tmp_path / "in.pth")
    run("import", "in.pth", "ours.ckpt")
    (tmp_path / "out").write_text("precious")
    source = "in.pth" if task == "import" else "ours.ckpt"
    with pytest.raises(InputError, match="is there already"):
        run(task, source, "out")
    assert (tmp_path / "out").read_text() == "precious"
    run(task, source, "out", "task.overwrite=true")
    assert torch.load(tmp_path / "out", weights_only=False)


def test_a_system_without_published_form(run, world_run, tmp_path):
    content = torch.load(world_run / "checkpoints" / "best.ckpt", weights_only=True)
    content["hyper_parameters"]["model"]["_target_"] = "mmtg.models.split_gpt2.SplitGPT2System"
    torch.save(content, tmp_path / "in.ckpt")
    with pytest.raises(InputError, match="SplitGPT2System, which has no published form"):
        run("export", "in.ckpt", "out.pth")


def test_on_the_command_line_there_and_back(cli, tmp_path):
    """Offline, with no look-up of a GPT-2: the fixture forbids it."""
    drawn = mmtg_file(tmp_path / "in.pth")
    done = cli("task=import", f"task.input={tmp_path}/in.pth", f"task.output={tmp_path}/ours.ckpt", *SIZE, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "mmtg, layers 12, encoder gru" in done.stdout
    done = cli("task=export", f"task.input={tmp_path}/ours.ckpt", f"task.output={tmp_path}/out.pth", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "217 tensors" in done.stdout
    equal(torch.load(tmp_path / "out.pth", weights_only=False)["model"], drawn)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.pth", "ours.ckpt", "out.pth"]


def hostile(path):
    torch.save({"model": draw(mmtg_shapes()), "args": Hostile(os.system, f"touch {path.parent}/marker")}, path)


def torn(path):
    mmtg_file(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


FAULTY = {hostile: "system", torn: "cannot be read as a checkpoint"}


@pytest.mark.parametrize("fault", FAULTY)
def test_hostile_and_torn_files_end_in_one_line(cli, tmp_path, fault):
    fault(tmp_path / "in.pth")
    done = cli("task=import", f"task.input={tmp_path}/in.pth", f"task.output={tmp_path}/new/ours.ckpt", cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "in.pth" in done.stderr
    assert FAULTY[fault] in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in.pth"]


@pytest.mark.parametrize("task", ["import", "export"])
def test_they_ask_for_what_they_need(cli, task, tmp_path):
    done = cli(f"task={task}", cwd=tmp_path)
    assert done.returncode == 2
    assert "task.input, task.output" in done.stderr
    assert not list(tmp_path.iterdir())
