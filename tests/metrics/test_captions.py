"""BLEU, ROUGE-L and CIDEr-D of captions against the usual tool's values."""

import json

import pytest

from mmtg.metrics import CaptionBLEU, CaptionRougeL, CiderD, DocumentFrequencies
from mmtg.metrics.text import Item, Text

CASES = 200


@pytest.fixture(scope="module")
def captions(shared):
    folder = shared / "golden" / "captions"
    cases = json.loads((folder / "cases.json").read_text(encoding="utf-8"))
    return cases, json.loads((folder / "expected.json").read_text(encoding="utf-8"))


def items_of(cases, language):
    chosen = [case for case in cases if case["id"].startswith(language)]
    items = [Item((Text.of_words(c["hypothesis"]),), tuple(map(Text.of_words, c["references"]))) for c in chosen]
    return items, [case["id"] for case in chosen]


def make(name, items):
    if name == "cider_d":
        return CiderD(DocumentFrequencies(item.references for item in items))
    return CaptionRougeL() if name == "rouge_l" else CaptionBLEU(int(name[-1]))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["bleu_1", "bleu_2", "bleu_3", "bleu_4", "rouge_l", "cider_d"])
def test_values_of_the_usual_tool(captions, language, name):
    cases, expected = captions
    items, ids = items_of(cases, language)
    assert len(items) == CASES
    metric = make(name, items)
    metric.update(items)
    assert float(metric.compute()) == pytest.approx(expected[language]["corpus"][name], rel=1e-9, abs=1e-12)
    wanted = [expected[language]["per_case"][id_][name] for id_ in ids]
    assert metric.values().tolist() == pytest.approx(wanted, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_frequencies_of_batches_give_another_figure(captions, language):
    cases, expected = captions
    items, _ = items_of(cases, language)
    batches = [items[first : first + 8] for first in range(0, len(items), 8)]
    figures = []
    for batch in batches:
        metric = make("cider_d", batch)
        metric.update(batch)
        figures.append(float(metric.compute()))
    wrong = expected[language]["cider_d_mean_over_batches_of_8"]
    assert sum(figures) / len(figures) == pytest.approx(wrong, rel=1e-9)
    assert wrong != pytest.approx(expected[language]["corpus"]["cider_d"], rel=1e-3)


def test_cider_of_one_document_says_nothing():
    item = Item((Text("ab"),), (Text("ab"),))
    metric = CiderD(DocumentFrequencies([item.references]))
    metric.update([item])
    assert float(metric.compute()) == 0


def test_cider_of_the_reference_itself_is_ten():
    items = [Item((Text(text),), (Text(text),)) for text in ("abcde", "fghij")]
    metric = make("cider_d", items)
    metric.update(items)
    assert float(metric.compute()) == pytest.approx(10)
