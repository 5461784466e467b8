"""Items, keywords, figures and the losses of both stages."""

import numpy as np
import pytest
import torch

from mmtg.data.experience import Experience, Step
from mmtg.encoders.base import unit
from mmtg.encoders.img2poem.figures import group_means, recalls
from mmtg.encoders.img2poem.items import SPLIT, Item, experience_items, held_out, world_items
from mmtg.encoders.img2poem.keywords import frequent, occurring, read_words, world_words
from mmtg.encoders.img2poem.nets import VisualNets
from mmtg.encoders.img2poem.pairs import UNKNOWN, read_pairs, write_pairs
from mmtg.encoders.img2poem.visual import PictureDataset, VisualLearning, VisualSystem, varied
from mmtg.encoders.reading import Reading
from mmtg.errors import InputError
from mmtg.models.system import OptimizerSettings
from mmtg.world import CONCEPTS, World

SMALL = Reading(size=16, resize=None, mean=(0.5,) * 3, std=(0.5,) * 3)
STILL = VisualLearning(keywords_from=0, keyword_weight=1.0, shift=0, contrast=0.0, flip=False)
OPTIMIZER = OptimizerSettings(
    learning_rate=1e-3, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.0, warmup_steps=1, total_steps=10
)


@pytest.fixture(scope="module")
def items():
    return list(world_items(World(), SPLIT, 12))


def test_world_pairs_speak_of_what_is_shown(items):
    assert len(items) == 60
    paired = [item for item in items if item.paired]
    assert 30 < len(paired) < 60
    for item in items:
        shown = CONCEPTS[item.labels["object"]]
        assert len(item.text.split("\n")) == 2
        assert any(noun in item.text for noun in shown.nouns) == item.paired


def test_only_what_belongs_together_is_learned():
    def experience(rating):
        steps = (Step(picture=lambda: None, picture_key="a"), Step())
        return Experience(f"e{rating}", "t", steps, lines=("1", "2", "3", "4"), rating=rating)

    found = list(experience_items([experience(5), experience(3), experience(None)]))
    assert [(item.group, item.text) for item in found] == [("e5", "1\n2"), ("eNone", "1\n2")]


def test_no_poem_stands_on_both_sides():
    made = [Item(lambda: None, str(i), f"poem {i // 2}", str(i)) for i in range(400)]
    sets = held_out(made, share=0.1)
    texts = {name: {item.text for item in part} for name, part in sets.items()}
    assert sum(map(len, sets.values())) == 400
    assert all(10 < len(sets[name]) < 80 for name in ("val", "test"))
    assert not texts["train"] & texts["val"]
    assert not texts["train"] & texts["test"]
    assert not texts["val"] & texts["test"]


def test_items_come_back_as_they_were_written(items, tmp_path):
    write_pairs(tmp_path, items[:7], SMALL, title="", workers=0)
    pairs = read_pairs(tmp_path)
    assert np.array_equal(pairs.pixels, SMALL.pixels([item.picture() for item in items[:7]]))
    assert pairs.texts == [item.text for item in items[:7]]
    values = pairs.values("object")
    assert [values[n] for n in pairs.numbers("object", values)] == [item.labels["object"] for item in items[:7]]
    assert set(pairs.numbers("object", [])) == {UNKNOWN}
    write_pairs(tmp_path, [], SMALL, title="", workers=0)
    assert len(read_pairs(tmp_path)) == 0


def test_keywords_occur_where_they_should(tmp_path):
    assert occurring(["月光", "moon"], ["在月光下", "moonlight", "the moon\nrose"]).tolist() == [
        [True, False], [False, False], [False, True],
    ]  # fmt: skip
    assert frequent(["a", "b", "c"], ["a b", "a", "b c", "a"], least=2) == ["a", "b"]
    words = world_words()
    assert {noun for concept in CONCEPTS.values() for noun in concept.nouns} == set(words["object"])
    assert "细雨中" in words["scene"]
    assert "眼泪" in words["sentiment"]
    (tmp_path / "w").write_text("sky\n\nsea\nsky\n", encoding="utf-8")
    assert read_words({"object": str(tmp_path / "w"), "scene": None, "sentiment": None})["object"] == ["sky", "sea"]
    with pytest.raises(InputError, match=r"keywords\.scene"):
        read_words({"object": None, "scene": str(tmp_path / "none"), "sentiment": None})


@pytest.fixture
def system(items, tmp_path):
    unlabelled = [Item(items[0].picture, "x", "", "x", paired=False, labels={"sentiment": "neutral"})]
    write_pairs(tmp_path, [*items[:9], *unlabelled], SMALL, title="", workers=0)
    pairs = read_pairs(tmp_path)
    values = {name: pairs.values(name) for name in pairs.labels}
    words = {"object": world_words()["object"], "scene": [], "sentiment": []}
    data = PictureDataset(pairs, values, {net: occurring(given, pairs.texts) for net, given in words.items()})
    torch.manual_seed(0)
    nets = VisualNets(preset="small", channels=[4, 6], resnet={}, order=["object", "scene", "sentiment"])
    counts = {net: len(given) for net, given in words.items()}
    made = VisualSystem(nets, SMALL, values={k: len(v) for k, v in values.items()}, words=counts, learning=STILL,
                        optimizer=OPTIMIZER)  # fmt: skip
    return made.eval(), data


