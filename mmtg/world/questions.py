"""Questions about a picture, each answered by ten annotators."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from mmtg.world.concepts import CONCEPTS
from mmtg.world.dice import Dice, stream
from mmtg.world.names import KIND_NAMES, PRESENCE_NAMES, SCENE_NAMES, TIME_NAMES, VAGUE, WEATHER_NAMES, Names
from mmtg.world.pictures import Drawing
from mmtg.world.scenes import Scene, another

ANNOTATORS = 10
MISTAKEN, UNWILLING = 0.06, 0.04
"""Chance that an annotator's answer is wrong, and that it says nothing."""

_LEAST_WEIGHT = 0.15  # Of a synonym, beside a drawn weight of up to 1.

QUESTIONS: Names = {
    "object": ("图里是什么", "这是什么", "图中有什么", "画的是什么", "你看到了什么", "这张图拍的是什么"),
    "time": ("这是什么时候", "图里是什么时候", "拍在什么时候", "是一天中的什么时候", "什么时间拍的"),
    "weather": ("天气怎么样", "图里是什么天气", "这是什么天气", "当时天气如何", "外面天气怎样"),
    "scene": ("这是在哪里", "图里是什么地方", "它在什么地方", "背景是哪里", "东西在哪"),
    "yes/no": ("图里有{noun}吗", "图中有没有{noun}", "能看到{noun}吗", "画里有{noun}吗", "有{noun}吗"),
    "kind": ("这是哪一类东西", "它属于哪一类", "图里的东西是哪一类", "这算什么种类", "它是什么类型"),
}
"""Phrasings by the kind of the question."""

ANSWERS: dict[str, Names] = {
    "object": {name: concept.nouns for name, concept in CONCEPTS.items()},
    "time": TIME_NAMES,
    "weather": WEATHER_NAMES,
    "scene": SCENE_NAMES,
    "yes/no": PRESENCE_NAMES,
    "kind": KIND_NAMES,
}
"""By the kind of the question: what can be true, and the answers that say so."""


@dataclass(frozen=True)
class WorldQuestion:
    """A question about a picture.

    Attributes:
        id: its name.
        picture: shows the concept.
        question: a question in Chinese.
        kind: a key of QUESTIONS.
        votes: the answers of all annotators.
        answers: the different ones, those of most votes first.
        concept: name of the picture's concept.
    """

    id: str
    picture: Drawing
    question: str
    kind: str
    votes: tuple[str, ...]
    answers: tuple[str, ...]
    concept: str


def ask(scene: Scene, seed: int) -> WorldQuestion:
    """Ask about a picture, and have it answered.

    Args:
        scene: the picture with what is in it.
        seed: of the world; decides how often each synonym is used.

    Returns:
        The question with its answers.
    """
    dice = scene.dice
    kind = dice.pick(tuple(QUESTIONS))
    truth = _truth(scene, kind, dice)
    question = dice.pick(QUESTIONS[kind])
    if kind == "yes/no":
        asked = scene.concept if truth == "yes" else another(scene.concept, dice)
        question = question.format(noun=dice.pick(asked.nouns))
    votes = tuple(_answer(seed, kind, truth, dice) for _ in range(ANNOTATORS))
    answers = tuple(answer for answer, _ in Counter(votes).most_common())
    return WorldQuestion(scene.id, scene.picture, question, kind, votes, answers, scene.concept.name)


def all_answers() -> list[str]:
    """Every answer that an annotator can give, sorted."""
    return sorted({*VAGUE, *(word for names in ANSWERS.values() for words in names.values() for word in words)})


def question_words() -> Iterator[str]:
    """All words of questions and answers."""
    yield from all_answers()
    for phrasings in QUESTIONS.values():
        yield from (phrasing.replace("{noun}", "") for phrasing in phrasings)


def _truth(scene: Scene, kind: str, dice: Dice) -> str:
    concept, sky = scene.concept, scene.sky
    known = {
        "object": concept.name,
        "time": sky.time,
        "weather": sky.weather,
        "scene": concept.scene,
        "kind": concept.kind,
    }
    return known[kind] if kind in known else dice.pick(("yes", "no"))


def _answer(seed: int, kind: str, truth: str, dice: Dice) -> str:
    """What one annotator says."""
    if dice.chance(UNWILLING):
        return dice.pick(VAGUE)
    names = ANSWERS[kind]
    if dice.chance(MISTAKEN):
        truth = dice.pick([value for value in names if value != truth])
    return dice.weighted(names[truth], _proportions(seed, kind, truth))


@cache
def _proportions(seed: int, kind: str, truth: str) -> tuple[float, ...]:
    """How often annotators of a world use each word for something."""
    dice = Dice(stream("synonyms", seed, kind, truth))
    return tuple(_LEAST_WEIGHT + dice.uniform() for _ in ANSWERS[kind][truth])
