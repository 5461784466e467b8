"""What is kept of scores is what was computed."""

import json
import math

import numpy as np
import pytest

from mmtg.errors import InputError
from mmtg.metrics.figures import score_figures, text_scores
from mmtg.metrics.named import POST_METRICS, TEXT_METRICS
from mmtg.stats.kept import KeptScores, fingerprint, read_kept

SAMPLES = [
    {"id": "a", "topic": "月", "reference": ["明月照江水", "孤舟"], "hypotheses": [["明月", "江水"], ["小船", "江水"]]},
    {"id": "b", "topic": "雪", "reference": [], "hypotheses": [["落雪", "无声"], ["大雪"]]},
    {"id": "c", "topic": "桥", "reference": ["小桥流水", "人家"], "hypotheses": [["小桥", "人家"], ["流水小桥"]]},
]


@pytest.fixture
def kept(tmp_path):
    """Writes scores and reads them again."""

    def there_and_back(scores, samples=SAMPLES):
        (tmp_path / "scores.json").write_text(KeptScores.of(samples, scores).as_text(), encoding="utf-8")
        return read_kept(tmp_path / "scores.json")

    return there_and_back


def test_every_figure_of_texts_comes_back(kept):
    scores = text_scores(SAMPLES, {**TEXT_METRICS, **POST_METRICS})
    found = kept(scores)
    assert found.ids == ("a", "b", "c")
    assert found.texts == (2, 2, 2)
    assert set(found.scores) == set(score_figures(scores))
    for name, score in found.scores.items():
        assert score.figure == pytest.approx(scores[name].figure, rel=1e-15)
        np.testing.assert_array_equal(score.values, scores[name].values)
        counts = np.array([[2.0, 0, 1], [0, 3, 0]])
        np.testing.assert_allclose(score.of(counts), scores[name].of(counts))
    assert math.isnan(found.scores["bleu_2"].values[1])


def test_experiences_are_told_apart_in_whatever_order():
    assert fingerprint(SAMPLES) == fingerprint(SAMPLES[::-1])
    for field, other in (("id", "z"), ("topic", "z"), ("reference", ["z"])):
        assert fingerprint([{**SAMPLES[0], field: other}, *SAMPLES[1:]]) != fingerprint(SAMPLES)
    assert fingerprint([{**SAMPLES[0], "hypotheses": []}, *SAMPLES[1:]]) == fingerprint(SAMPLES)


WHOLE = {"format": 1, "experiences": "x", "ids": ["a"], "texts": [1], "figures": {"f": {"values": [0.5]}}}


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"format": 2}, "format 1"),
        ({"ids": ["a", "a"]}, "ids"),
        ({"ids": "a"}, "ids"),
        ({"texts": [True]}, "texts"),
        ({"texts": []}, "texts"),
        ({"figures": []}, "figures"),
        ({"figures": {"f": 1}}, "f: is no figure"),
        ({"figures": {"f": {"values": [1, 2]}}}, "f: is no figure"),
        ({"figures": {"f": {"values": ["1e400"]}}}, "f: is no figure"),
        ({"figures": {"f": {"values": [{}]}}}, "f: is no figure"),
        ({"figures": {"f": {"table": [[1, 2]], "formula": "os.system"}}}, "f: is no figure"),
        ({"figures": {"f": {"table": [1], "formula": "quotient"}}}, "f: is no figure"),
        ({"figures": {"f": {"table": [[1]], "formula": "quotient"}}}, "f: is no figure"),
        ({"figures": {"f": {"table": [[1, 2], [3]], "formula": "quotient"}}}, "f: is no figure"),
        ({"figures": {"f": {"table": [[1, 2, 3]], "formula": "sacrebleu"}}}, "f: is no figure"),
        ({"figures": {"f": {"table": [[1, 1]], "formula": "caption_bleu"}}}, "f: is no figure"),
    ],
)
def test_what_is_no_score_is_named(tmp_path, changed, named):
    file = tmp_path / "scores.json"
    file.write_text(json.dumps(WHOLE))
    assert read_kept(file).scores["f"].figure == 0.5
    file.write_text(json.dumps({**WHOLE, **changed}))
    with pytest.raises(InputError, match=named):
        read_kept(file)
