"""Likeness of vectors, with an encoder whose vectors are known."""

import pytest
import torch

from mmtg.metrics import EmbeddingCosine, EmbeddingL2, TextVectors
from mmtg.metrics.model_based import embedding_metrics
from mmtg.metrics.registry import make_items, score
from mmtg.metrics.text import Item, Text

VECTORS = {"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [0.6, 0.8]}


class Table:
    """Gives the vectors above and remembers what it was asked."""

    width, fingerprint = 2, "table"

    def __init__(self):
        self.asked = []

    def encode_images(self, pictures):
        raise AssertionError("texts only")

    def encode_texts(self, texts):
        self.asked += texts
        return torch.tensor([VECTORS[text] for text in texts])


def test_cosine_and_distance():
    vectors = TextVectors(Table())
    cosine, distance = EmbeddingCosine(vectors), EmbeddingL2(vectors)
    items = [Item((Text("a"), Text("c")), (Text("b"),)), Item((Text("c"),), (Text("a"), Text("b"))), Item((Text("a"),))]
    for metric in (cosine, distance):
        metric.update(items)
    assert cosine.values()[:2].tolist() == pytest.approx([(0 + 0.8) / 2, 0.8])
    assert distance.values()[:2].tolist() == pytest.approx([(2**0.5 + 0.4**0.5) / 2, 0.4**0.5])
    assert float(cosine.compute()) == pytest.approx(0.6)


def test_each_text_is_encoded_once():
    encoder = Table()
    metrics = embedding_metrics(encoder)
    items = make_items(["a", "b"], [["c", "c"], ["a"]])
    assert score("embedding_cosine", items, metrics=metrics).figure == pytest.approx((0.6 + 0) / 2)
    assert score("embedding_l2", items, metrics=metrics).figure > 0
    assert sorted(encoder.asked) == ["a", "b", "c"]
