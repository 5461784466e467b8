"""Questions about pictures of FMIQA and VQA v2.0 (CroMIC-CMT reference, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmtg.data.posts.items import PictureItem, PictureItems, found_picture
from mmtg.data.posts.picture_places import PicturePlace
from mmtg.data.posts.plain_file import PlainFile
from mmtg.data.posts.post import PostTokens
from mmtg.data.posts.soft_labels import soft_labels
from mmtg.errors import InputError

NAMES, QUESTIONS, PICTURES, ANSWERS = "all_qid", "qid2ques", "qid2vid", "qid2ans"

Answers = tuple[tuple[tuple[int, ...], ...], Mapping[int, float]]
"""Texts of answers, and soft labels of answer classes."""


def answered_questions(
    file: Path, tokens: PostTokens, place: PicturePlace, *, picture_names: Sequence[str]
) -> PictureItems:
    """Read FMIQA: questions with answers in words.

    Args:
        file: ``.pt`` of questions, numbers of pictures, and answers.
        tokens: how long questions and answers may be, and of which vocabulary.
        place: where the pictures are.
        picture_names: that a picture may have, with ``{}`` or such as ``{:012d}`` for its number.

    Returns:
        The questions, in the order of the file.

    Raises:
        InputError: naming file, record and field, at the first that is wrong, or whose picture is missing.
    """
    plain = PlainFile.read(file, "qid")

    def answers(qid: Any) -> Answers:
        given = plain.value(ANSWERS, qid)
        return plain.texts(given, tokens.reply, tokens, record=qid, field=ANSWERS), {}

    return PictureItems(file, list(_items(plain, tokens, place, picture_names, answers, {})), place)


def classified_questions(
    file: Path,
    tokens: PostTokens,
    place: PicturePlace,
    *,
    picture_names: Sequence[str],
    classes: int,
    kinds: Path | None = None,
) -> PictureItems:
    """Read VQA v2.0: questions with the votes of annotators for answer classes.

    Args:
        file: ``.pt`` of questions, numbers of pictures, and classes with repeats.
        tokens: how long questions may be, and of which vocabulary.
        place: where the pictures are.
        picture_names: as of :func:`answered_questions`.
        classes: number of answer classes.
        kinds: ``.pt`` with the kind of each question, such as ``yes/no``; None where it is not known.

    Returns:
        The questions, in the order of the file.

    Raises:
        InputError: naming file, record and field, at the first that is wrong, or whose picture is missing.
    """
    plain = PlainFile.read(file, "qid")

    def votes(qid: Any) -> Answers:
        given = plain.numbers(plain.value(ANSWERS, qid), classes, record=qid, field=ANSWERS)
        return (), soft_labels(given)

    return PictureItems(file, list(_items(plain, tokens, place, picture_names, votes, _kinds(kinds))), place)


def _items(
    file: PlainFile,
    tokens: PostTokens,
    place: PicturePlace,
    picture_names: Sequence[str],
    answers: Callable[[Any], Answers],
    kinds: Mapping[Any, str],
) -> Iterator[PictureItem]:
    for qid in file.names(NAMES):
        question = file.text(file.value(QUESTIONS, qid), tokens.text, tokens, record=qid, field=QUESTIONS)
        record = f"qid {qid!r}"
        names = _names(file, qid, picture_names)
        picture = found_picture(place, names, file=file.path, record=record)
        replies, votes = answers(qid)
        if kinds and qid not in kinds:
            file.fail("has no kind (data.kinds)", record=qid)
        yield PictureItem(str(qid), record, picture, question, replies, votes, kinds.get(qid, ""))


def _names(file: PlainFile, qid: Any, patterns: Sequence[str]) -> list[str]:
    """Names that the picture of a question may have."""
    number = file.value(PICTURES, qid)
    if type(number) is str and number.isdecimal() and len(number) < 20:
        number = int(number)
    if type(number) is not int or number < 0:
        file.fail("must be the number of a picture", record=qid, field=PICTURES)
    try:
        return [pattern.format(number) for pattern in patterns]
    except (ValueError, IndexError, KeyError, AttributeError) as error:
        raise InputError(f"must hold '{{}}' or such as '{{:012d}}' ({error})", field="data.picture_names") from None


def _kinds(path: Path | None) -> Mapping[Any, str]:
    """The kinds of questions; none without a file."""
    if path is None:
        return {}
    file = PlainFile.read(path, "qid")
    for qid, kind in file.content.items():
        if not isinstance(kind, str):
            file.fail(f"must be text, not {type(kind).__name__}", record=qid)
    return file.content
