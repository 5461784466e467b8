"""Corpus BLEU and chrF against sacrebleu itself."""

import math

import pytest
import sacrebleu
from sacrebleu.metrics import BLEU, CHRF

from mmtg.metrics import ChrF, CorpusBLEU
from mmtg.metrics.corpus import signatures
from mmtg.metrics.text import Item, Text

TEXTS = ["明月几时有，把酒问青天", "月亮照着 river，42", "", "小船儿推开波浪，水面倒映着白塔"]
TRUE = [["明月几时有，把酒问天", "青天"], ["月亮照着河，42", "照着"], ["水", "面"], ["小船推开波浪，水面有白塔", "船"]]
PAIRS = [(CorpusBLEU, lambda: BLEU(tokenize="zh")), (ChrF, CHRF)]


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
@pytest.mark.parametrize("references", [1, 2])
def test_the_library_itself(ours, theirs, references):
    metric = ours()
    metric.update([Item((Text(t),), tuple(map(Text, r[:references]))) for t, r in zip(TEXTS, TRUE, strict=True)])
    streams = [[true[k] for true in TRUE] for k in range(references)]
    assert float(metric.compute()) == theirs().corpus_score(TEXTS, streams).score


@pytest.mark.parametrize(("ours", "theirs"), PAIRS)
def test_an_experience_alone_is_a_corpus_of_its_hypotheses(ours, theirs):
    metric = ours()
    metric.update([Item(tuple(map(Text, TEXTS[:2])), (Text(TRUE[0][0]),)), Item((Text("a"),))])
    [value, absent] = metric.values()
    assert value == theirs().corpus_score(TEXTS[:2], [[TRUE[0][0]] * 2]).score
    assert math.isnan(absent)


def test_signatures_name_the_tokenizer_and_the_version():
    assert signatures()["sacrebleu"] == f"nrefs:1|case:mixed|eff:no|tok:zh|smooth:exp|version:{sacrebleu.__version__}"
    assert "nc:6|nw:0|space:no" in signatures()["chrf"]
