"""COCO's captions: splits by whole names, draws, cells as they stand in the files, and what is refused."""

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from mmtg.artefacts import Artefacts
from mmtg.config.plain import plain
from mmtg.curriculum import schedule_from
from mmtg.data.captioned import CaptionedDataset
from mmtg.data.coco_captions import read_karpathy
from mmtg.data.grid_features import GridCells, GridFeatures, pooled
from mmtg.data.module import as_it_is
from mmtg.data.post_vocabulary import PostVocabulary
from mmtg.data.sources import CocoCaptionsSource
from mmtg.data.vocabulary import vocabulary_from_plain
from mmtg.errors import InputError
from mmtg.prepare import experience_module, prepare
from tests.data import coco

WIDTH = 6
NAMES = [name for name, _ in coco.names()]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A whole folder, not to be changed."""
    return coco.write(tmp_path_factory.mktemp("coco"), width=WIDTH)


@pytest.fixture
def own(tmp_path):
    """A folder to spoil."""
    return coco.write(tmp_path / "coco", width=WIDTH)


@pytest.fixture(scope="module")
def settings(composed):
    """Of the shipped YAML."""
    chosen = plain(composed("data=coco_captions", "data.root=x").data)
    del chosen["_target_"]
    return {**chosen, "width": WIDTH}


@pytest.fixture
def source(settings, root):
    def make(**changes):
        return CocoCaptionsSource(**{**settings, "root": str(root), **changes})

    return make


@pytest.fixture(scope="module")
def prepared(composed, root, tmp_path_factory):
    """What a run makes of the folder, and its configuration."""
    small = ("model/size=debug", f"data.width={WIDTH}", "data.least_count=1", "data.batch_size=4", "data.workers=0")
    artefacts = f"paths.artefacts={tmp_path_factory.mktemp('made')}"
    config = composed("+experiment=unified_coco", f"data.root={root}", artefacts, *small)
    return prepare(config, experiences=True), config


@pytest.fixture
def module(prepared):
    """Loaders as a run has them."""
    known, config = prepared
    return experience_module(known, schedule_from(config.curriculum), config)


def split_names(source, tmp_path):
    """Names of the images of each split."""
    return {name: list(split.store.ids()) for name, split in source.splits(None, Artefacts(tmp_path)).items()}


def in_file(root, name):
    """The cells of an image, read without us."""
    with h5py.File(root / coco.FEATURES["train" if "train" in name else "valid"]) as file:
        return file[name]["features"][()]


def test_splits_are_taken_by_their_whole_names(source, tmp_path):
    known = {split: [name for name, own in coco.names() if own == split] for split in coco.SPLITS}
    assert split_names(source(), tmp_path) == {name: known[name] for name in ("train", "val", "test")}
    more = split_names(source(train_splits=["train", "restval"]), tmp_path)
    assert sorted(more["train"]) == sorted(known["train"] + known["restval"])
    assert not set(more["train"]) & {*more["val"], *more["test"]}


@pytest.mark.parametrize("name", ["val", "trainrestval", "test"])
def test_nothing_else_is_trained_on(source, name):
    with pytest.raises(InputError, match=r"data\.train_splits"):
        source(train_splits=["train", name])


def test_training_has_the_first_captions_and_a_test_all(source, tmp_path):
    splits = source(captions=2).splits(None, Artefacts(tmp_path))
    for name, split in splits.items():
        for i in range(len(split)):
            whole = tuple(" ".join(tokens) for tokens in coco.captions(NAMES.index(split[i].id)))
            assert split[i].lines == (whole[:2] if name == "train" else whole)
            assert split[i].topic == ""


def test_an_image_is_the_mean_of_its_cells_and_cells_are_those_of_the_files(root, source, tmp_path):
    made = source()
    for split in made.splits(None, Artefacts(tmp_path)).values():
        cells = made.cells(split, 8).of(range(len(split)))
        wanted = np.stack([in_file(root, name) for name in split.store.ids()])
        assert torch.equal(cells[:, 0], torch.from_numpy(wanted).flatten(1, 2))
        numbers = split.store.numbers(split.places)[:, 1]
        np.testing.assert_allclose(split.store.vectors(numbers), wanted.mean(axis=(1, 2)), rtol=1e-5)


def test_fewer_cells_are_means_of_neighbours():
    cells = np.random.default_rng(0).normal(size=(3, 8, 8, 5)).astype(np.float32)
    for grid in (8, 4, 2, 1):
        found, share = pooled(cells, grid), 8 // grid
        for row, column in ((0, 0), (grid - 1, 0), (0, grid - 1)):
            block = cells[:, row * share : (row + 1) * share, column * share : (column + 1) * share]
            np.testing.assert_allclose(found[:, row * grid + column], block.mean(axis=(1, 2)), rtol=1e-4, atol=1e-6)


def shown(loader):
    """The batches' places, captions and cells."""
    batches = [(batch.index, batch.reply, batch.pictures) for batch in loader]
    return [torch.cat([torch.nn.functional.pad(own, (0, 20 - own.shape[1])) if own.dim() == 2 else own for own in part])
            for part in zip(*batches, strict=True)]  # fmt: skip


