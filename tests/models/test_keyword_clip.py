"""Pictures to keywords to texts: the system."""

from dataclasses import asdict, replace

import pytest
import torch

from mmtg.data.batch import Batch
from mmtg.data.keyword_poems import KeywordBatch, keyword_tensor
from mmtg.data.layouts import layout_from_plain
from mmtg.data.module import text_tensors
from mmtg.decoding.ranking import Ranking
from mmtg.decoding.settings import DecodingSettings
from mmtg.errors import InputError
from mmtg.keywords import KeywordIndex
from mmtg.models.build import build_system
from mmtg.models.system import OptimizerSettings
from mmtg.phases import poem_curriculum
from tests.models.prompted import KINDS, PLAIN, SIZE, TEXTS, VOCABULARY
from tests.models.small import SIZES

WIDTH = 6
TOKENS = ["春眠", "啼鸟", "风雨", "花", "白日"]
VECTORS = torch.eye(len(TOKENS), WIDTH)
"""Each keyword has a direction of its own, so that a picture along it retrieves it first."""

FORM = {
    "lines": None, "characters": [4, 5], "equal_lines": True, "rhyme": None, "level_rhyme": False, "tones": None,
    "free_tones": "odd", "no_repeat": "any",
}  # fmt: skip
MAPPING = {"positions": 3, "layers": 1, "heads": 2, "feedforward": 16, "dropout": 0.0}
both = pytest.mark.parametrize("kind", ["gpt2", "t5"])


def layout():
    return layout_from_plain({**SIZES, "kind": "prompts", "line_tokens": 5}, VOCABULARY)


def small_system(kind="gpt2", **changes):
    decoding = DecodingSettings(
        samples=1, top_k=0, top_p=0.0, temperature=1.0, repetition_penalty=1.0, penalty="standard", seed=3, batch_size=8
    )
    optimizer = OptimizerSettings(
        learning_rate=1e-3, betas=(0.9, 0.98), eps=1e-6, weight_decay=0.0, warmup_steps=0, total_steps=10
    )
    model = {
        "_target_": "mmtg.models.keyword_clip.KeywordCLIPSystem", "name": "keyword_clip", "size": SIZE, "dropout": 0.0,
        "pretrained": None, "lm": KINDS[kind], "objective": PLAIN, "freeze_lm": False, "segments": 2, "form": FORM,
        "keywords": {"top_k": 2, "use_texts": False}, "words": TOKENS, "mapping": None, "vector_width": WIDTH,
    }  # fmt: skip
    torch.manual_seed(0)
    described = {
        "model": {**model, **changes},
        "layout": layout().to_plain(),
        "vocabulary": VOCABULARY.to_plain(),
        "curriculum": poem_curriculum(1),
        "optimizer": {**asdict(optimizer), "betas": [0.9, 0.98]},
        "decoding": asdict(decoding),
    }
    vectors = VECTORS if {**model, **changes}["words"] else None
    return build_system(described, torch.zeros(0, 0), keyword_vectors=vectors).eval()


def batch(order=((0, 1), (2, 4)), present=((True, True), (True, False))):
    pictures = VECTORS[torch.tensor(order)]  # [B, T, W]
    there = torch.tensor(present)
    return Batch(
        **text_tensors(range(2), ["题", "题"], TEXTS, layout()),
        topic_vector=torch.zeros(2, WIDTH),
        image_vectors=pictures * there[..., None],
        text_vectors=VECTORS[torch.tensor([[3, 3], [3, 3]])],
        image_present=there,
        text_present=torch.ones(2, 2, dtype=torch.bool),
        rating=torch.tensor([5, 1]),
        heard=torch.zeros(2, 0, 0),
    )


def test_each_step_retrieves_its_own_keywords_and_a_missing_picture_none():
    system = small_system()
    found = system.retrieved(batch())
    assert found[..., 0].tolist() == [[0, 1], [2, -1]]
    assert found[1, 1].tolist() == [-1, -1]
    assert system.notes(batch())[1]["keywords"][1] == []
    told = system.keywords(batch())
    assert VOCABULARY.decode(told[0, 0].tolist()).startswith("春眠")
    assert VOCABULARY.decode(told[1, 1].tolist()) == ""


def test_texts_stand_in_for_missing_pictures_if_wanted():
    system = small_system(keywords={"top_k": 1, "use_texts": True})
    assert system.retrieved(batch()).tolist() == [[[0], [1]], [[2], [3]]]


def test_pooled_keywords_are_those_of_all_pictures():
    system = small_system(segments=1)
    found = system.retrieved(batch())
    assert found.shape == (2, 1, 2)
    assert set(found[0, 0].tolist()) == {0, 1}
    assert found[1, 0, 0] == 2


