"""samples.jsonl: what is read, and how faults are named; what people and attention say in it."""

import json

import numpy as np
import pytest

from mmtg.errors import InputError
from mmtg.metrics.registry import score
from mmtg.scoring.find import read_outputs
from mmtg.scoring.people import people_figures
from mmtg.scoring.samples import read_samples
from mmtg.stats import Resampling

R = Resampling(resamples=200, seed=1, confidence=0.95)
GOOD = {"id": "a", "topic": "春", "reference": ["山水", "云月"], "hypotheses": [["山", ""], ["水", "云"]]}


@pytest.fixture
def write(tmp_path):
    def of(*records, to="samples.jsonl"):
        file = tmp_path / to
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
        return file

    return of


def test_records_become_items(write):
    outputs = read_samples(write(GOOD, {**GOOD, "id": 7, "reference": None}, {"hypotheses": [["月"]]}), name="run")
    assert outputs.ids == ("a", "7", "3")
    assert [text.string for text in outputs.items[0].hypotheses] == ["山", "水，云"]
    assert [text.string for text in outputs.items[0].references] == ["山水，云月"]
    assert outputs.items[1].references == outputs.items[2].references == ()


@pytest.mark.parametrize(("fault", "field"), [
    ({"hypotheses": []}, "hypotheses"), ({"hypotheses": ["山"]}, "hypotheses"), ({"hypotheses": [[1]]}, "hypotheses"),
    ({"hypotheses": None}, "hypotheses"), ({"shuffled": ["山"]}, "shuffled"), ({"ordered": 3}, "ordered"),
    ({"reference": "山"}, "reference"), ({"id": "a"}, "id"),
])  # fmt: skip
def test_faults_are_named(write, fault, field):
    with pytest.raises(InputError, match=rf"samples\.jsonl: line 2: {field}: "):
        read_samples(write(GOOD, {**GOOD, "id": "b", **fault}), name="run")


def test_texts_of_permutations(write):
    """Two of three records have them; NNR-1 of the first is 1/2 for one permutation, 0 for the other."""
    orders = {"ordered": ["山"], "shuffled": [["水"], ["山"]]}
    outputs = read_samples(write({**GOOD, **orders}, {"hypotheses": [["月"]]}, {**GOOD, "id": "c", **orders}), name="r")
    assert len(outputs.of("nnr_1")) == len(outputs.of("bleu_2")) == 3
    assert score("nnr_1", outputs.of("nnr_1")).values == pytest.approx([0.25, np.nan, 0.25], nan_ok=True)
    assert not read_samples(write(GOOD), name="r").of("nnr_1")


def test_an_empty_file_is_refused(write):
    with pytest.raises(InputError, match="no samples"):
        read_samples(write(), name="run")


def test_what_a_name_stands_for(write, tmp_path):
    first = write(GOOD, to="runs/a/1/samples.jsonl")
    write(GOOD, to="runs/b/samples.jsonl")
    write(GOOD, to="runs/other.jsonl")
    (tmp_path / "runs" / "notes.md").touch()
    for path in (first, first.parent):
        (outputs,) = read_outputs(path, None, samples=1)
        assert outputs.ids == ("a",)
    assert [outputs.name for outputs in read_outputs(tmp_path / "runs", None, samples=1)] == ["a/1", "b", "other.jsonl"]


def test_text_files_of_a_folder_without_the_references(tmp_path):
    for name in ("b.txt", "a.txt", "r.txt"):
        (tmp_path / name).write_text("山\n", encoding="utf-8")
    found = read_outputs(tmp_path, tmp_path / "r.txt", samples=1)
    assert [outputs.name for outputs in found] == ["a.txt", "b.txt"]


def test_nothing_to_score_is_refused(write, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"empty: holds neither"):
        read_outputs(tmp_path / "empty", None, samples=1)
    with pytest.raises(InputError, match="no such file"):
        read_outputs(tmp_path / "nothing", None, samples=1)
    with pytest.raises(InputError, match=r"task\.references"):
        read_outputs(write(GOOD), tmp_path / "r.txt", samples=1)
    with pytest.raises(InputError, match=r"task\.samples_per_reference"):
        read_outputs(write(GOOD), None, samples=10)


def scored(count=30, seed=0):
    """Records of a model that attends to what the raters find relevant, picture (0) or text (1)."""
    source, records = np.random.default_rng(seed), []
    for number in range(count):
        kinds = source.integers(0, 2, size=5).tolist()
        scores = [{"img_rel": [5 - 3 * k] * 2, "r_rel": [2 + 3 * k] * 2, "cmp_rel": [2 * k, k]} for k in kinds]
        attention = [[0.1, 0.6 - 0.3 * k + source.normal(0, 0.01), 0.3 + 0.3 * k] for k in kinds]
        records.append({**GOOD, "id": str(number), "scores": scores, "attention": attention})
    return records


def people(file):
    return people_figures(read_samples(file, name="run"), R)


def test_attention_is_held_against_people(write):
    found = people(write(*scored(), GOOD))
    assert found["attention_image_spearman"].mean > 0.8
    assert found["attention_difference_kendall"].low > 0
    assert found["attention_text_spearman"].n == 30
    assert found["raters_img_rel_kappa"].mean == pytest.approx(1)
    assert found["raters_cmp_rel_alpha"].mean < 1


def test_without_attention_raters_are_still_compared(write):
    records = scored()
    for record in records:
        del record["attention"]
    found = people(write(*records))
    assert found
    assert all(name.startswith("raters_") for name in found)
    for scores in ([], [{"img_rel": [], "r_rel": [], "cmp_rel": []}]):
        assert people(write({**GOOD, "scores": scores}, to="empty.jsonl")) == {}
    assert people(write(GOOD, to="plain.jsonl")) == {}


def test_missing_steps_are_null(write):
    records = scored()
    records[3]["attention"][2] = None
    records[4]["attention"] = None
    records[5]["scores"][1]["r_rel"] = [None, 4]
    assert people(write(*records))["attention_image_kendall"].n == 29


@pytest.mark.parametrize(("change", "field"), [
    (lambda r: r.update(scores={}), "scores"), (lambda r: r.update(scores=[3]), r"scores\.img_rel"),
    (lambda r: r["scores"][0].update(img_rel=[6, 1]), r"scores\.img_rel"),
    (lambda r: r["scores"][0].update(img_rel=[2.5, 1]), r"scores\.img_rel"),
    (lambda r: r["scores"][0].update(cmp_rel="a"), r"scores\.cmp_rel"),
    (lambda r: r["scores"][0].pop("r_rel"), r"scores\.r_rel"),
    (lambda r: r["attention"].pop(), "attention"), (lambda r: r["attention"][1].pop(), "attention"),
    (lambda r: r["attention"].__setitem__(1, ["x", 1, 2]), "attention"), (lambda r: r.update(attention=3), "attention"),
])  # fmt: skip
def test_faults_of_scores_and_attention_are_named(write, change, field):
    records = scored(4)
    change(records[2])
    with pytest.raises(InputError, match=rf"samples\.jsonl: id 2: {field}: "):
        people(write(*records))