def test_captions_are_drawn_the_same_with_workers_and_without(module):
    train = module.sets["train"]
    for epoch in (0, 1):
        train.epoch = epoch
        batches = [[5, 2, 0], [1, 3, 7], [4, 6]]
        alone, together = (
            shown(DataLoader(train, batch_sampler=batches, collate_fn=as_it_is, num_workers=workers))
            for workers in (0, 2)
        )
        assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))
        again = train.__getitems__([7])  # nor does it matter which others are in a batch
        assert torch.equal(again.reply[0], alone[1][alone[0] == 7][0][: again.reply.shape[1]])


def test_each_epoch_draws_anew_and_all_captions_have_their_turn(module):
    train = module.sets["train"]
    drawn = []
    for epoch in range(60):
        train.epoch = epoch
        drawn.append([lines[0] for lines in train.told(range(8), [train.split[i].lines for i in range(8)])])
    assert len({tuple(own) for own in drawn}) > 50
    for place, own in enumerate(zip(*drawn, strict=True)):
        assert set(own) == set(train.split[place].lines)


def test_training_tells_the_data_which_epoch_it_is(module):
    made = module
    made.trainer = SimpleNamespace(current_epoch=3, global_rank=0, world_size=1)
    made.train_dataloader()
    assert made.sets["train"].epoch == 3


def test_a_test_shows_the_first_caption_and_is_compared_with_all(module):
    made = module
    test = made.sets["test"]
    assert isinstance(test, CaptionedDataset)
    texts = [test.tokens.vocabulary.lines(row) for row in test.__getitems__([0, 1]).reply[:, 1:].tolist()]
    for i, text in enumerate(texts):
        sample = made.sample("test", i)
        assert sample["reference"] == text == sample["references"][0]
        assert [own for [own] in sample["references"]] == list(test.split[i].lines)
        assert sample["unit"] == "words"


def test_texts_begin_and_end_and_are_cut(prepared):
    known, config = prepared
    short = replace(known.layout, line_tokens=3)
    made = experience_module(replace(known, layout=short), schedule_from(config.curriculum), config).sets["val"]
    words, batch = made.tokens.vocabulary, made.__getitems__([0])
    [caption, *_] = made.split[0].lines
    assert batch.reply[0].tolist() == [words.start, *words.encode(caption)[:3], words.end]
    assert batch.topic_words[0].tolist() == [words.start, words.end]


def test_the_vocabulary_is_of_the_training_words_that_stand_often_enough(source):
    made = source(least_count=12).make_vocabulary({}, None)
    counts = {}
    for i in range(coco.SPLITS["train"]):
        for caption in coco.captions(i)[:5]:
            for word in caption:
                counts[word] = counts.get(word, 0) + 1
    assert set(made.tokens) - made.special_tokens() == {word for word, times in counts.items() if times >= 12}
    again = vocabulary_from_plain(made.to_plain())
    assert again.encode("a zebra [CLS] the") == [again.encode("a")[0], again.unk, again.unk, again.encode("the")[0]]
    assert again.decode(again.encode("a  the")) == "a the"


