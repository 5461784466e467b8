"""Every shipped YAML composes, and every run it describes can be built and trained for a step."""

from pathlib import Path

import pytest
from omegaconf import OmegaConf

from mmtg.app import check
from mmtg.errors import InputError
from mmtg.instantiate import build

CONF = Path(__file__).resolve().parents[2] / "conf"
GIVEN = {
    "data=mmtg": ["data.root=x"],
    "data=jsonl": ["data.train=x"],
    "data=ccpc": ["data.root=x"],
    "data=lyrics_text": ["data.root=x"],
    "data=multim_poem": ["data.root=x"],
    "data=coco_captions": ["data.root=x"],
    **{f"data=cromic{more}": ["data.root=x"] for more in ("", "_captions", "_questions")},
    "encoder=clip": ["encoder.checkpoint=x"],
    "encoder=img2poem_resnet": ["encoder.poem.bert=x"],
    "+experiment=mmtg_published": ["data.root=x"],
    "+experiment=keyword_clip_ccpc": ["data.root=x"],
    "+experiment=keyword_clip_ccpc_t5": ["data.root=x"],
    "+experiment=img2poem_multim": ["data.root=x"],
    "+experiment=cromic_posts": ["data.root=x"],
    "+experiment=unified_stage2": ["model.weights=x"],
    "+experiment=unified_coco": ["data.root=x"],
    "+experiment=unified_coco_stage2": ["data.root=x", "model.weights=x"],
    "+sweep=unified_stage2": ["model.weights=x"],
    **{
        f"+unified={name}": ["+experiment=unified"]
        for name in ("full", "two_networks", "dense", "discrete", "without_clip")
    },
    **{f"model/look={look}": ["model=cromic"] for look in ("small", "resnet50")},
    **{f"model/generator={cell}": ["model=img2poem"] for cell in ("gru", "lstm")},
    **{f"+rewards={name}": ["+experiment=img2poem_gru"] for name in ("none", "multimodal", "style", "both")},
    "keywords=file": ["keywords.file=x"],
    **{f"model/lm={lm}": ["model=keyword_clip"] for lm in ("gpt2", "t5")},
    **{
        f"model/objective={name}": ["model=keyword_clip"]
        for name in ("plain", "published_gpt2", "readme_gpt2", "published_t5")
    },
    "+experiment=decoder_ccpc": ["data.root=x"],
    "+experiment=decoder_lyrics": ["data.root=x"],
    "task=convert": ["task.input=x", "task.output=y"],
    "task=encode": ["task.input=x", "task.output=y"],
    "task=generate": ["task.input=x", "task.output=y", "task.checkpoint=z"],
    "task=play": ["task.checkpoint=z"],
    "task=expand": ["task.input=x", "task.poems=y", "task.output=z"],
    "task=draw": ["task.output=y"],
    "task=paint": ["task.output=y", "task.checkpoint=z"],
    "task=test": ["task.checkpoint=x"],
    "task=compare": ["task.runs=x", "task.output=y"],
    "task=verify": ["task.golden=x"],
    "task=import": ["task.input=x", "task.output=y"],
    "task=export": ["task.input=x", "task.output=y"],
}
ADDED = ("experiment", "ablation", "rewards", "sweep", "unified")
"""Groups that stand in no defaults list."""
CHOICES = sorted(
    f"{'+' if path.parent.name in ADDED else ''}{path.parent.relative_to(CONF)}={path.stem}"
    for path in CONF.rglob("*.yaml")
    if path.parent != CONF and path.stem != "no_run"
)


@pytest.mark.parametrize("choice", CHOICES)
def test_every_choice_composes_and_is_complete(composed, choice):
    config = composed(choice, *GIVEN.get(choice, []))
    check(config)
    OmegaConf.to_container(config, resolve=True, throw_on_missing=config.task.name == "fit")


@pytest.mark.parametrize("choice", [c for c in CHOICES if c.startswith(("+experiment", "+sweep"))])
def test_every_experiment_and_sweep_is_headed_by_its_command(choice):
    group, name = choice.removeprefix("+").split("=")
    text = (CONF / group / f"{name}.yaml").read_text(encoding="utf-8")
    assert f"python run.py {'-m ' if group == 'sweep' else ''}+{group}={name}" in text


def test_unknown_keys_are_found(composed):
    config = composed("+experiment=mmtg_full", "+data.extra=1")
    with pytest.raises(InputError, match=r"data\.extra"):
        check(config)


@pytest.mark.parametrize("target", ["os.system", "subprocess.run", "builtins.eval", "mmtgx.f"])
def test_only_known_packages_are_built(target):
    with pytest.raises(InputError, match="may not build"):
        build({"_target_": target})


def test_what_cannot_be_built_is_named():
    with pytest.raises(InputError, match="Nothing"):
        build({"_target_": "mmtg.data.sources.Nothing"})
    with pytest.raises(InputError, match="wdth"):
        build({"_target_": "mmtg.encoders.precomputed.PrecomputedEncoder", "width": 3, "wdth": 3})


def test_arguments_arrive_as_they_are():
    marker = object()
    assert build({"_target_": "torch.nn.Identity"}, marker=marker).training
