"""Relevance of texts to pictures at test: by hand, beside chance and ceiling."""

import numpy as np
import pytest
import torch

from mmtg.data.experience import Experience, Step
from mmtg.data.splits import Split
from mmtg.data.store import ExperienceStore, StoreWriter
from mmtg.metrics.picture_relevance import PictureRelevance

AXES = {"moon": (1.0, 0.0), "sea": (0.0, 1.0), "moon\nsea": (0.6, 0.8)}


class Words:
    """An encoder that knows a few texts."""

    width, fingerprint = 2, "words"

    def __init__(self):
        self.asked = []

    def encode_texts(self, texts):
        self.asked += texts
        return torch.tensor([AXES[text] for text in texts])


def store(path, pictures):
    """Experiences of two steps with the pictures' vectors, None where one is missing."""
    with StoreWriter(path, steps=2, lines_per_step=2, width=2) as writer:
        for i, own in enumerate(pictures):
            numbers = [-1 if vector is None else writer.vector(np.array(vector, np.float32)) for vector in own]
            writer.add(Experience(f"e{i}", "", (Step(), Step())), image_vectors=numbers, text_vectors=[-1, -1])
    opened = ExperienceStore.open(path)
    return Split(opened, np.arange(len(opened)))


def sample(*texts, reference=()):
    return {"hypotheses": [list(text) for text in texts], "reference": list(reference)}


def test_each_step_is_held_against_its_picture(tmp_path):
    split = store(tmp_path / "s", [[(1, 0), (0, 1)], [(0, 1), None]])
    samples = [
        sample(["moon", "sea", "moon", "sea"], ["moon", "", "", ""], reference=["moon", "", "sea", ""]),
        sample(["moon", "sea"]),  # its second step has no picture and no lines
    ]
    encoder = Words()
    figures = PictureRelevance(encoder, split, 2).figures([0, 1], samples)
    # first text: 0.6 and 0.8; second: 1, and 0 for saying nothing; third: 0.8
    assert figures["relevance"] == pytest.approx((0.6 + 0.8 + 1 + 0 + 0.8) / 5)
    assert figures["relevance_ceiling"] == 1
    assert sorted(encoder.asked) == ["moon", "moon\nsea", "sea"]


def test_chance_holds_texts_against_the_pictures_of_others(tmp_path):
    split = store(tmp_path / "s", [[(1, 0), None], [(0, 1), None], [(1, 0), None]])
    samples = [sample(["moon"]), sample(["sea"]), sample(["moon"])]
    figures = PictureRelevance(Words(), split, 2).figures([0, 1, 2], samples)
    assert figures["relevance"] == 1
    assert figures["relevance_chance"] == pytest.approx(2 / 6)  # the two moons fit each other's pictures
    assert "relevance_ceiling" not in figures


def test_places_say_which_pictures(tmp_path):
    split = store(tmp_path / "s", [[(1, 0), None], [(0, 1), None]])
    found = PictureRelevance(Words(), split, 2).figures([1], [sample(["sea"])])
    assert found == {"relevance": pytest.approx(1)}  # no other experience, so no chance


def test_without_pictures_there_is_no_figure(tmp_path):
    split = store(tmp_path / "s", [[None, None], [None, None]])
    assert PictureRelevance(Words(), split, 2).figures([0, 1], [sample(["moon"]), sample(["sea"])]) == {}
