"""Stages of training: as runs that resume exactly, as artefacts made on the way, and as the encoder of other runs."""

import csv
import json

import pytest
import pytorch_lightning as pl
import torch
from PIL import Image

import mmtg.tasks.encoder
from mmtg.artefacts import Artefacts
from mmtg.encoders.img2poem import Img2PoemEncoder
from mmtg.encoders.img2poem.alignment_stage import trained_encoder
from mmtg.encoders.img2poem.visual_stage import trained_nets, visual_stage
from mmtg.errors import InputError
from mmtg.preemption import Watch
from mmtg.rundir import RunDirectory
from mmtg.running import Run
from mmtg.tasks.encoder import train_stage

SMALL = (
    "model/size=debug", "trainer.enable_progress_bar=false", "logger.wandb.enabled=false",
    "trainer.log_every_n_steps=1",
    "encoder.visual.batch_size=16", "encoder.visual.steps=9", "encoder.visual.channels=[4,6]",
    "encoder.visual.keywords.least=1",
    "encoder.alignment.batch_size=12", "encoder.alignment.steps=9", "callbacks.last.every_n_steps=1",
)  # fmt: skip


class Killed(BaseException):
    """As SIGKILL: nothing is tidied up."""


class Kill(pl.Callback):
    """Ends the process, as it were, at the n-th call of a hook."""

    def __init__(self, hook, count):
        self.left = count
        setattr(self, hook, lambda *_, **__: self._called())

    def _called(self):
        self.left -= 1
        if not self.left:
            raise Killed


@pytest.fixture(scope="module")
def train(composed, artefacts):
    """Trains a stage in a directory, perhaps to where it is killed; gives its figures, or None where it was."""

    def run(stage, directory, kill=None, also=()):
        config = composed(f"+experiment=img2poem_{stage}", *SMALL, f"paths.artefacts={artefacts}", *also)
        real = mmtg.tasks.encoder.make_trainer

        def with_kill(*arguments, **more):
            trainer = real(*arguments, **more)
            trainer.callbacks.extend([kill] if kill else [])
            return trainer

        with pytest.MonkeyPatch.context() as patch, Watch(**config.preemption) as watch:
            patch.setattr("mmtg.files._flush", lambda path: None)  # the disk is not waited for
            patch.setattr(mmtg.tasks.encoder, "make_trainer", with_kill)
            try:
                return train_stage(config, Run(RunDirectory(directory), watch))
            except Killed:
                return None

    return run


def rows(directory):
    """What was logged, but for what the clock decides."""
    with open(directory / "metrics.csv", newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if "per_second" not in row["name"]]


MOMENTS = [("on_train_batch_end", 6), ("on_validation_end", 2)]


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["visual", "alignment"])
def test_a_stage_killed_anywhere_goes_on_to_the_same_end(train, tmp_path, stage):
    whole = train(stage, tmp_path / "whole")
    for moment in MOMENTS:
        directory = tmp_path / f"{moment[0]}-{moment[1]}"
        assert train(stage, directory, Kill(*moment)) is None
        figures = train(stage, directory)
        for name in ("last.ckpt", "best.ckpt"):
            mine, theirs = (
                torch.load(d / "checkpoints" / name, weights_only=True) for d in (directory, tmp_path / "whole")
            )
            assert mine["global_step"] == theirs["global_step"]
            assert all(torch.equal(mine["state_dict"][key], w) for key, w in theirs["state_dict"].items()), moment
        assert rows(directory) == rows(tmp_path / "whole")
        timeless = [
            {k: v for k, v in f.items() if "time/" not in k and "per_second" not in k} for f in (figures, whole)
        ]
        assert timeless[0] == timeless[1]


def test_a_run_keeps_its_result_as_the_artefact(train, tmp_path, composed):
    root = tmp_path / "art"
    also = (f"paths.artefacts={root}", "encoder.seed=5")
    visual = train("visual", tmp_path / "v", also=also)
    made = list(root.glob("img2poem_visual-*"))
    assert len(made) == 1
    figures = train("alignment", tmp_path / "a", also=also)
    assert list(root.glob("img2poem_visual-*")) == made  # taken, not made again
    assert figures["visual/object_accuracy"] == visual["visual/object_accuracy"]
    config = composed("encoder=img2poem", *SMALL, *also)
    encoder, known = trained_encoder(config, Artefacts(root))
    assert len(list(root.glob("img2poem_alignment-*"))) == 1
    assert encoder.fingerprint == Img2PoemEncoder.load(tmp_path / "a" / "encoder").fingerprint
    assert known["alignment/recall_at_1"] == figures["alignment/recall_at_1"]
    assert {
        "alignment/experience_recall_at_1",
        "alignment/recall_at_5_poem_to_image",
        "visual/sentiment_accuracy",
    } <= set(known)


def test_the_artefact_is_what_training_ends_with_whatever_checkpoint_is_best(train, tmp_path, composed):
    """One key, one encoder: made on the way it never sees the validation that chooses the best checkpoint."""
    worse = ("encoder.alignment.optimizer.learning_rate=0.5", "encoder.seed=6")
    roots = [tmp_path / name for name in ("run", "way")]
    train("alignment", tmp_path / "a", also=(*worse, "tested=best", f"paths.artefacts={roots[0]}"))
    steps = [
        torch.load(tmp_path / "a" / "checkpoints" / f"{name}.ckpt", weights_only=True)["global_step"]
        for name in ("best", "last")
    ]
    assert steps[0] < steps[1]
    made = [trained_encoder(composed("encoder=img2poem", *SMALL, *worse), Artefacts(root)) for root in roots]
    assert made[0][0].fingerprint == made[1][0].fingerprint
    assert made[0][1] == made[1][1]
    assert made[0][0].fingerprint != Img2PoemEncoder.load(tmp_path / "a" / "encoder").fingerprint


