"""Keywords: what is nearest, what is missing, the file, the artefact, and the world's pictures."""

import numpy as np
import pytest
import torch

from mmtg.artefacts import Artefacts
from mmtg.encoders.make import make_encoder
from mmtg.encoders.world import Training, train_world_encoder
from mmtg.errors import InputError
from mmtg.keyword_recall import keyword_recall, recall_figures
from mmtg.keywords import NONE, Heard, KeywordIndex, closed_words, keyword_index, world_words
from mmtg.world import CONCEPTS, World

WORDS = ("东", "北", "东北", "西")
VECTORS = torch.tensor([[2.0, 0.0], [0.0, 3.0], [1.0, 1.0], [-1.0, 0.0]])


class Letters:
    """An encoder of texts alone: counts of a few characters."""

    width, calls = 3, 0
    fingerprint = "letters"

    def encode_texts(self, texts):
        self.calls += 1
        counts = torch.tensor([[text.count(letter) for letter in "春花月"] for text in texts], dtype=torch.float32)
        return torch.nn.functional.normalize(counts + 0.1, dim=1)


@pytest.fixture
def index():
    return KeywordIndex(WORDS, VECTORS)


def test_the_nearest_by_angle_come_first(index):
    assert index.named(index.top(torch.tensor([[5.0, 0.1], [-1.0, 0.2]]), 3)) == [
        ["东", "东北", "北"],
        ["西", "北", "东北"],
    ]
    assert index.top(torch.tensor([9.0, 0.0]), 1).tolist() == [0]  # a single vector, and a single keyword
    assert index.top(torch.zeros(2, 3, 2), 4).shape == (2, 3, 4)
    assert index.top(torch.tensor([1.0, 1.0]), 4).tolist() == [2, 0, 1, 3]  # equally near: in the order of the set


def test_one_product_equals_a_loop(index):
    pictures = torch.randn(7, 2, generator=torch.Generator().manual_seed(0))
    for picture, found in zip(pictures, index.top(pictures, 4).tolist(), strict=True):
        cosines = [torch.cosine_similarity(picture, vector, dim=0).item() for vector in VECTORS]
        assert found == sorted(range(4), key=lambda i: -cosines[i])


@pytest.mark.parametrize("k", [0, 5])
def test_k_beyond_the_set_is_refused(index, k):
    with pytest.raises(InputError, match=rf"keywords.top_k: is {k}; there are 4"):
        index.top(torch.zeros(2), k)


def test_vectors_of_another_width_are_refused(index):
    with pytest.raises(InputError, match="is 3; the keywords' vectors have 2"):
        index.top(torch.zeros(1, 3), 1)
    with pytest.raises(InputError, match="4 keywords and 3 vectors"):
        KeywordIndex(WORDS, VECTORS[:3])


def test_steps_keep_their_order_and_their_gaps(index):
    pictures = Heard(torch.tensor([[[0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]]), torch.tensor([[True, False, True]]))
    texts = Heard(torch.tensor([[[-1.0, 0.0]] * 3]), torch.tensor([[True, True, False]]))
    assert index.of_steps(pictures, 1).tolist() == [[[1], [NONE], [0]]]
    assert index.of_steps(pictures, 1, texts).tolist() == [[[1], [3], [0]]]
    assert index.named(index.of_steps(pictures, 2)[0]) == [["北", "东北"], [], ["东", "东北"]]


def test_pooled_counts_each_present_picture_once(index):
    long, short = [0.0, 9.0], [1.0, 0.0]
    pictures = Heard(
        torch.tensor([[long, short, [-7.0, 0.0]], [short] * 3]), torch.tensor([[True, True, False], [False] * 3])
    )
    assert index.pooled(pictures, 1).tolist() == [[2], [NONE]]  # not 1: a longer vector has no more say


def test_similarity_is_the_mean_cosine_over_the_keywords_there_are(index):
    texts, chosen = torch.tensor([[3.0, 0.0]] * 3), torch.tensor([[0, 2], [3, NONE], [NONE, NONE]])
    expected = [(1 + 0.5**0.5) / 2, -1.0, 0.0]
    assert index.similarity(texts, chosen).tolist() == pytest.approx(expected)


def test_a_file_of_keywords(tmp_path):
    file = tmp_path / "words.txt"
    file.write_bytes("\ufeff山\r\n流水\n\n 山 \n行云".encode())
    assert closed_words(file) == ("山", "流水", "行云")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\n \n", "has no keywords"),
        ("山\n流水\t3\n".encode(), "line 2: holds a tab"),
        ("山\n".encode() + b"\xff", "line 2: is not UTF-8"),
        (None, "cannot be read"),
    ],
)
def test_bad_files_are_named(tmp_path, content, message):
    file = tmp_path / "words.txt"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        closed_words(file)
    assert str(file) in str(caught.value)