def test_unknown_labels_and_missing_poems_do_not_count(system):
    made, data = system
    whole, known = (made.losses(data.__getitems__(range(count))) for count in (10, 9))
    assert float(whole["keywords_loss"]) == pytest.approx(float(known["keywords_loss"]), rel=1e-5)
    objects = [loss["labels_loss"] for loss in (whole, known)]
    assert float(objects[0]) != pytest.approx(float(objects[1]), rel=1e-6)  # the sentiment of the tenth is known
    data.labels["sentiment"][9] = UNKNOWN
    assert float(made.losses(data.__getitems__(range(10)))["labels_loss"]) == pytest.approx(float(objects[1]), rel=1e-5)


def test_the_keyword_loss_is_a_mean_of_cross_entropies(system):
    made, data = system
    batch = data.__getitems__(range(9))
    seen = made.nets.each(SMALL.normalised(batch.pixels))["object"]
    chance, there = made.spot["object"](seen).sigmoid(), batch.keywords["object"]
    by_hand = -(there * chance.log() + (1 - there) * (1 - chance).log()).mean()
    assert float(made.losses(batch)["keywords_loss"]) == pytest.approx(float(by_hand), rel=1e-4)


def test_each_label_teaches_its_own_net(system):
    made, data = system
    batch = data.__getitems__([9])  # its sentiment alone is known
    made.losses(batch)["loss"].backward()
    taught = {name: sum(float(w.grad.abs().sum()) for w in net.parameters()) for name, net in made.nets.nets.items()}
    assert taught["sentiment"] > 0
    assert taught["object"] == taught["scene"] == 0


def test_varied_pictures_are_moved_copies():
    pixels = torch.arange(2 * 8 * 8 * 3, dtype=torch.int64).remainder(251).to(torch.uint8).view(2, 8, 8, 3)
    assert torch.equal(varied(pixels, STILL), pixels)
    torch.manual_seed(1)
    shifted = varied(pixels, VisualLearning(keywords_from=0, keyword_weight=1, shift=2, contrast=0.0, flip=False))
    found = [
        any(torch.equal(shifted[one, 2:6, 2:6], pixels[one, 2 + d : 6 + d, 2 + r : 6 + r]) for d in range(-2, 3)
            for r in range(-2, 3))
        for one in range(2)
    ]  # fmt: skip
    assert found == [True, True]
    flipped = varied(pixels.repeat(20, 1, 1, 1), VisualLearning(
        keywords_from=0, keyword_weight=1, shift=0, contrast=0.0, flip=True))  # fmt: skip
    same = [torch.equal(flipped[i], pixels[i % 2]) for i in range(40)]
    turned = [torch.equal(flipped[i], pixels[i % 2].flip(1)) for i in range(40)]
    assert all(a or b for a, b in zip(same, turned, strict=True))
    assert any(same)
    assert any(turned)


def test_recall_knows_the_perfect_the_random_and_the_tied():
    numbers = torch.arange(200)
    vectors = unit(torch.randn(200, 16, generator=torch.Generator().manual_seed(0)))
    other = unit(torch.randn(200, 16, generator=torch.Generator().manual_seed(1)))
    settings = {"candidates": 100, "draws": 30, "seed": 0}
    assert recalls(vectors, vectors, numbers, **settings)["recall_at_1"] == 1
    told = recalls(vectors, other, numbers, **settings)
    assert told["recall_at_1"] < 0.04
    assert told["recall_at_5"] == pytest.approx(0.05, abs=0.03)
    assert recalls(torch.ones(200, 16), torch.ones(200, 16), numbers, **settings)["recall_at_5"] == 0
    one_way = vectors.clone()
    one_way[1:] = vectors[1:] * 1e-3  # every picture is nearest to poem 0 or its own, but each poem finds its picture
    ways = recalls(vectors, one_way, numbers, **settings)
    assert ways["recall_at_1_poem_to_image"] == 1
    assert ways["recall_at_1_image_to_poem"] < 1


def test_equal_poems_never_stand_in_one_draw():
    numbers = torch.tensor([0, 0, 1, 1])
    vectors = torch.eye(2)[numbers]
    assert recalls(vectors, vectors, numbers, candidates=4, draws=5, seed=0)["recall_at_1"] == 1


def test_means_of_groups():
    told = group_means(torch.tensor([[1.0, 0], [0, 1], [0, 2]]), ["b", "a", "b"])
    torch.testing.assert_close(told, unit(torch.tensor([[0.0, 1], [1, 2]])))
