"""Intervals of rows over experiences, and tests against a baseline over experiences and over seeds."""

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mmtg.logging.bars import track
from mmtg.report.evidence import Tested
from mmtg.report.figures import TEST, figure_of
from mmtg.report.over_seeds import average, averages
from mmtg.report.rows import Row
from mmtg.stats import (
    Estimate,
    PairedTest,
    Resampling,
    SeedComparison,
    compare_seeds,
    estimate_scores,
    holm,
    paired_tests,
)
from mmtg.stats.score import Score

CELLS = 10_000_000
"""Resampled figures held at once; bounds the memory, changes no result."""

Key = tuple[str, str]
"""Label and figure."""


@dataclass(frozen=True)
class OverTexts:
    """A row less the baseline over the same experiences, means over seeds: says something of these trained models.

    Attributes:
        test: intervals and p-values.
        p_bootstrap_holm: corrected for all such comparisons of the table.
        p_permutation_holm: likewise; the mark ``*`` goes by it.
    """

    test: PairedTest
    p_bootstrap_holm: float
    p_permutation_holm: float


@dataclass(frozen=True)
class OverSeeds:
    """A row less the baseline over seeds: says something of what training would give again.

    Attributes:
        test: of the seeds' figures.
        p_holm: corrected for all such comparisons of the table; the mark ``†`` goes by it; None without a test.
    """

    test: SeedComparison
    p_holm: float | None


def estimates(known: Mapping[str, Tested], columns: Sequence[str], resampling: Resampling) -> dict[Key, Estimate]:
    """Intervals over experiences of the means over seeds.

    Args:
        known: scores of rows by label.
        columns: figures.
        resampling: how to draw.

    Returns:
        By label and figure.
    """
    by_size: dict[int, dict[Key, Score]] = defaultdict(dict)
    for label, tested in known.items():
        for name in columns:
            if name in tested.scores:
                by_size[len(tested.ids)][label, name] = average(tested.scores[name])
    found: dict[Key, Estimate] = {}
    for scores in by_size.values():
        for part in _parts(list(scores), resampling, "intervals"):
            named = {str(number): scores[key] for number, key in enumerate(part)}
            found |= {part[int(number)]: of for number, of in estimate_scores(named, resampling).items()}
    return found


def over_texts(
    known: Mapping[str, Tested], columns: Sequence[str], baseline: str | None, resampling: Resampling, *, most: int
) -> tuple[dict[Key, OverTexts], dict[str, str]]:
    """Paired tests of all rows against the baseline, where they were tested on the same experiences.

    Args:
        known: scores of rows by label.
        columns: figures.
        baseline: its label.
        resampling: how to draw at least.
        most: resamples that are drawn where so many comparisons are corrected that fewer could show nothing.

    Returns:
        Tests by label and figure, corrected over all of them; and by label why some or all are missing.
    """
    if baseline is None or baseline not in known:
        why = f"{baseline}, the baseline, has no scores of experiences; no tests over them"
        return {}, {label: why for label in known if label != baseline}
    pairs: dict[Key, tuple[Score, Score]] = {}
    missing: dict[str, str] = {}
    for label, tested in known.items():
        if label == baseline:
            continue
        made, why = _pairs(tested, known[baseline], columns)
        pairs |= {(label, name): pair for name, pair in made.items()}
        if why:
            missing[label] = why
    return _corrected(_tests(pairs, enough(resampling, len(pairs), most=most))), missing


def enough(resampling: Resampling, comparisons: int, *, most: int) -> Resampling:
    """So many resamples that a corrected p-value can fall to half the level: R of them give none below 1 / (R + 1)."""
    wanted = round(2 * comparisons / (1 - resampling.confidence))
    return replace(resampling, resamples=max(resampling.resamples, min(most, wanted)))


def over_seeds(
    rows: Sequence[Row],
    columns: Sequence[str],
    baseline: str | None,
    confidence: float,
    *,
    without: Container[Key] = (),
) -> dict[Key, OverSeeds]:
    """Tests of all rows against the baseline, a number per seed; paired where both have the same seeds.

    Args:
        rows: the baseline among them.
        columns: figures.
        baseline: its label.
        confidence: of the intervals.
        without: labels and figures that are not to be compared.

    Returns:
        Tests by label and figure, corrected over all that could be made.
    """
    by_label = {row.label: row for row in rows}
    if baseline not in by_label:
        return {}
    theirs = by_label.pop(baseline)
    made: dict[Key, SeedComparison] = {}
    for label, ours in by_label.items():
        for name in (f"{TEST}{column}" for column in columns if (label, column) not in without):
            if ours.values(name) and theirs.values(name):
                paired = ours.by_seed(name).keys() == theirs.by_seed(name).keys()
                test = compare_seeds(ours.values(name), theirs.values(name), paired=paired, confidence=confidence)
                made[label, name.removeprefix(TEST)] = test
    keys = [key for key, test in made.items() if test.p is not None]
    corrected = dict(zip(keys, holm([made[key].p or 0.0 for key in keys]).tolist(), strict=True))
    return {key: OverSeeds(test, corrected.get(key)) for key, test in made.items()}


def _pairs(ours: Tested, theirs: Tested, columns: Sequence[str]) -> tuple[dict[str, tuple[Score, Score]], str]:
    """Scores to test against each other, our experiences in the order of theirs; and why some are missing."""
    if ours.experiences != theirs.experiences:
        return {}, "was tested on other experiences than the baseline, and is not tested against it"
    places = {name: place for place, name in enumerate(ours.ids)}
    order = [places[name] for name in theirs.ids]
    even = {tuple(texts[place] for place in order) for texts in ours.texts} == {tuple(texts) for texts in theirs.texts}
    shared = [name for name in columns if name in ours.scores and name in theirs.scores]
    fair = [name for name in shared if even or not figure_of(name).pooled]
    pairs = {name: averages([of.ordered(order) for of in ours.scores[name]], theirs.scores[name]) for name in fair}
    unfair = ", ".join(figure_of(name).title for name in shared if name not in fair)
    return pairs, f"wrote another number of texts than the baseline; {unfair} not tested" if unfair else ""


def _tests(pairs: Mapping[Key, tuple[Score, Score]], resampling: Resampling) -> dict[Key, PairedTest]:
    """All tests; all see the same draws."""
    found: dict[Key, PairedTest] = {}
    for part in _parts(list(pairs), resampling, "tests"):
        ours, theirs = ({str(number): pairs[key][side] for number, key in enumerate(part)} for side in (0, 1))
        found |= {part[int(number)]: test for number, test in paired_tests(ours, theirs, resampling).items()}
    return found


def _parts(keys: list[Key], resampling: Resampling, title: str) -> Iterator[list[Key]]:
    """Keys in parts that fit the memory, with a bar."""
    size = max(1, CELLS // resampling.resamples)
    yield from track([keys[start : start + size] for start in range(0, len(keys), size)], title)


def _corrected(tests: Mapping[Key, PairedTest]) -> dict[Key, OverTexts]:
    bootstrap = holm([test.p_bootstrap for test in tests.values()]).tolist()
    permutation = holm([test.p_permutation for test in tests.values()]).tolist()
    return {
        key: OverTexts(test, first, second)
        for (key, test), first, second in zip(tests.items(), bootstrap, permutation, strict=True)
    }