def test_the_published_keywords(shared):
    words = closed_words(shared / "data" / "ccpc" / "image2poem_keywords.txt")
    assert len(words) == 6805
    assert words[:4] == ("晴日", "山", "流水", "行云")


def test_the_worlds_keywords_name_its_concepts():
    words = world_words()
    assert len(set(words)) == len(words)
    assert all(noun in words for concept in CONCEPTS.values() for noun in concept.nouns)


def test_vectors_are_encoded_once_for_each_set_and_encoder(tmp_path):
    encoder, artefacts = Letters(), Artefacts(tmp_path)
    one, two = (keyword_index(("春花", "月"), encoder, artefacts) for _ in range(2))
    assert encoder.calls == 1
    assert torch.equal(one.vectors, two.vectors)
    torch.testing.assert_close(one.vectors, encoder.encode_texts(("春花", "月")))
    torch.testing.assert_close(one.vectors.norm(dim=1), torch.ones(2))
    calls, other = encoder.calls, Letters()
    other.fingerprint = "others"
    keyword_index(("月", "春花"), encoder, artefacts)
    keyword_index(("春花", "月"), other, artefacts)
    assert (encoder.calls, other.calls) == (calls + 1, 1)


class Sighted:
    """Knows every picture: its vector is that of its own concept, told by the order in which they are drawn."""

    def __init__(self, wrong):
        self.wrong = wrong

    def encode_images(self, pictures):
        names = list(CONCEPTS)
        own = torch.tensor([(i % len(names) + (i < self.wrong)) % len(names) for i in range(len(pictures))])
        return torch.nn.functional.one_hot(own, len(names)).float()


@pytest.mark.parametrize("wrong", [0, 3])
def test_recall_counts_the_pictures_whose_concept_is_named(wrong):
    names, words = list(CONCEPTS), world_words()
    concept = torch.tensor([next(i for i, n in enumerate(names) if word in CONCEPTS[n].nouns) for word in words])
    index = KeywordIndex(words, torch.nn.functional.one_hot(concept, len(names)).float())
    recall = keyword_recall(index, Sighted(wrong), World(seed=1, picture_size=8), pictures=10, seed=0, k=1)
    assert recall == pytest.approx((10 - wrong) / 10)


def test_a_quickly_trained_encoder_beats_chance(tmp_path):
    few = ["moon", "boat", "willow", "train", "candle", "snowman", "fish", "door"]
    training = Training(learning_rate=0.005, weight_decay=0.01, warmup_share=0.1, pair_weight=0.25, spelling_weight=0.5)
    world = World(seed=5)
    encoder = train_world_encoder(
        world,
        width=32,
        channels=[16, 24, 32],
        character_width=32,
        steps=80,
        batch_concepts=8,
        training=training,
        pictures_per_concept=24,
        batch_size=16,
        seed=3,
        poems=60,
        concepts=few,
    )
    index = keyword_index([CONCEPTS[name].nouns[0] for name in few], encoder, Artefacts(tmp_path))
    rng, hits = np.random.default_rng(9), 0
    for number in range(80):
        picture = world.picture(few[number % 8], "day-clear", rng)
        [found] = index.named(index.top(encoder.encode_images([picture]), 2))
        hits += CONCEPTS[few[number % 8]].nouns[0] in found
    assert hits / 80 > 0.6  # chance is 2/8


def test_figures_of_a_run(composed, tmp_path):
    config = composed("model/size=debug", "keywords.test_pictures=80", "keywords.top_k=3")
    artefacts = Artefacts(tmp_path)
    encoder, _ = make_encoder(config, artefacts)
    index = keyword_index(world_words(), encoder, artefacts)
    figures = recall_figures(config, index, encoder, artefacts)
    assert sorted(figures) == ["keywords/recall_at_1", "keywords/recall_at_3"]
    assert 0 <= figures["keywords/recall_at_1"] <= figures["keywords/recall_at_3"] <= 1
    assert recall_figures(config, index, encoder, artefacts) == figures
    assert recall_figures(config, KeywordIndex(["月"], torch.ones(1, encoder.width)), encoder, artefacts) == {}