def test_a_shortened_run_is_no_artefact(train, tmp_path):
    root = tmp_path / "art"
    train("visual", tmp_path / "v", also=(f"paths.artefacts={root}", "trainer.max_steps=4"))
    assert torch.load(tmp_path / "v" / "checkpoints" / "last.ckpt", weights_only=True)["global_step"] == 4
    assert not list(root.glob("img2poem_visual-*"))


def test_made_on_the_way_torchs_chance_is_as_it_was(composed, tmp_path):
    config = composed("encoder=img2poem", *SMALL)
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    _, nets = trained_nets(config, Artefacts(tmp_path / "one"))
    assert torch.equal(torch.rand(2), expected)
    _, again = trained_nets(config, Artefacts(tmp_path / "other"))
    assert all(torch.equal(one, other) for one, other in zip(nets.parameters(), again.parameters(), strict=True))


def own_experiences(folder, count=60):
    """A file of experiences with one step, whose pictures are blue or red as their poems say."""
    lines = []
    for number in range(count):
        blue = number % 2
        Image.new("RGB", (40, 30), (number, 0, 255) if blue else (255, number, 0)).save(folder / f"{number}.png")
        text = [f"the {'sea' if blue else 'fire'} {number}", "was there"]
        record = {"id": str(number), "topic": "t", "steps": [{"image": f"{number}.png", "text": None}], "lines": text}
        lines.append(json.dumps(record))
    (folder / "own.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder / "own.jsonl"


def test_other_data_bring_their_pairs_and_keywords(composed, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("sea\nfire\nnever\n", encoding="utf-8")
    data = ("data=jsonl", f"data.train={own_experiences(tmp_path)}", "data.steps=1", "data.layout.step_types=[1]")
    words_of_poems = ("encoder.poem.unit=word", f"encoder.visual.keywords.object={words}")
    config = composed(*data, "encoder=img2poem", *SMALL, *words_of_poems)
    stage = visual_stage(config, Artefacts(tmp_path / "art"))
    assert {net: spot.out_features for net, spot in stage.system.spot.items()} == {"object": 2}
    assert not stage.system.classify
    encoder, figures = trained_encoder(config, Artefacts(tmp_path / "art"))
    assert 0 <= figures["alignment/recall_at_1"] <= 1
    assert "sea" in encoder.settings["poem"]["known"]
    plain = composed(*data, "encoder=img2poem", *SMALL)
    with pytest.raises(InputError, match="keywords"):
        trained_encoder(plain, Artefacts(tmp_path / "none"))


def test_polarity_data_teach_sentiment(composed, tmp_path, caplog):
    images = tmp_path / "images"
    images.mkdir()
    colours = {"Highly positive": (250, 250, 120), "Neutral": (128, 128, 128), "Negative": (20, 20, 60)}
    for name, first in (("train", 0), ("test", 100)):
        table = ["id,golden,label,confidence,url"]
        for number in range(first, first + 60):
            label = list(colours)[number % 3]
            table.append(f"{number},FALSE,{label},0.5,http://x/{number}.png")
            if number % 10:  # some were not to be had
                Image.new("RGB", (30, 30), colours[label]).save(images / f"{number}.png")
        (tmp_path / f"{name}.csv").write_text("\n".join(table), encoding="utf-8")
    files = [f"encoder.visual.polarity.{name}={tmp_path}/{name}.csv" for name in ("train", "test")]
    also = [*files, f"encoder.visual.polarity.images={images}", "encoder.visual.steps=120", "encoder.experiences=2"]
    also += ["encoder.visual.channels=[8,8]", "encoder.visual.optimizer.learning_rate=0.01"]
    config = composed("encoder=img2poem", *SMALL, *also)
    path, _ = trained_nets(config, Artefacts(tmp_path / "art"))
    figures = json.loads((path / "figures.json").read_text(encoding="utf-8"))
    assert figures["visual/polarity_accuracy"] > 0.9 > figures["visual/polarity_majority"]
    assert len([m for m in caplog.messages if "12 of 120 pictures are not in" in m]) == 1


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ("encoder.order=[object,scene,scene]", "order"),
        ("encoder.visual.preset=vgg", "preset"),
        ("encoder.alignment.ranking.form=mine", "form"),
        ("encoder.poem.kind=bert", "poem.bert"),
        ("encoder.pairs=some", "pairs"),
        ("encoder.visual.weights.object=x", "weights.object"),
        ("encoder.visual.polarity.train=none.csv", "polarity.images"),
    ],
)
def test_mistakes_name_their_key(composed, artefacts, changed, what):
    config = composed("encoder=img2poem", *SMALL, changed)
    with pytest.raises(InputError, match=what):
        trained_encoder(config, Artefacts(artefacts))


@pytest.mark.slow
def test_a_run_with_this_encoder_is_complete_on_its_own(fit, cli, tmp_path, read):
    run = fit("+experiment=mmtg_full", "encoder=img2poem", "encoder.visual.channels=[4,6]")
    assert "alignment/recall_at_1" in read(run / "metrics.json")
    Image.new("RGB", (64, 64), "navy").save(tmp_path / "p.png")
    arguments = (
        f"task.checkpoint={run}/checkpoints/best.ckpt",
        f"task.image={tmp_path}/p.png",
        f"task.output={tmp_path}/o",
    )
    done = cli("task=generate", *arguments)
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "o").read_text(encoding="utf-8").splitlines()) == 1
