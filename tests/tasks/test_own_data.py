"""Own data as JSON lines: Chinese and English, any encoder, missing parts; and texts from a checkpoint."""

import json

import numpy as np
import pytest
from PIL import Image
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from mmtg.world import World
from tests.encoders.checkpoints import save_clip

ENGLISH = [
    "the",
    "old",
    "boat",
    "waits",
    "on",
    "the",
    "river",
    "while",
    "the",
    "moon",
    "climbs",
    "over",
    "the",
    "willow",
    "and",
    "a",
    "letter",
    "sleeps",
    "in",
    "the",
    "drawer",
]


def write_records(folder, records):
    file = folder / "experiences.jsonl"
    file.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def chinese(tmp_path_factory):
    """Thirty experiences of the world, as a user would bring them; some with parts missing."""
    folder = tmp_path_factory.mktemp("chinese")
    world = World(seed=5)
    records = []
    for i in range(30):
        experience = world.experience("own", i)
        steps = []
        for j, step in enumerate(experience.steps):
            step.picture().save(folder / f"{i}-{j}.png")
            steps.append({"image": f"{i}-{j}.png", "text": step.text})
        records.append({"id": f"own-{i}", "topic": experience.topic, "steps": steps, "lines": list(experience.lines)})
    records[0]["steps"][1]["image"] = None
    records[1]["steps"][2]["text"] = None
    records[2]["steps"] = records[2]["steps"][:3]
    records[3]["steps"][0] = {"image": None, "text": None}
    return write_records(folder, records)


@pytest.fixture(scope="session")
def english(tmp_path_factory):
    folder = tmp_path_factory.mktemp("english")
    random = np.random.default_rng(0)
    records = []
    for i in range(20):
        pixels = random.integers(0, 255, (40, 50, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.jpg")
        words = [" ".join(random.choice(ENGLISH, 4)) for _ in range(15)]
        steps = [{"image": f"{i}.jpg", "text": words[j]} for j in range(5)]
        records.append({"topic": words[10].split()[0], "steps": steps, "lines": words[5:], "rating": int(i % 5) + 1})
    return write_records(folder, records)


@pytest.fixture(scope="session")
def chinese_run(fit, chinese):
    return fit("+experiment=mmtg_full", "data=jsonl", f"data.train={chinese}", "logger.wandb.enabled=false")


def test_chinese_with_the_worlds_encoder(chinese_run, read):
    samples = read(chinese_run / "samples.jsonl")
    assert len(samples) == 3
    assert "test/bleu_2" in read(chinese_run / "metrics.json")
    assert "test/concept_recall" not in read(chinese_run / "metrics.json")


def test_texts_from_a_checkpoint(cli, chinese_run, chinese, tmp_path, read):
    output = tmp_path / "texts.jsonl"
    checkpoint = chinese_run / "checkpoints" / "best.ckpt"
    arguments = [f"task.checkpoint={checkpoint}", f"task.input={chinese}", f"task.output={output}"]
    done = cli("task=generate", *arguments, "decoding.samples=2")
    assert done.returncode == 0, done.stderr
    texts = read(output)
    assert [text["id"] for text in texts] == [f"own-{i}" for i in range(30)]
    assert all(len(text["hypotheses"]) == 2 and len(text["hypotheses"][0]) == 10 for text in texts)
    again = cli("task=generate", *arguments)
    assert again.returncode == 2
    assert "texts.jsonl" in again.stderr


def test_a_broken_checkpoint_is_named(cli, chinese, tmp_path):
    broken = tmp_path / "broken.ckpt"
    broken.write_bytes(b"PK\x03\x04 nothing")
    done = cli("task=generate", f"task.checkpoint={broken}", f"task.input={chinese}", f"task.output={tmp_path}/o")
    assert done.returncode == 2
    assert "broken.ckpt" in done.stderr
    assert not (tmp_path / "o").exists()


@pytest.fixture(scope="session")
def clip(tmp_path_factory):
    return save_clip(tmp_path_factory.mktemp("clip"))


@pytest.mark.parametrize("vocabulary", ["characters", "tokenizer"])
def test_english_with_clip(fit, english, clip, tmp_path, read, vocabulary):
    choice = []
    if vocabulary == "tokenizer":
        tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
        tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
        tokenizer.train_from_iterator([" ".join(ENGLISH)], trainers.BpeTrainer(special_tokens=["<unk>"]))
        tokenizer.save(str(tmp_path / "tokenizer.json"))
        choice = [f"data.vocabulary={tmp_path}"]
    run = fit(
        "+experiment=mmtg_full", "data=jsonl", f"data.train={english}", "encoder=clip", f"encoder.checkpoint={clip}",
        "data.keep_spaces=true", "data.layout.prompt='topic: '", "data.layout.line_tokens=24",
        "model.size.decoder_positions=512", "logger.wandb.enabled=false", *choice,
    )  # fmt: skip
    sample = read(run / "samples.jsonl")[0]
    assert all(" " in line for line in sample["reference"])
    assert read(run / "status.json")["state"] == "completed"


def test_other_numbers_of_steps(fit, chinese, tmp_path, read):
    records = [json.loads(line) for line in chinese.read_text(encoding="utf-8").splitlines()]
    for record in records:
        record["steps"], record["lines"] = record["steps"][:3], record["lines"][:3]
        for step in record["steps"]:
            if step["image"]:
                step["image"] = str(chinese.parent / step["image"])
    file = write_records(tmp_path, records)
    run = fit(
        "+experiment=mmtg_full", "data=jsonl", f"data.train={file}", "data.steps=3", "data.lines_per_step=1",
        "data.layout.step_types=[1,2,1]", "trainer.max_steps=3", "logger.wandb.enabled=false",
    )  # fmt: skip
    assert len(read(run / "samples.jsonl")[0]["hypotheses"][0]) == 3


def test_a_missing_picture_file_is_named(cli, chinese, tmp_path, artefacts):
    records = [json.loads(line) for line in chinese.read_text(encoding="utf-8").splitlines()]
    for step in records[4]["steps"]:
        step["image"] = str(chinese.parent / step["image"])
    records[4]["steps"][1]["image"] = "nowhere.png"
    file = write_records(tmp_path, records[4:5])
    done = cli(
        "task=encode", f"task.input={file}", f"task.output={tmp_path}/store", "model/size=debug",
        f"paths.artefacts={artefacts}",
    )  # fmt: skip
    assert done.returncode == 2
    for word in ("experiences.jsonl", "line 1", "steps[1].image", "nowhere.png"):
        assert word in done.stderr
    assert not (tmp_path / "store").exists()


def test_encoded_once_and_trained_on(cli, fit, chinese, tmp_path, artefacts, read):
    done = cli(
        "task=encode", f"task.input={chinese}", f"task.output={tmp_path}/store", "model/size=debug",
        f"paths.artefacts={artefacts}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    run = fit("+experiment=mmtg_full", "data=mmtg", f"data.root={tmp_path}/store", "logger.wandb.enabled=false")
    assert read(run / "status.json")["state"] == "completed"
