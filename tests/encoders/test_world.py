import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from mmtg.encoders.base import Encoder
from mmtg.encoders.lessons import Lessons, Pair, named_in, pairs_of
from mmtg.encoders.make import training_settings
from mmtg.encoders.towers import PADDING
from mmtg.encoders.training import alike, info_nce, spelling_loss
from mmtg.encoders.world import Training, WorldEncoder, retrieval_recall, train_world_encoder
from mmtg.encoders.world_encoder import scaled
from mmtg.errors import InputError
from mmtg.keyword_recall import keyword_recall
from mmtg.keywords import KeywordIndex, world_words
from mmtg.world import CONCEPTS, World

FEW = ["moon", "boat", "willow", "train", "candle", "snowman", "fish", "door"]
SETTINGS: dict[str, Any] = {
    "width": 32,
    "channels": [16, 24, 32],
    "character_width": 32,
    "steps": 80,
    "batch_concepts": 8,
    "training": Training(
        learning_rate=0.005, weight_decay=0.01, warmup_share=0.1, pair_weight=0.25, spelling_weight=0.5
    ),
    "pictures_per_concept": 24,
    "batch_size": 16,
    "seed": 3,
    "poems": 60,
    "concepts": FEW,
}


@pytest.fixture(scope="module")
def world() -> World:
    return World(seed=5)


@pytest.fixture(scope="module")
def encoder(world: World) -> WorldEncoder:
    return train_world_encoder(world, **SETTINGS)


def test_finds_concepts_of_unseen_pictures(encoder: WorldEncoder, world: World) -> None:
    for all_nouns in (True, False):  # chance is 1/8
        recall = retrieval_recall(encoder, world, pictures=80, seed=1, concepts=FEW, all_nouns=all_nouns)
        assert recall > 0.6


def test_characters_lie_near_their_nouns(encoder: WorldEncoder) -> None:
    texts = encoder.encode_texts(["月", "船", "月亮", "小船"])
    cosines = texts[:2] @ texts[2:].T
    assert cosines[0, 0] > cosines[0, 1]
    assert cosines[1, 1] > cosines[1, 0]


def test_same_seed_same_weights(world: World) -> None:
    short = {**SETTINGS, "steps": 3, "pictures_per_concept": 3, "poems": 5}
    torch.manual_seed(1)
    one = train_world_encoder(world, **short)
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    torch.manual_seed(2)
    state = torch.random.get_rng_state()
    two = train_world_encoder(world, **short)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert torch.get_num_threads() == threads + 1
    torch.set_num_threads(threads)
    assert one.fingerprint == two.fingerprint
    assert one.fingerprint != train_world_encoder(world, **{**short, "seed": 4}).fingerprint


def test_gives_unit_vectors(encoder: WorldEncoder) -> None:
    assert isinstance(encoder, Encoder)
    pictures = [Image.new(mode, size) for mode, size in (("RGB", (64, 64)), ("L", (9, 200)), ("RGBA", (1, 1)))]
    for vectors in (encoder.encode_images(pictures), encoder.encode_texts(["月", "☃", ""])):
        assert vectors.shape == (3, 32)
        assert vectors.dtype == torch.float32
        assert not vectors.requires_grad
        torch.testing.assert_close(vectors.norm(dim=1), torch.ones(3))
    assert encoder.encode_images([]).shape == encoder.encode_texts([]).shape == (0, 32)


def test_items_do_not_see_each_other(encoder: WorldEncoder, world: World) -> None:
    rng = np.random.default_rng(0)
    texts = [world.caption(name, rng) for name in CONCEPTS] + ["", "月" * 500, "x"]
    alone = torch.cat([encoder.encode_texts([text]) for text in texts])
    torch.testing.assert_close(encoder.encode_texts(texts), alone, atol=2e-6, rtol=0)
    pictures = [world.picture(name, "day-rain", rng) for name in FEW * 3]
    alone = torch.cat([encoder.encode_images([picture]) for picture in pictures])
    torch.testing.assert_close(encoder.encode_images(pictures), alone, atol=2e-6, rtol=0)