def test_a_vocabulary_of_bert_is_taken(source, tmp_path):
    pieces = ["[PAD]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "cat", "##s", "by"]
    (tmp_path / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    made = source(vocabulary=f"{tmp_path}/vocab.txt").make_vocabulary({}, None)
    assert isinstance(made, PostVocabulary)
    assert [made.tokens[i] for i in made.encode("A cats by")] == ["a", "cat", "##s", "by"]
    assert made.decode(made.encode("a cats by")) == "a cats by"


def test_changed_features_make_a_new_store(own, source, tmp_path):
    made = Artefacts(tmp_path / "made")
    first = source(root=str(own)).splits(None, made)["train"].store
    coco.change(own, NAMES[0], np.ones((8, 8, WIDTH), np.float32))
    second = source(root=str(own)).splits(None, made)["train"].store
    assert first.fingerprint != second.fingerprint
    assert first.path != second.path


def test_a_grid_must_divide_that_of_the_files(prepared):
    known, config = prepared
    changed = config.copy()
    changed.model.grid = 3
    with pytest.raises(InputError, match=r"model\.grid.*data\.grid=8"):
        experience_module(known, schedule_from(config.curriculum), changed)


CELLS = np.ones((8, 8, WIDTH), np.float32)
TORN = CELLS.copy()
TORN[3, 4, 5] = np.nan


@pytest.mark.parametrize("name", [NAMES[1], NAMES[-1]])
@pytest.mark.parametrize(
    ("cells", "what"),
    [
        (None, "has no such image"),
        (TORN, "features: holds NaN or infinity"),
        (CELLS[:7], f"features: is of shape 7 x 8 x {WIDTH}; 8 x 8 x {WIDTH} is wanted"),
        (CELLS[..., :5], f"features: is of shape 8 x 8 x 5; 8 x 8 x {WIDTH} is wanted"),
        (np.ones((8, 8, WIDTH), np.int64), "features: is of int64"),
    ],
)
def test_wrong_features_are_named(own, source, name, cells, what):
    coco.change(own, name, cells)
    file = own / coco.FEATURES["train" if "train" in name else "valid"]
    with pytest.raises(InputError, match=re.escape(f"{file}: image {name}: {what}")):
        source(root=str(own)).features.read(NAMES)


def test_nothing_is_kept_of_wrong_features(own, source, tmp_path):
    coco.change(own, NAMES[-1], TORN)
    with pytest.raises(InputError, match="NaN"):
        source(root=str(own)).splits(None, Artefacts(tmp_path / "made"))
    assert len(list((tmp_path / "made").glob("store-*"))) == 2  # train and val, which are whole


def test_a_missing_image_is_found_before_anything_is_read(own, source, tmp_path):
    coco.change(own, NAMES[-1], None)
    with pytest.raises(InputError, match=f"image {NAMES[-1]}: has no such image"):
        source(root=str(own)).splits(None, Artefacts(tmp_path / "made"))
    assert not (tmp_path / "made").exists()


def test_wrong_files_of_features_are_named(own, tmp_path):
    train, val = (own / path for path in coco.FEATURES.values())
    features = GridFeatures(train, val, 8, WIDTH)
    with h5py.File(train, "r+") as file:
        del file[NAMES[0]]
        file[NAMES[0]] = np.ones(3)
    for names, what in (
        (NAMES[:1], "features: is no group"),
        ([NAMES[2] + "0"], "has no such image"),
        (["train\0"], ""),
    ):
        with pytest.raises(InputError, match=re.escape(f"{train}: image {names[0]}: {what}")):
            features.read(names)
    val.write_bytes(val.read_bytes()[:999])
    with pytest.raises(InputError, match="is no HDF5 file"):
        GridCells(features, NAMES, 4).of([11])
    val.unlink()
    with pytest.raises(InputError, match="no such file"):
        features.check(NAMES)


def spoilt(change):
    """The content of the captions' file with a change in its second image."""
    whole = coco.content()
    change(whole["images"][1])
    return json.dumps(whole)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "is not JSON"),
        ("[]", "images: must be an object with a list of images"),
        ('{"images": []}', "images: must be an object with a list of images"),
        ('{"images": [3]}', "image 0: must be an object, not a number"),
        (spoilt(lambda image: image.update(split="tarin")), "image 1: split: 'tarin' is unknown"),
        (spoilt(lambda image: image.update(split=1)), "image 1: split: must be text, not a number"),
        (spoilt(lambda image: image.pop("filename")), "image 1: filename: is missing"),
        (spoilt(lambda image: image.update(filename="../a.jpg")), "image 1: filename: must be the name of a file"),
        (spoilt(lambda image: image.update(filename=f"{NAMES[0]}.png")), "image 1: filename: '"),
        (spoilt(lambda image: image.update(sentences=[])), "image 1: sentences: must be a list that is not empty"),
        (spoilt(lambda image: image["sentences"][2].pop("tokens")), "image 1: sentences[2].tokens: is missing"),
        (spoilt(lambda image: image["sentences"].append("a cat")), "image 1: sentences[4]: must be an object"),
        (spoilt(lambda image: image["sentences"][0].update(tokens=["a", 3])), "image 1: sentences[0].tokens: must be"),
        (spoilt(lambda image: image["sentences"][0].update(tokens=[" "])), "image 1: sentences[0].tokens: are all"),
    ],
)
def test_wrong_captions_are_named(tmp_path, text, what):
    file = tmp_path / "captions.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(f"{file}: {what}")):
        read_karpathy(file)


def test_a_split_without_images_is_named(own, source):
    whole = coco.content()
    whole["images"] = [image for image in whole["images"] if image["split"] != "val"]
    (own / coco.ANNOTATIONS).write_text(json.dumps(whole), encoding="utf-8")
    with pytest.raises(InputError, match="has no image of split val"):
        _ = source(root=str(own)).images


@pytest.mark.parametrize("change", [{"steps": 2}, {"captions": 0}, {"grid": 0}])
def test_settings_out_of_range_are_named(source, change):
    with pytest.raises(InputError, match=rf"data\.{next(iter(change))}"):
        source(**change)