@both
def test_the_order_of_the_steps_is_the_order_of_the_keywords(kind):
    system, one, other = small_system(kind), batch(), batch(order=((1, 0), (2, 4)))
    with torch.no_grad():
        losses = [system.model(system.keywords(b), lines_of(system, b)).trained for b in (one, other)]
    assert abs(float(losses[0][0] - losses[1][0])) > 1e-6
    torch.testing.assert_close(losses[0][1], losses[1][1])


def lines_of(system, items):
    return [system.prompt_layout.lines_of(row) for row in items.targets.tolist()]


@both
def test_negatives_teach_nothing(kind):
    system, items = small_system(kind), batch()
    whole = system.loss(items, positive_from=4)
    alone = system.loss(items.select(torch.tensor([0])), positive_from=4)
    torch.testing.assert_close(whole.total, alone.total)
    assert whole.parts["lm_loss"][1] == 1
    assert whole.parts["token_loss"][1] == sum(map(len, TEXTS[0]))
    assert float(system.loss(items.select(torch.tensor([1])), positive_from=4).total.detach()) == 0


@both
def test_poems_and_experiences_with_the_same_keywords_cost_the_same(kind):
    system, items = small_system(kind, keywords={"top_k": 1, "use_texts": False}), batch()
    tokens = {name: getattr(items, name) for name in text_tensors([0], [""], [()], layout())}
    words = keyword_tensor([[["春眠"], ["啼鸟"]], [["风雨"], []]], VOCABULARY)
    poems = KeywordBatch(**tokens, keywords=words)
    torch.testing.assert_close(
        system.loss(poems, positive_from=4).parts["token_loss"][0],
        system.loss(items, positive_from=1).parts["token_loss"][0],
    )


@both
def test_the_mapping_network_learns_from_pictures_alone(kind):
    system = small_system(kind, mapping=MAPPING, freeze_lm=True)
    system.train()
    system.loss(batch(), positive_from=4).total.backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in system.model.mapping.parameters())
    assert all(p.grad is None for p in system.model.lm.parameters())
    assert {p.requires_grad for p in system.model.lm.parameters()} == {False}
    assert system.pictures(batch())[1, 1].abs().sum() == 0
    assert [len(texts) for texts in system.texts(batch(), ["a", "b"])] == [1, 1]


class Counting:
    """An encoder that hears two characters alone."""

    width, fingerprint = WIDTH, "counting"

    def encode_texts(self, texts):
        return torch.tensor([[t.count("春"), 0, 0, 0, t.count("白"), 1] for t in texts], dtype=torch.float32)


def test_candidates_nearest_to_their_keywords_are_kept():
    system = small_system(keywords={"top_k": 1, "use_texts": False})
    system.ranking = Ranking(Counting(), KeywordIndex(TOKENS, VECTORS))
    items = batch(order=((0, 0), (4, 4)), present=((True, True), (True, True)))
    drawn = [system.texts(items, ["a", "b"], numbers=[n]) for n in range(12)]
    system.decoding = replace(system.decoding, samples=2, candidates=6)
    best = system.texts(items, ["a", "b"])
    for b, place in enumerate((0, 4)):
        texts = [own[b][0] for own in drawn]
        vectors = torch.nn.functional.normalize(Counting().encode_texts(map("".join, texts)), dim=1)
        order = sorted(range(12), key=lambda n: -float(vectors[n, place]))
        assert best[b] == [texts[n] for n in order[:2]]
        assert float(vectors[order[0], place]) > float(vectors[order[-1], place])


def test_unequal_lines_come_last_if_they_are_dropped():
    index = KeywordIndex(TOKENS, VECTORS)

    class First:
        width, fingerprint = WIDTH, "first"

        def encode_texts(self, texts):
            return torch.tensor([[1.0 - 0.1 * i, 0, 0, 0, 0, 0.1 * i] for i in range(len(texts))])

    texts = [["春眠", "不觉晓"], ["处处", "闻啼"], ["夜来", "风雨"]]
    ranking = Ranking(First(), index)
    assert ranking.order(texts, torch.tensor([0]), drop_unequal=False) == [0, 1, 2]
    assert ranking.order(texts, torch.tensor([0]), drop_unequal=True) == [1, 2, 0]


def test_candidates_need_something_to_be_ranked_by():
    system = small_system()
    system.decoding = replace(system.decoding, candidates=2)
    with pytest.raises(InputError, match=r"decoding\.candidates"):
        system.texts(batch(), ["a", "b"])


def test_keywords_come_later_to_a_system_of_poems():
    system = small_system(words=[], vector_width=0, segments=1)
    with pytest.raises(InputError, match="poems alone"):
        system.retrieved(batch())
    system.equip(KeywordIndex(TOKENS, VECTORS))
    assert system.retrieved(batch())[1, 0, 0] == 2


def test_a_frozen_language_model_alone_is_refused():
    with pytest.raises(InputError, match="freeze_lm"):
        small_system(freeze_lm=True)
