"""What the discriminators are to tell from poems."""

from collections import Counter

import pytest
import torch

from mmtg.models.style_negatives import disordered, paragraphic, unpaired

TEXTS = [[[1, 2], [3]], [[4], [5, 6], [7]], [[8, 9]]]
POOL = [line for text in TEXTS for line in text]


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_disordered_texts_have_the_line_counts_and_lines_of_the_pool():
    for seed in range(20):
        made = disordered(TEXTS, POOL, seeded(seed))
        assert [len(text) for text in made] == [2, 3, 1]
        for text in made:
            assert all(line in POOL for line in text)
            assert len({tuple(line) for line in text}) == len(text)


def test_every_line_of_the_pool_is_drawn_as_often():
    texts = [[[1]] * 3] * 2000
    counts = Counter(tuple(line) for text in disordered(texts, POOL, seeded()) for line in text)
    assert len(counts) == 6
    assert all(abs(n - 1000) < 100 for n in counts.values())  # four standard deviations


def test_a_small_pool_repeats_itself_and_seeds_repeat():
    assert disordered([[[1]] * 3], [[5]]) == [[[5], [5], [5]]]
    assert disordered(TEXTS, POOL, seeded(1)) == disordered(TEXTS, POOL, seeded(1))
    assert len({str(disordered(TEXTS, POOL, seeded(seed))) for seed in range(9)}) > 1
    assert disordered([[]], POOL) == [[]]


def test_prose_keeps_all_tokens_in_order_and_no_break():
    assert paragraphic(TEXTS) == [[[1, 2, 3]], [[4, 5, 6, 7]], [[8, 9]]]


def test_another_poem_is_never_the_same_and_all_others_are_drawn():
    keys = ["a", "b", "a", "c"]
    drawn = torch.stack([unpaired(4, keys, seeded(seed)) for seed in range(600)])
    assert drawn.shape == (600, 4)
    for own, key in enumerate(keys):
        counts = Counter(drawn[:, own].tolist())
        others = [i for i, other in enumerate(keys) if other != key]
        assert sorted(counts) == others
        assert all(abs(n - 600 / len(others)) < 60 for n in counts.values())


def test_the_first_texts_alone_can_be_served_from_all():
    assert unpaired(1, ["a", "a", "b"]).tolist() == [2]


@pytest.mark.parametrize("keys", [["a"], ["a", "a", "a"]])
def test_where_all_poems_are_the_same_there_is_none(keys):
    assert unpaired(len(keys), keys).tolist() == [-1] * len(keys)
