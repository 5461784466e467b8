"""MultiM-Poem: facts of the real file, splits by poem, pictures in a folder, and what is refused."""

import json
import logging
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mmtg.artefacts import Artefacts
from mmtg.data.line_vocabulary import LineVocabulary
from mmtg.data.multim import read_multim
from mmtg.data.multim_pictures import find_pictures
from mmtg.data.prompt_layout import PromptLayout
from mmtg.errors import InputError
from mmtg.instantiate import build
from mmtg.metrics.text import Text
from mmtg.prepare import line_vectors

URL = "https://farm1.staticflickr.com/2/"
LINES_PER_POEM = {1: 10, 2: 142, 3: 1043, 4: 1139, 5: 516, 6: 546, 7: 362, 8: 666, 9: 285, 10: 3583}
THREE_SPLITS = ("data.val_share=0.57", "data.test_share=0.03")  # ids 8, 1 and 0 are val, test and train


def record(number, poem=None, **changed):
    poem = f"line a of {number}\nline b of {number}" if poem is None else poem
    return {"image_url": f"{URL}{number}_a.jpg", "id": number, "poem": poem, **changed}


@pytest.fixture
def write(tmp_path):
    def make(records, name="multim_poem.json"):
        path = tmp_path / name
        path.write_text(json.dumps(records), encoding="utf-8")
        return path

    return make


@pytest.fixture
def source(composed, tmp_path):
    def make(*overrides, root=tmp_path):
        return build(composed("data=multim_poem", f"data.root={root}", *overrides).data)

    return make


class Colours:
    """An encoder of mean colours and of numbers of letters; its vectors are three numbers wide."""

    width, fingerprint = 3, "colours"

    def encode_images(self, pictures):
        means = [picture.convert("RGB").resize((1, 1)).getpixel((0, 0)) for picture in pictures]
        return torch.nn.functional.normalize(torch.tensor(means, dtype=torch.float32) + 1, dim=1)

    def encode_texts(self, texts):
        counts = [[text.count(letter) + 1.0 for letter in "abc"] for text in texts]
        return torch.nn.functional.normalize(torch.tensor(counts), dim=1)


@pytest.fixture(scope="module")
def real(shared):
    return read_multim(shared / "data" / "multim_poem" / "multim_poem.json", most_lines=10)


def test_the_real_file_has_the_facts_of_the_reference(real):
    """Img2poem reference, section 2.1."""
    assert [record.number for record in real] == list(range(8292))
    assert len({record.lines for record in real}) == 7757
    assert len({record.url for record in real}) == 8276
    assert Counter(len(record.lines) for record in real) == LINES_PER_POEM
    per_line = [len(line.split()) for record in real for line in record.lines]
    assert sum(per_line) == 341_956
    assert sum(per_line) / len(per_line) == pytest.approx(5.691, abs=5e-4)
    assert max(per_line) == 61
    words = Counter(word for record in real for line in record.lines for word in line.split())
    assert [sum(times >= least for times in words.values()) for least in (1, 2, 3, 5)] == [19_801, 10_340, 7_411, 4_917]


def test_ngrams_of_the_real_poems_are_those_of_the_reference(real):
    """The reference parts words at each single space, so that two spaces make an empty word; here they do not."""
    for n, types, tokens, share, last in ((2, 132_329, 385_464, 0.3672, 20), (3, 258_482, 377_172, 0.1038, 9)):
        counts = Counter()
        for each in real:
            counts.update(Text.of_lines(each.lines, "words").counts(n))
        top = counts.most_common(2000)
        assert (len(counts), counts.total(), top[-1][1]) == (types, tokens, last)
        assert sum(times for _, times in top) / tokens == pytest.approx(share, abs=1e-4)


def test_no_poem_is_in_two_splits(source, shared):
    made = source(root=shared / "data" / "multim_poem")
    poems = made.poems({}, None)
    own = {name: {poem.lines for poem in made._poems[name]} for name in ("train", "val", "test")}
    assert sum(map(len, own.values())) == len(set().union(*own.values())) == 7757
    assert [round(len(found) / 7757, 2) for found in own.values()] == [0.85, 0.05, 0.1]
    assert {poem.lines for poem in poems["train"]} == own["train"]
    assert len(poems["test"]) == 200
    assert {poem.lines for poem in poems["test"]} <= own["test"]
    for each in made.records:  # all records of a poem
        assert each.lines in own[made.split_of(each.lines)]