def test_unknown_characters_are_one(encoder: WorldEncoder) -> None:
    one, two, known = encoder.encode_texts(["月☃", "月☂", "月亮"])
    assert torch.equal(one, two)
    assert not torch.allclose(one, known)


def test_saved_and_loaded_is_the_same(encoder: WorldEncoder, tmp_path: Path) -> None:
    encoder.save(tmp_path / "new" / "encoder")
    loaded = WorldEncoder.load(tmp_path / "new" / "encoder")
    assert loaded.fingerprint == encoder.fingerprint
    assert (loaded.width, loaded.batch_size) == (32, 16)
    assert WorldEncoder.load(tmp_path / "new" / "encoder", batch_size=3).batch_size == 3
    assert torch.equal(loaded.encode_texts(["月亮"]), encoder.encode_texts(["月亮"]))
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"encoder"}
    with pytest.raises(InputError, match="not empty"):
        encoder.save(tmp_path / "new" / "encoder")


def _change(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: (folder / "encoder.json").unlink(), "no encoder.json"),
        (lambda folder: (folder / "weights.pt").unlink(), "not whole"),
        (lambda folder: (folder / "weights.pt").write_bytes(b"weights"), "weights.pt: cannot be read"),
        (lambda folder: torch.save({}, folder / "weights.pt"), "cannot be read as the weights"),
        (lambda folder: (folder / "encoder.json").write_text("{"), "not the description"),
        (lambda folder: (folder / "encoder.json").write_text("[]"), "not the description"),
        (lambda folder: _change(folder / "encoder.json", format=9), "train the encoder again"),
        (lambda folder: _change(folder / "encoder.json", width="x"), "cannot be read"),
        (lambda folder: _change(folder / "encoder.json", width=31), "cannot be read"),
        (lambda folder: _change(folder / "encoder.json", fingerprint="0"), "does not belong"),
    ],
)
def test_spoilt_folders_are_refused(encoder: WorldEncoder, tmp_path: Path, spoil: Any, message: str) -> None:
    encoder.save(tmp_path / "encoder")
    spoil(tmp_path / "encoder")
    with pytest.raises(InputError, match=message):
        WorldEncoder.load(tmp_path / "encoder")


def test_pickled_code_is_never_run(encoder: WorldEncoder, tmp_path: Path) -> None:
    encoder.save(tmp_path / "encoder")

    class Evil:
        def __reduce__(self) -> tuple:
            return Path.touch, (tmp_path / "ran",)

    torch.save({"weights": Evil()}, tmp_path / "encoder" / "weights.pt")
    with pytest.raises(InputError):
        WorldEncoder.load(tmp_path / "encoder")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"steps": 0}, "steps"),
        ({"batch_concepts": 1}, "batch_concepts"),
        ({"pictures_per_concept": 0}, "pictures_per_concept"),
        ({"seed": -1}, "seed"),
        ({"width": 0}, "width"),
        ({"channels": []}, "channels"),
        ({"channels": [8] * 7}, "multiple of 128"),
        ({"batch_size": 0}, "batch_size"),
    ],
)
def test_bad_settings_are_refused(world: World, changes: dict, field: str) -> None:
    with pytest.raises(InputError, match=field):
        train_world_encoder(world, **{**SETTINGS, "pictures_per_concept": 1, "poems": 0, "steps": 1, **changes})


def test_progress_is_told(world: World) -> None:
    told = []
    short = {**SETTINGS, "steps": 2, "pictures_per_concept": 1, "poems": 0, "concepts": FEW[:2]}
    train_world_encoder(world, **short, progress=lambda *what: told.append(what))
    assert told == [("pictures", 1, 2), ("pictures", 2, 2), ("steps", 1, 2), ("steps", 2, 2)]


