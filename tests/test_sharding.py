"""Sharded training: on two processes the same as DDP, clipped alike, and its checkpoints are everybody's."""

import pytest
import torch
import torch.distributed
from omegaconf import OmegaConf
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import FSDPModule
from torch.distributed.tensor import DTensor
from torch.nn.parallel import DistributedDataParallel

from mmtg.errors import InputError
from mmtg.models.build import load_system
from mmtg.sharding import ShardedStrategy, Sharding, sharded_trainer

SETTINGS = {
    "blocks": ("GPT2Block",), "reshard_after_forward": True, "activation_checkpointing": False,
    "reduce_dtype": "float32",
}  # fmt: skip
SAME = [
    "+experiment=mmtg_full", "pretrain=none", "model.dropout=0", "decoding=greedy", "logger.wandb.enabled=false",
    "trainer.precision=32-true", "trainer.gradient_clip_val=0.05",
]  # fmt: skip
FIGURES = ("train/loss", "val/loss", "val/kl_loss")


@pytest.mark.slow
def test_sharded_is_ddp_and_its_checkpoints_are_everybodys(fit, read):
    options = {"ddp": ["trainer=ddp"], "fsdp": ["trainer=fsdp", "trainer.sharding.activation_checkpointing=true"]}
    runs = {name: fit(*SAME, *own, "trainer.max_steps=6") for name, own in options.items()}
    ddp, fsdp = (read(runs[name] / "metrics.json") for name in ("ddp", "fsdp"))
    for name in (*FIGURES, "test/perplexity"):
        assert fsdp[name] == pytest.approx(ddp[name], rel=1e-5)
    written = [[s["hypotheses"] for s in read(run / "samples.jsonl")] for run in runs.values()]
    assert written[0] == written[1]
    assert not any(
        isinstance(value, DTensor) for value in load_system(runs["fsdp"] / "checkpoints/last.ckpt").parameters()
    )

    def going_on(start, *trainer):
        resume = f"resume={runs[start]}/checkpoints/last.ckpt"
        return read(fit(*SAME, *trainer, resume, "trainer.max_steps=9", "test=false") / "metrics.json")

    alone, back = going_on("fsdp"), going_on("ddp", "trainer=fsdp")
    for name in ("val/loss", "val/kl_loss"):
        assert alone[name] != pytest.approx(fsdp[name], rel=1e-4)
        assert alone[name] == pytest.approx(back[name], rel=1e-5)


@pytest.fixture
def alone(tmp_path):
    """A group of one process, in which sharding and DDP do what they do among many."""
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path}/group", rank=0, world_size=1)
    yield init_device_mesh("cpu", (1, 1), mesh_dim_names=("data_parallel", "tensor_parallel"))
    torch.distributed.destroy_process_group()


@pytest.fixture
def system(world_run):
    """A system of debug size."""
    return load_system(world_run / "checkpoints" / "best.ckpt").train()


def strategy(mesh, **changes):
    made = ShardedStrategy(Sharding(**{**SETTINGS, **changes}), processes=1)
    made._device_mesh = mesh
    return made


def test_all_weights_are_cut_block_by_block(alone, system):
    shard = strategy(alone, reduce_dtype="bfloat16").shard
    shard(system)
    shard(system)  # as Lightning does, before fit and before test
    assert all(isinstance(weight, DTensor) for weight in system.parameters())
    parts = [module for module in system.modules() if isinstance(module, FSDPModule)]
    assert [type(part).__name__ for part in parts] == ["FSDPMMTG", "FSDPGPT2Block"]
    assert system.decoder.gpt2.lm_head.weight is system.decoder.gpt2.transformer.wte.weight
    assert not system.decoder.gpt2.transformer.gradient_checkpointing


def test_activations_are_computed_again_where_asked(alone, system):
    strategy(alone, activation_checkpointing=True).shard(system)
    assert system.decoder.gpt2.transformer.gradient_checkpointing


def test_what_cannot_be_sharded_is_named(alone, system):
    with pytest.raises(InputError, match=r"trainer\.sharding\.blocks: none of \['T5Block'\]"):
        strategy(alone, blocks=("T5Block",)).shard(system)
    with pytest.raises(InputError, match=r"reduce_dtype: 'int8' is unknown"):
        Sharding(**{**SETTINGS, "reduce_dtype": "int8"})
    system.shardable = False
    with pytest.raises(InputError, match="phase 1 alone"):
        strategy(alone).shard(system)
    with pytest.raises(InputError, match=r"trainer\.devices"):
        sharded_trainer(sharding=SETTINGS, devices="auto", num_nodes=1)


def test_fsdp_differs_from_the_default_in_what_it_says_alone(composed):
    default, fsdp = (OmegaConf.to_container(composed(f"trainer={name}").trainer) for name in ("default", "fsdp"))
    changed = {key for key in fsdp if fsdp[key] != default.get(key)}
    assert changed == {"_target_", "devices", "strategy", "sharding"}  # and precision, which model/size=world sets
    assert composed("trainer=fsdp", "model/size=published").trainer.precision == "bf16-mixed"


def test_ddp_does_not_send_what_never_changes(alone, system):
    """The token table is 109 MB at the published size, and DDP sends buffers in every step unless told."""
    assert system.decoder.token_table.numel()
    assert DistributedDataParallel(system).modules_buffers == []
