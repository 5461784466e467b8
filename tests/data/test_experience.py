"""The schema: what is allowed, and how each mistake is named."""

import dataclasses
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from mmtg.data.experience import Experience, Step, StepScores, check_experience
from mmtg.errors import InputError

WIDTH = 8


def make(**changed: Any) -> Experience:
    vector = np.ones(WIDTH, np.float32)
    steps = tuple(Step(text=f"第{i}步", image_vector=vector, text_vector=vector) for i in range(5))
    whole = Experience(
        id="item-1",
        topic="月",
        steps=steps,
        lines=("一行",) * 10,
        rating=3,
        topic_vector=vector,
        scores=(StepScores((1, 5), (2, 3), (0, 2)),) * 5,
        plan=(("moon",), (), ("boat", "river"), (), ()),
    )
    return dataclasses.replace(whole, **changed)


def with_step(number: int, **changed: Any) -> Experience:
    steps = list(make().steps)
    steps[number] = dataclasses.replace(steps[number], **changed)
    return make(steps=tuple(steps))


def with_scores(number: int, **changed: Any) -> Experience:
    scores = list(make().scores or ())
    scores[number] = dataclasses.replace(scores[number], **changed)
    return make(scores=tuple(scores))


def check(experience: Experience, width: int | None = WIDTH) -> None:
    check_experience(experience, steps=5, lines_per_step=2, width=width, file="a.pkl", record="item 17")


def test_good_ones_pass() -> None:
    check(make())
    check(make(), width=None)
    check(Experience(id="x", topic="", steps=(Step(),) * 5))
    check(make(rating=np.int64(5)))
    check(with_step(0, picture=lambda: None, picture_key="a"))


def test_fewer_lines_pass_only_where_they_may() -> None:
    def few(lines: int, *, fewer_lines: bool) -> None:
        check_experience(
            make(lines=("a",) * lines), steps=5, lines_per_step=2, fewer_lines=fewer_lines, width=WIDTH, file="a",
            record="1",
        )  # fmt: skip

    for lines in (1, 7, 10):
        few(lines, fewer_lines=True)
    for lines, allowed in ((7, False), (11, True), (0, True)):
        with pytest.raises(InputError, match=f"lyrics: has {lines} entries"):
            few(lines, fewer_lines=allowed)


LONG, NAN = np.ones(WIDTH - 1, np.float32), np.full(WIDTH, np.nan, np.float32)
WRONG: list[tuple[Experience, str]] = [
    (make(id=""), "id: is empty"),
    (make(id=3), "id: must be text, not int"),
    (make(topic=None), "topic: must be text, not None"),
    (make(topic_vector=LONG), "topic_emb: has 7 numbers, 8 are wanted"),
    (make(steps=make().steps[:4]), "steps: has 4 entries, 5 are wanted"),
    (make(steps=list(make().steps)), "steps: must be a tuple, not list"),
    (make(steps=(1, 2, 3, 4, 5)), "steps: holds int where Step is wanted"),
    (with_step(1, text=5), "r_1: must be text, not int"),
    (with_step(1, text="\ud800"), "r_1: holds half a surrogate pair, which is not text"),
    (with_step(2, image_vector=LONG), "img_2_emb: has 7 numbers, 8 are wanted"),
    (with_step(2, image_vector=NAN), "img_2_emb: holds NaN or infinity"),
    (with_step(4, text_vector=NAN * np.inf), "r_4_emb: holds NaN or infinity"),
    (with_step(4, text_vector=[1.0] * 8), "r_4_emb: must be a vector of floats, not list"),
    (with_step(4, text_vector=np.ones((1, 8))), "r_4_emb: must be a vector of floats, not an array of float64"),
    (with_step(4, text_vector=np.arange(8)), "r_4_emb: must be a vector of floats, not an array of int64"),
    (with_step(3, picture="a.png"), "img_3: must be a function"),
    (with_step(3, picture_key=4), "img_3: must be text"),
    (make(lines=("一",) * 9), "lyrics: has 9 entries, 10 are wanted"),
    (make(lines=("一",) * 9 + (2,)), "lyrics: holds int where str is wanted"),
    (make(rating=7), "rating: must be a whole number from 1 to 5, not 7"),
    (make(rating=0), "rating: must be a whole number from 1 to 5, not 0"),
    (make(rating=True), "rating: must be a whole number from 1 to 5, not True"),
    (make(rating=3.0), "rating: must be a whole number from 1 to 5, not 3.0"),
    (make(rating="3"), "rating: must be a whole number from 1 to 5, not '3'"),
    (make(rating=[[]]), "rating: must be a whole number from 1 to 5, not list"),
    (make(rating=10**5000), "rating: must be a whole number from 1 to 5, not int"),
    (make(scores=make().scores[:2]), "scores: has 2 entries, 5 are wanted"),
    (with_scores(3, img_rel=(1, 6)), "score_3.img_rel: must be a whole number from 1 to 5, not 6"),
    (with_scores(0, r_rel=(0, 1)), "score_0.r_rel: must be a whole number from 1 to 5, not 0"),
    (with_scores(4, cmp_rel=(0, 3)), "score_4.cmp_rel: must be a whole number from 0 to 2, not 3"),
    (with_scores(4, cmp_rel=(0,)), "score_4.cmp_rel: has 1 entries, 2 are wanted"),
    (with_scores(4, img_rel=()), "score_4.img_rel: has 0 entries, 1 are wanted"),
    (make(plan=(("a",),)), "plan: has 1 entries, 5 are wanted"),
    (make(plan=((1,),) * 5), "plan: must be text, not int"),
]


@pytest.mark.parametrize(("wrong", "said"), WRONG, ids=[said for _, said in WRONG])
def test_mistakes_are_named(wrong: Experience, said: str) -> None:
    with pytest.raises(InputError) as error:
        check(wrong)
    assert str(error.value).startswith(f"a.pkl: item 17: {said}")


def test_importing_is_light() -> None:
    code = "import sys, mmtg.data.experience; assert not {'torch', 'PIL', 'datasets', 'pyarrow'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
