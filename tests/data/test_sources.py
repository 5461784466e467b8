"""Sources: splits that do not overlap, poems, vocabularies, token tables."""

import json

import numpy as np
import pytest

from mmtg.artefacts import Artefacts
from mmtg.data.experience import Experience, Step
from mmtg.data.splits import distinct_poems, hold_out
from mmtg.data.store import ExperienceStore, StoreWriter
from mmtg.data.token_table import save_token_table
from mmtg.errors import InputError
from mmtg.instantiate import build

LINES = tuple("春眠不觉晓处处闻啼")


def write_store(path, count, *, rated=True, width=4):
    with StoreWriter(path, steps=2, lines_per_step=2, width=width) as writer:
        vector = writer.vector(np.ones(width, np.float32))
        for i in range(count):
            lines = tuple(LINES[(i + j) % len(LINES)] * 3 for j in range(4))
            experience = Experience(
                id=f"e-{i}",
                topic="春",
                steps=(Step(text="a"), Step()),
                lines=lines,
                rating=5 - i % 5 if rated else None,
            )
            writer.add(experience, topic_vector=vector, image_vectors=[vector, -1], text_vectors=[vector, -1])
    return ExperienceStore.open(path)


@pytest.fixture
def source(composed, tmp_path):
    def make(*overrides):
        config = composed(
            "data=mmtg", f"data.root={tmp_path}", "data.steps=2", "data.lines_per_step=2",
            "data.layout.step_types=[1,2]", *overrides,
        )  # fmt: skip
        return build(config.data)

    return make


def test_missing_splits_are_held_out_without_overlap(tmp_path):
    store = write_store(tmp_path / "s", 100)
    splits = hold_out({"train": store}, val_share=0.1, test_items=50)
    places = [set(split.places.tolist()) for split in splits.values()]
    assert sum(map(len, places)) == len(set().union(*places)) == 100
    assert len(splits["val"]) == 10
    assert len(splits["test"]) == 10
    assert set(splits["test"].ratings) == {5}
    again = hold_out({"train": store}, val_share=0.1, test_items=50)
    assert again["val"].places.tolist() == splits["val"].places.tolist()


def test_given_splits_are_kept(tmp_path):
    stores = {name: write_store(tmp_path / name, n) for name, n in {"train": 20, "val": 5, "test": 3}.items()}
    assert [len(s) for s in hold_out(stores, val_share=0.5, test_items=9).values()] == [20, 5, 3]


def test_too_few_to_hold_out(tmp_path):
    with pytest.raises(InputError, match="too few"):
        hold_out({"train": write_store(tmp_path / "s", 2)}, val_share=0.1, test_items=5)


def test_unrated_experiences_count_as_the_best(tmp_path):
    splits = hold_out({"train": write_store(tmp_path / "s", 20, rated=False)}, val_share=0.1, test_items=2)
    assert set(splits["train"].ratings) == {5}


def test_poems_are_the_best_rated_each_once(tmp_path):
    splits = hold_out({"train": write_store(tmp_path / "s", 100)}, val_share=0.01, test_items=1)
    poems = list(distinct_poems(splits["train"]))
    assert len({poem.lines for poem in poems}) == len(poems) <= 9


def test_a_store_alone_or_folders(source, tmp_path):
    write_store(tmp_path / "train", 30)
    splits = source().splits(None, Artefacts(tmp_path / "a"))
    assert set(splits) == {"train", "val", "test"}
    alone = source(f"data.root={tmp_path}/train").splits(None, Artefacts(tmp_path / "a"))
    assert sum(map(len, alone.values())) == 30


def test_vocabulary_beside_the_data(source, tmp_path):
    write_store(tmp_path / "train", 30)
    made = source()
    artefacts = Artefacts(tmp_path / "a")
    splits = made.splits(None, artefacts)
    assert "眠" in made.make_vocabulary(splits, artefacts).tokens
    tokens = ["[PAD]", "[#START#]", "[#EOS#]", "[unused3]", "[unused4]", "[UNK]", "[SEP]", "春"]
    (tmp_path / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    assert made.make_vocabulary(splits, artefacts).tokens == tokens


def test_token_tables(source, tmp_path):
    write_store(tmp_path / "train", 30)
    made, artefacts = source(), Artefacts(tmp_path / "a")
    vocabulary = made.make_vocabulary(made.splits(None, artefacts), artefacts)
    table = made.make_token_table(vocabulary, None, artefacts, 4)
    assert table.shape == (len(vocabulary), 4)
    np.testing.assert_allclose(np.linalg.norm(table, axis=1), 1, rtol=1e-6)
    save_token_table(tmp_path / "token_table", np.ones((3, 4), np.float32))
    with pytest.raises(InputError, match="token_table"):
        made.make_token_table(vocabulary, None, artefacts, 4)


@pytest.mark.parametrize(
    ("what", "words"), [("nothing", "no such folder"), ("empty", "train"), ("steps", "data.steps")]
)
def test_faults_are_named(source, tmp_path, what, words):
    overrides = {
        "nothing": [f"data.root={tmp_path}/nowhere"],
        "empty": [],
        "steps": ["data.steps=3", "data.layout.step_types=[1,2,3]"],
    }[what]
    if what == "steps":
        write_store(tmp_path / "train", 30)
    with pytest.raises(InputError, match=words):
        source(*overrides).splits(None, Artefacts(tmp_path / "a"))


def quatrains(path, count=50):
    records = [{"title": "咏史", "content": "|".join(LINES[(i + j) % 9] * 5 for j in range(4))} for i in range(count)]
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")


def test_quatrains(composed, tmp_path):
    quatrains(tmp_path / "ccpc_valid_v1.0.json")
    made = build(composed("data=ccpc", f"data.root={tmp_path}", "data.val_share=0.4").data)
    poems = made.poems({}, Artefacts(tmp_path / "a"))
    assert len(poems["train"]) + len(poems["val"]) == 50
    assert not {p.lines for p in poems["train"]} & {p.lines for p in poems["val"]}
    assert poems["train"][0].topic == "咏史"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not JSON"),
        ('{"title": "a"}', "content"),
        ('{"title": "a", "content": "b|c"}', "2 lines"),
        ("[]", "title"),
    ],
)
def test_broken_quatrains_are_named(composed, tmp_path, line, words):
    (tmp_path / "ccpc_valid_v1.0.json").write_text(line + "\n", encoding="utf-8")
    made = build(composed("data=ccpc", f"data.root={tmp_path}").data)
    with pytest.raises(InputError, match=f"line 1.*{words}"):
        made.poems({}, Artefacts(tmp_path / "a"))
