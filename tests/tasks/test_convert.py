"""task=convert from the command line: faithful, broken and hostile files; and training on what it made."""

import math
import os
import pickle
import random

import pytest

WIDTH = 2048
STEPS = range(5)


def vector(source):
    return [source.gauss(0, 0.02) for _ in range(WIDTH)]


def released(count, seed=0, scores=False):
    """Items of the published schema; float lists are shared between items."""
    source = random.Random(seed)
    pool = [vector(source) for _ in range(12)]
    letters = "春眠不觉晓处处闻啼鸟夜来风雨声花落知多少"

    def line():
        return "".join(source.choice(letters) for _ in range(source.randint(5, 20)))

    items = []
    for i in range(count):
        item = {"topic": line()[:2], "topic_emb": source.choice(pool), "lyrics": [line() for _ in range(10)]}
        for j in STEPS:
            item |= {f"img_{j}_emb": source.choice(pool), f"r_{j}": line(), f"r_{j}_emb": source.choice(pool)}
            if scores:
                item[f"score_{j}"] = {"img_rel": [3, 4], "r_rel": [5, 5], "cmp_rel": [1, 2]}
        items.append(item if scores else {**item, "rating": 5 - i % 5})
    return items


def dump(folder, content, protocol=3):
    file = folder / "data.pkl"
    file.write_bytes(pickle.dumps(content, protocol=protocol))
    return file


@pytest.fixture
def convert(cli, tmp_path):
    def run(file, *more):
        return cli(
            "task=convert", "task.source=pickle", f"task.input={file}", f"task.output={tmp_path}/out/train", *more
        )

    return run


def test_convert_then_train(convert, cli, fit, tmp_path, read):
    done = convert(dump(tmp_path, released(300)))
    assert done.returncode == 0, done.stderr
    run = fit(
        "+experiment=mmtg_full", "data=mmtg", f"data.root={tmp_path}/out", "trainer.max_steps=5",
        "logger.wandb.enabled=false",
    )  # fmt: skip
    assert read(run / "status.json")["state"] == "completed"


def test_all_released_files(convert, cli, fit, tmp_path, read):
    """Train, validation, test with scores, token table and vocabulary, each under its own name."""
    root = tmp_path / "root"
    source = random.Random(1)
    letters = ["[PAD]", "[#START#]", "[#EOS#]", "[unused3]", "[unused4]", "[UNK]", "[SEP]", "，"]
    tokens = [*letters, *sorted(set("主题词：春眠不觉晓处处闻啼鸟夜来风雨声花落知多少"))]
    files = {
        "train": released(60),
        "val": released(20, seed=1),
        "test": released(6, seed=2, scores=True),
        "token_table": {i: vector(source) for i in range(len(tokens))},
    }
    for name, content in files.items():
        file = dump(tmp_path, content)
        done = cli("task=convert", f"task.input={file}", f"task.output={root}/{name}")
        assert done.returncode == 0, done.stderr
    (root / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    run = fit("+experiment=mmtg_full", "data=mmtg", f"data.root={root}", "trainer.max_steps=3",
              "logger.wandb.enabled=false")  # fmt: skip
    assert len(read(run / "samples.jsonl")) == 6


def with_item(change, at=17):
    items = released(25)
    change(items[at])
    return items


BROKEN = {
    "a missing key": (lambda item: item.pop("r_3"), ["item 17", "r_3"]),
    "a vector of 2047": (lambda item: item.update(img_2_emb=item["img_2_emb"][:-1]), ["item 17", "img_2_emb", "2047"]),
    "a NaN": (lambda item: item.update(r_1_emb=[math.nan, *item["r_1_emb"][1:]]), ["item 17", "r_1_emb"]),
    "a rating of 7": (lambda item: item.update(rating=7), ["item 17", "rating", "7"]),
    "nine lines": (lambda item: item["lyrics"].pop(), ["item 17", "lyrics"]),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_items_are_named(convert, tmp_path, fault):
    change, words = BROKEN[fault]
    done = convert(dump(tmp_path, with_item(change)))
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    for word in ["data.pkl", *words]:
        assert word in done.stderr
    assert not (tmp_path / "out").exists()


def test_truncated(convert, tmp_path):
    file = dump(tmp_path, released(25))
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    done = convert(file)
    assert done.returncode == 2
    assert "data.pkl" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


class Hostile:
    """Pickles to a call that leaves a marker."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize("where", ["alone", "in an item", "in a list of lines", "as a key"])
def test_code_never_runs(convert, tmp_path, where):
    marker = tmp_path / "marker"
    bomb = Hostile(os.system, f"touch {marker}")
    content = {
        "alone": bomb,
        "in an item": with_item(lambda item: item.update(topic=bomb)),
        "in a list of lines": with_item(lambda item: item["lyrics"].append(bomb)),
        "as a key": with_item(lambda item: item.update({bomb: 1})),
    }[where]
    done = convert(dump(tmp_path, content))
    assert done.returncode == 2
    assert "data.pkl" in done.stderr
    assert "system" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not marker.exists()
    assert not (tmp_path / "out").exists()


def test_an_existing_target_is_kept(convert, tmp_path):
    (tmp_path / "out" / "train").mkdir(parents=True)
    (tmp_path / "out" / "train" / "precious").touch()
    done = convert(dump(tmp_path, released(5)))
    assert done.returncode == 2
    assert [path.name for path in (tmp_path / "out" / "train").iterdir()] == ["precious"]