def lessons(world: World, poems: int = 40) -> Lessons:
    quiet = {"progress": lambda *_: None}
    return Lessons(world, FEW, pictures_per_concept=2, poems=poems, seed=1, **quiet)


def test_a_batch_holds_a_concept_once(world: World) -> None:
    drawn = lessons(world)
    chosen = drawn.choose(6)
    assert len(set(chosen)) == 6
    assert sorted(drawn.choose(99)) == list(range(len(FEW)))
    assert drawn.pictures(chosen).shape == (6, 64, 64, 3)
    for texts in (drawn.captions(chosen), drawn.lines(chosen)):
        assert [named_in(text) for text in texts] == [frozenset([FEW[number]]) for number in chosen]
    for number, piece in zip(chosen, drawn.pieces(chosen), strict=True):
        assert any(piece in noun for noun in CONCEPTS[FEW[number]].nouns)


def test_pairs_share_their_concept_or_have_none(world: World) -> None:
    for number in range(40):
        experience = world.experience("encoder", 5 * number)
        assert experience.rating == 5
        for pair in pairs_of(experience):
            one, other = named_in(pair.one), named_in(pair.other)
            assert one & other or not one
            assert pair.about == one | other


def test_no_poems_no_pairs(world: World) -> None:
    assert lessons(world, poems=0).pairs(5) == []
    assert len(lessons(world).pairs(5)) == 5


def test_alike_pairs_are_no_opposites() -> None:
    moon, boat, none = frozenset(["moon"]), frozenset(["boat"]), frozenset[str]()
    pairs = [Pair("a", "b", moon), Pair("c", "d", moon | boat), Pair("e", "f", none), Pair("e", "g", none)]
    excused = alike(pairs)
    assert excused.tolist() == [
        [False, True, False, False],
        [True, False, False, False],
        [False, False, False, True],
        [False, False, True, False],
    ]
    vectors = torch.nn.functional.normalize(torch.randn(4, 3), dim=1)
    plain = info_nce(vectors, vectors, torch.tensor(2.0))
    assert info_nce(vectors, vectors, torch.tensor(2.0), excused) < plain


def test_spelling_loss_ignores_padding() -> None:
    scores = torch.randn(2, 7)
    short = spelling_loss(scores, torch.tensor([[3, 4], [5, 6]]))
    padded = spelling_loss(scores, torch.tensor([[3, 4, PADDING], [5, 6, PADDING]]))
    torch.testing.assert_close(short, padded)


def test_padding_gets_no_gradient(encoder: WorldEncoder) -> None:
    encoder.model.zero_grad()
    encoder.model.texts(encoder.character_ids(["月亮在天上", "船"])).sum().backward()
    gradient = encoder.model.texts.embed.weight.grad
    assert gradient is not None
    assert gradient[PADDING].abs().max() == 0
    encoder.model.zero_grad()


def test_towers_score_pictures_against_texts(encoder: WorldEncoder) -> None:
    pixels = scaled(np.zeros((2, 64, 64, 3), np.uint8))
    assert encoder.model(pixels, encoder.character_ids(["月", "船", "门"])).shape == (2, 3)
    assert scaled(np.full((1, 8, 8, 3), 255, np.uint8)).max() == 1


@pytest.mark.slow
def test_the_shipped_settings_learn_the_whole_world(composed) -> None:
    settings, drawn = training_settings(composed())
    world = World(**drawn)
    settings.pop("test_pictures")
    encoder = train_world_encoder(world, **settings)
    for all_nouns in (True, False):
        assert retrieval_recall(encoder, world, pictures=760, seed=8, all_nouns=all_nouns) >= 0.9
    index = KeywordIndex(world_words(), encoder.encode_texts(world_words()))
    assert keyword_recall(index, encoder, world, pictures=760, seed=8, k=5) >= 0.9
