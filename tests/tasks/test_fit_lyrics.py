"""Phase 1 on a folder of lyrics, from the command line."""

import csv
import json

import pytest
import torch

from mmtg.models.build import load_system
from tests.conftest import DEBUG

SONGS = 120
DIGITS = "春眠不觉晓处闻啼鸟夜"


def write(folder):
    folder.mkdir()
    lines = ["".join(DIGITS[int(digit)] for digit in f"{number:05d}") for number in range(20 * SONGS)]
    songs = [{"title": "春晓", "lyrics": lines[20 * i : 20 * i + 14]} for i in range(SONGS)]
    (folder / "a.jsonl").write_text("".join(json.dumps(song) + "\n" for song in songs), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def lyrics(tmp_path_factory):
    return write(tmp_path_factory.mktemp("lyrics") / "in")


@pytest.fixture(scope="module")
def train(fit, lyrics):
    def run(*arguments, **options):
        return fit(
            "+experiment=decoder_lyrics", f"data.root={lyrics}", "data.val_share=0.2", "data.test_items=4",
            "logger.wandb.enabled=false", "model.dropout=0", *arguments, **options,
        )  # fmt: skip

    return run


@pytest.fixture(scope="module")
def whole(train):
    return train()


def test_a_run_is_complete(whole, read):
    figures = read(whole / "metrics.json")
    assert {"train/loss", "val/perplexity", "val/perplexity_unigram", "test/bleu_2"} <= set(figures)
    assert len(read(whole / "samples.jsonl")) == 4
    provenance = read(whole / "provenance.json")
    assert provenance["data"]["source"]["kind"] == "lyrics_text"
    assert [name.split("-")[0] for name in provenance["artefacts"]["lyrics"]] == ["lyrics"]
    system = load_system(whole / "checkpoints" / "best.ckpt")
    assert set(DIGITS) <= set(system.layout.vocabulary.tokens)


def test_it_goes_on_after_a_stop_and_uses_the_same_artefact(train, whole, read, tmp_path):
    run = tmp_path / "run"
    train("trainer.max_steps=2", "test=false", directory=run)
    train(directory=run)
    steps = [torch.load(path / "checkpoints" / "last.ckpt", weights_only=True)["global_step"] for path in (run, whole)]
    assert steps == [5, 5]
    with open(run / "metrics.csv", encoding="utf-8", newline="") as file:
        validated = [int(row["step"]) for row in csv.DictReader(file) if row["name"] == "val/loss"]
    assert validated == sorted(set(validated))  # no step is done twice
    assert read(run / "provenance.json")["artefacts"] == read(whole / "provenance.json")["artefacts"]


def test_two_processes_equal_one(train, whole, read):
    two = train("trainer=ddp")
    figures, twice = (read(run / "metrics.json") for run in (whole, two))
    assert twice["val/loss"] == pytest.approx(figures["val/loss"], rel=1e-5)
    assert len(read(two / "samples.jsonl")) == 4


def test_a_fault_ends_in_one_line_and_status_2(cli, artefacts, tmp_path):
    folder = write(tmp_path / "in")
    with (folder / "a.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"title": "春晓", "text": "春眠"}\n')
    before = {path.name for path in artefacts.glob("lyrics-*")}
    done = cli(
        "+experiment=decoder_lyrics", f"data.root={folder}", *DEBUG, f"paths.artefacts={artefacts}",
        f"paths.runs={tmp_path}/runs",
    )  # fmt: skip
    assert done.returncode == 2, done.stderr[-2000:]
    assert f"a.jsonl: line {SONGS + 1}: lyrics: is missing" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert {path.name for path in artefacts.glob("lyrics-*")} == before
