"""Mask-predict keeps what it is sure of, and leaves nothing hidden."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mmtg.decoding.mask_predict import mask_predict, refined
from mmtg.errors import InputError


def filled(places, iterations, scorer=None, *, open_to=None, seed=0):
    """What comes of random scores, and what the scorer was shown: (ids, hidden) of each pass."""
    random, shown = torch.Generator().manual_seed(seed), []

    def score(ids, hidden):
        shown.append((ids, hidden))
        return scorer(ids, hidden) if scorer else torch.randn(*ids.shape, 5, generator=random)

    open_to = torch.ones(2, places, dtype=torch.bool) if open_to is None else open_to
    return mask_predict(score, torch.full(open_to.shape, 9), open_to, iterations=iterations), shown


@pytest.mark.parametrize(("places", "counts"), [(64, [64, 48, 32, 16]), (5, [5, 3, 2, 1]), (1, [1])])
def test_so_many_are_hidden_in_four_iterations(places, counts):
    made, shown = filled(places, 4)
    assert [int(hidden.sum(1)[0]) for _, hidden in shown] == counts
    assert [int(count[0]) for count in made.hidden] == counts


@given(st.integers(1, 20), st.integers(1, 8), st.integers(0, 99))
def test_all_is_filled_and_what_is_not_open_stays(places, iterations, seed):
    open_to = torch.rand(2, places, generator=torch.Generator().manual_seed(seed)) < 0.7
    made, shown = filled(places, iterations, open_to=open_to, seed=seed)
    assert len(shown) <= iterations
    assert (made.ids[open_to] < 5).all()
    assert (made.ids[~open_to] == 9).all()
    assert not any((hidden & ~open_to).any() for _, hidden in shown)


def test_the_surest_are_kept_and_the_others_predicted_anew():
    sure = torch.tensor([4.0, 0.1, 3.0, 0.2, 2.0, 0.3])

    def score(ids, hidden):
        scores = torch.zeros(*ids.shape, 5)
        scores[:, :, int((~hidden[0]).sum()) % 5] = sure  # in each pass another class, as sure of each place as ever
        return scores

    made, shown = filled(6, 2, score)
    assert shown[1][1][0].tolist() == [False, True, False, True, False, True]
    assert made.ids[0].tolist() == [0, 3, 0, 3, 0, 3]
    assert made.scores[0].argmax(-1).tolist() == made.ids[0].tolist()  # those that each was filled by


def test_no_iteration_is_refused():
    with pytest.raises(InputError, match=r"model\.iterations"):
        filled(3, 0)


@pytest.mark.parametrize(("places", "counts"), [(8, [8, 6, 4, 2]), (3, [3, 2, 1, 1]), (1, [1, 1, 1, 1])])
def test_texts_are_refined_to_the_last_with_at_least_one_token_anew(places, counts):
    shown = []

    def score(ids, hidden):
        shown.append(hidden.sum(1).tolist())
        return torch.randn(*ids.shape, 5)

    made = refined(score, lambda scores, i: scores.argmax(2), (2, places), iterations=4, device=torch.device("cpu"))
    assert shown == [[count] * 2 for count in counts]
    assert made.shape == (2, places)


def test_how_sure_a_token_is_is_half_of_what_it_was_and_half_of_what_it_is():
    sure = [[0.9, 0.6, 0.7], [0.5, 0.6, 0.9], [0.9, 0.6, 0.9]]  # of class 0, by pass and place
    shown = []

    def score(ids, hidden):
        chance = torch.tensor([sure[len(shown)]])
        shown.append(hidden[0].tolist())
        return torch.stack([chance, 1 - chance], dim=2).log()

    refined(score, lambda scores, i: scores.argmax(2) * 0, (1, 3), iterations=3, device=torch.device("cpu"))
    assert shown == [[True] * 3, [False, True, True], [False, True, False]]
    # behind the second pass: 0.7, 0.6 and 0.8; by the last pass alone it would have been the first place