def test_the_vocabulary_is_of_the_training_words_that_stand_twice(source, shared):
    made = source(root=shared / "data" / "multim_poem")
    vocabulary = made.make_vocabulary({}, None)
    counts = Counter(word for line in made.characters({}, None) for word in line.split())
    assert isinstance(vocabulary, LineVocabulary)
    assert set(vocabulary.tokens[5:]) == {word for word, times in counts.items() if times > 1} | {"poem"}
    layout = made.make_layout(vocabulary, PromptLayout.kind)
    known = [p.lines for p in made._poems["train"][:500] if all(counts[w] > 1 for w in " ".join(p.lines).split())]
    assert {len(lines) for lines in known} >= {3, 4, 10}
    for lines in known:
        told = [line for line in layout.decode_lines(layout.encode_lines(lines).ids) if line]
        assert told == [" ".join(line.split()[: layout.line_tokens]) for line in lines]


@given(st.permutations(["poem", "image_url", "id"]))
def test_the_order_of_keys_does_not_matter(tmp_path_factory, order):
    path = tmp_path_factory.mktemp("order") / "m.json"
    given_record = record(7)
    path.write_text(json.dumps([{key: given_record[key] for key in order}]), encoding="utf-8")
    [found] = read_multim(path, most_lines=10)
    assert (found.number, found.lines, found.url) == (7, ("line a of 7", "line b of 7"), f"{URL}7_a.jpg")


@pytest.mark.parametrize(
    ("wrong", "field", "what"),
    [
        ({"poem": 5}, "poem", "must be text"),
        ({"poem": " \n"}, "poem", "is empty"),
        ({"poem": "a\n" * 11}, "poem", "has 11 lines, at most 10"),
        ({"poem": "\ud800"}, "poem", "half a surrogate"),
        ({"id": "2"}, "id", "whole number"),
        ({"id": True}, "id", "whole number"),
        ({"id": 0}, "id", "is the id of record 0 already"),
        ({"image_url": None}, "image_url", "must be text"),
        ({"image_url": "ftp://a/b.jpg"}, "image_url", "address of a picture"),
        ({"image_url": "https://a/"}, "image_url", "address of a picture"),
    ],
)
def test_a_wrong_record_is_named(write, wrong, field, what):
    path = write([record(0), {**record(1), **wrong}])
    with pytest.raises(InputError, match=what) as error:
        read_multim(path, most_lines=10)
    assert all(part in str(error.value) for part in (str(path), "record 1", field))


@pytest.mark.parametrize("missing", ["poem", "image_url", "id"])
def test_a_missing_field_is_named(write, missing):
    short = record(0)
    del short[missing]
    with pytest.raises(InputError, match=f"(?s){missing}.*is missing"):
        read_multim(write([short]), most_lines=10)


@pytest.mark.parametrize("content", [b"{}", b"[]", b"[5]", b"[", b"\xff", b"[" * 100_000])
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    path = tmp_path / "m.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"m\.json"):
        read_multim(path, most_lines=10)


def test_without_the_file_or_poems_for_a_split_it_says_so(source, write):
    with pytest.raises(InputError, match="no such file"):
        source().poems({}, None)
    write([record(0)])
    with pytest.raises(InputError, match="to test; needs all"):
        source().poems({}, None)


def test_more_poems_join_by_their_text(source, write):
    write([record(i) for i in range(60)])
    more = write([{"id": i, "poem": record(i)["poem"]} for i in range(30, 90)], "unim_poem.json")
    made = source(f"data.more_poems={more}")
    found = [poem for poems in made._poems.values() for poem in poems]
    assert len(found) == len({poem.lines for poem in found}) == 90
    assert Counter(poem.id.split("-")[0] for poem in found) == {"multim": 60, "more": 30}


def test_without_pictures_it_is_text_alone(source):
    assert not source().brings_experiences
    assert source("data.images=x").brings_experiences


def test_the_real_pictures_are_found_by_their_urls(real, shared):
    found = find_pictures(shared / "data" / "multim_poem" / "images", real)
    assert {number: path.name.split("_")[0] for number, path in found.items()} == {
        0: "1002051357",
        1: "10024691123",
        8: "1006080174",
    }


