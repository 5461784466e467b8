"""Keywords of poems: given, or found in the lines."""

import pytest
import torch

from mmtg.data.keyword_poems import KeywordFinder, KeywordPoemDataset, keyword_tensor, words_within
from mmtg.data.layouts import layout_from_plain
from mmtg.data.prompt_vocabulary import prompt_vocabulary
from mmtg.data.splits import Poem
from tests.models.small import SIZES

LINES = ("月亮照着小河", "小河流向远方", "你点亮灯笼", "风吹过")
POEM = Poem("a", "题", LINES)


def test_words_stand_in_order_once_and_the_longer_wins():
    assert words_within(LINES, {"小河", "月亮", "河", "灯笼", "亮"}, most=9) == ["月亮", "小河", "亮", "灯笼"]
    assert words_within(LINES, {"小河", "月亮"}, most=1) == ["月亮"]
    assert words_within(LINES, set(), most=3) == []


@pytest.mark.parametrize(
    ("keywords", "segments", "found"),
    [
        ((), 1, [["月亮", "小河", "灯笼"]]),
        ((), 2, [["月亮", "小河"], ["灯笼"]]),
        (("远方", "梦"), 1, [["远方", "梦"]]),
        (("远方", "灯笼"), 2, [["远方"], ["灯笼"]]),
    ],
)
def test_a_poems_own_keywords_come_before_the_closed_set(keywords, segments, found):
    finder = KeywordFinder({"月亮", "小河", "灯笼"}, segments=segments, most=4)
    assert finder.of(Poem("a", "题", LINES, keywords)) == found


def test_keywords_run_together_and_are_padded():
    vocabulary = prompt_vocabulary([(["月亮", "河"], LINES)])
    tensor = keyword_tensor([[["月亮", "河"], []], [["河"], ["河", "河"]]], vocabulary)
    assert tensor.shape == (2, 2, 3)
    assert vocabulary.decode(tensor[0, 0].tolist()) == "月亮河"
    assert tensor[0, 1].tolist() == [vocabulary.pad] * 3
    assert keyword_tensor([[[]]], vocabulary).shape == (1, 1, 0)


def test_batches_hold_keywords_and_lines():
    vocabulary = prompt_vocabulary([(["月亮"], LINES)])
    layout = layout_from_plain({**SIZES, "kind": "prompts", "line_tokens": 7}, vocabulary)
    dataset = KeywordPoemDataset([POEM, POEM], layout, KeywordFinder({"月亮"}, segments=1, most=4))
    batch = dataset.__getitems__([1, 0])
    assert torch.equal(batch.index, torch.tensor([1, 0]))
    assert [vocabulary.decode(line) for line in layout.lines_of(batch.targets[0].tolist())] == list(LINES)
    assert vocabulary.decode(batch.keywords[0, 0].tolist()) == "月亮"
