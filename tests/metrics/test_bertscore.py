"""BERTScore with a small random BERT, against the definition written out token by token."""

import math

import pytest
import torch
from transformers import AutoTokenizer, BertConfig, BertModel, BertTokenizer

from mmtg.errors import InputError
from mmtg.metrics import BERTScore, BertScorer
from mmtg.metrics.model_based import bert_metrics
from mmtg.metrics.registry import make_items, score

TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"月亮河船照着我的心，"]
LAYER = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("bert")
    BertTokenizer(vocab={token: i for i, token in enumerate(TOKENS)}, model_max_length=12).save_pretrained(path)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2}
    torch.manual_seed(0)
    BertModel(BertConfig(vocab_size=len(TOKENS), max_position_embeddings=12, **sizes)).save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def scorer(folder):
    return BertScorer(folder, layer=LAYER, batch_size=3, device="cpu")


def by_hand(folder, hypothesis, reference):
    """Precision, recall and F of one pair, one text at a time."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), BertModel.from_pretrained(folder).eval()

    def vectors(text):
        with torch.no_grad():
            hidden = model(**tokenizer([text], return_tensors="pt"), output_hidden_states=True).hidden_states[LAYER][0]
        return [vector / vector.norm() for vector in hidden]

    have, want = vectors(hypothesis), vectors(reference)
    precision = [max(float(x @ y) for y in want) for x in have[1:-1]]  # [CLS] and [SEP] may be met, but do not count
    recall = [max(float(x @ y) for x in have) for y in want[1:-1]]
    p, r = sum(precision) / len(precision), sum(recall) / len(recall)
    return p, r, 2 * p * r / (p + r)


PAIRS = [("月亮照着我", "月亮"), ("河", "船，我的心"), ("我的心我的心", "心"), ("月", "月")]


@pytest.mark.parametrize("pair", PAIRS)
def test_by_hand(folder, scorer, pair):
    scorer.learn(PAIRS)  # in batches with texts of other lengths
    likeness = scorer[pair]
    assert (likeness.precision, likeness.recall, likeness.f1) == pytest.approx(by_hand(folder, *pair), abs=1e-5)


def test_a_text_is_like_itself(scorer):
    scorer.learn([("月亮河", "月亮河")])
    assert scorer["月亮河", "月亮河"].f1 == pytest.approx(1, abs=1e-6)


def test_empty_texts_are_like_nothing(scorer):
    scorer.learn([("", "月"), ("月", ""), ("", "")])
    assert [scorer[pair].f1 for pair in (("", "月"), ("月", ""), ("", ""))] == [0, 0, 0]


def test_the_layer_counts(folder, scorer):
    other = BertScorer(folder, layer=1, batch_size=3, device="cpu")
    for model in (scorer, other):
        model.learn(PAIRS)
    assert scorer[PAIRS[0]].f1 != pytest.approx(other[PAIRS[0]].f1, abs=1e-4)


def test_figures(scorer):
    items = make_items(["月亮", None], [["月亮照着我", "月亮"], ["河"]])
    figures = {name: score(name, items, metrics=bert_metrics(scorer)) for name in bert_metrics(scorer)}
    [value, absent] = figures["bertscore_f1"].values
    expected = (scorer["月亮照着我", "月亮"].f1 + scorer["月亮", "月亮"].f1) / 2
    assert value == pytest.approx(expected)
    assert math.isnan(absent)
    assert figures["bertscore_recall"].figure > figures["bertscore_precision"].figure
    assert BERTScore(scorer).part == "f1"


def test_what_is_no_model_is_named(folder, tmp_path):
    with pytest.raises(InputError, match=r"config\.json"):
        BertScorer(tmp_path, layer=1, batch_size=1)
    with pytest.raises(InputError, match="layers 0 to 3"):
        BertScorer(folder, layer=4, batch_size=1)
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be loaded"):
        BertScorer(tmp_path, layer=1, batch_size=1)


def test_half_a_model_is_refused(folder, tmp_path):
    BertModel.from_pretrained(folder).save_pretrained(tmp_path)
    with pytest.raises(InputError, match="tokenizer"):
        BertScorer(tmp_path, layer=1, batch_size=1)
    config = BertConfig.from_pretrained(folder)
    config.num_hidden_layers = 5
    BertTokenizer.from_pretrained(folder).save_pretrained(tmp_path)
    config.save_pretrained(tmp_path)
    with pytest.raises(InputError, match="weights are missing"):
        BertScorer(tmp_path, layer=1, batch_size=1)