def test_a_name_that_means_two_pictures_is_not_used(write, tmp_path):
    words, flickr = "https://a.files.wordpress.com/", "https://farm{}.staticflickr.com/1/5_b.jpg"
    records = read_multim(
        write(
            [
                record(0, image_url=f"{words}3.jpg"),  # also the name by id of record 3
                record(3),
                record(4, image_url=flickr.format(1)),
                record(5, image_url=flickr.format(2)),  # the same picture on another host
                record(6, image_url=f"{words}one/x.jpg"),
                record(7, image_url=f"{words}two/x.jpg"),
            ]
        ),
        most_lines=10,
    )
    for name in ("3.jpg", "5_b.jpg", "x.jpg", "7.jpg"):
        (tmp_path / name).touch()
    found = find_pictures(tmp_path, records)
    assert {number: path.name for number, path in found.items()} == {4: "5_b.jpg", 5: "5_b.jpg", 7: "7.jpg"}


def test_a_folder_without_pictures_is_named(real, tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        find_pictures(tmp_path / "none", real)
    with pytest.raises(InputError, match="none of the 8292 pictures"):
        find_pictures(tmp_path, real)


def test_real_pictures_bring_experiences_of_poems_of_any_length(source, shared, tmp_path, caplog):
    folder = shared / "data" / "multim_poem"
    made = source(f"data.images={folder}/images", *THREE_SPLITS, root=folder)
    with caplog.at_level(logging.WARNING):
        splits = made.splits(Colours(), Artefacts(tmp_path / "artefacts"))
    assert [(name, split[0].id, len(split[0].lines)) for name, split in splits.items()] == [
        ("train", "multim-0", 3),
        ("val", "multim-8", 10),
        ("test", "multim-1", 10),
    ]
    row = splits["train"][0]
    assert (row.topic, row.texts, row.image_vectors[0] >= 0) == ("", (None,), True)
    assert [text for text in caplog.messages if "missing" in text] == [
        f"{folder}/images: 8289 of 8292 pictures are missing; their records are poems only"
    ]


def test_splits_without_pictures_are_refused_with_their_counts(source, write, tmp_path):
    write([record(0)])
    Image.new("RGB", (2, 2)).save(tmp_path / "0.jpg")
    with pytest.raises(InputError, match=r"too few pictures: train \d, val \d, test \d"):
        source(f"data.images={tmp_path}").splits(Colours(), Artefacts(tmp_path / "artefacts"))


def test_the_vectors_of_lines_are_means_of_the_lines_there_are():
    layout = SimpleNamespace(steps=2, lines_per_step=2)
    prepared = SimpleNamespace(encoder=Colours(), layout=layout)
    a, b, c = Colours().encode_texts(["a", "b", "c"]).numpy()
    heard = line_vectors([["a", "b", "c"], ["c"], ["a", "a", "b", "c"]], prepared)
    none = np.zeros(3)
    expected = [[(a + b) / 2, c], [c, none], [a, (b + c) / 2]]
    assert heard == pytest.approx(np.array(expected), abs=1e-6)
    assert heard.dtype == np.float32


@pytest.mark.slow
def test_a_run_on_words_counts_words(fit, read, shared):
    """Phase 1 on the real poems: figures and samples of words, novelty against the training poems."""
    run = fit(
        "model=decoder", "data=multim_poem", f"data.root={shared}/data/multim_poem", "data.test_items=6", "name=words",
        "pretrain.steps=2", "trainer.max_steps=2", "logger.wandb.enabled=false", "decoding.samples=1",
        "data.layout.line_tokens=6", "data.least_count=30", "data.val_share=0.01", "pretrain.batch_size=8",
    )  # fmt: skip
    figures, samples = read(run / "metrics.json"), read(run / "samples.jsonl")
    texts = [Text.of_lines(text, "words") for sample in samples for text in sample["hypotheses"]]
    assert {sample["unit"] for sample in samples} == {"words"}
    assert figures["test/mean_length"] == pytest.approx(sum(map(len, texts)) / len(texts))
    assert {"test/novelty_2", "test/novelty_3", "test/copied_lines", "test/bleu_3"} <= set(figures)
    assert not {"test/rhyme_rate", "test/tone_regularity", "test/relevance"} & set(figures)
