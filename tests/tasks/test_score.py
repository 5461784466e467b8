"""task=score from the command line: figures, intervals, tests; and mistakes."""

import json

import pytest

from mmtg.errors import InputError
from mmtg.metrics.registry import TEXT_METRICS, make_items, present
from mmtg.metrics.registry import score as score_items
from mmtg.tasks.score import score

NUMBERS = {"mean", "std", "low", "high", "n"}
TEXTS = ["春眠不觉晓，处处闻啼鸟", "夜来风雨声，花落知多少", "春眠不觉晓，花落知多少", "处处闻啼鸟，夜来风雨声"]
REFERENCES = ["春眠不觉晓，处处闻啼鸟", "夜来风雨声，花落知多少"]
FAST = ("task.metrics=[bleu_2,distinct_2,unchanged_rate]", "task.resamples=200")


@pytest.fixture
def files(tmp_path):
    """A folder for texts, one for their references; gives what writes both."""

    def write(name, lines):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return tmp_path / name

    return write


def records(count=6):
    """Of one step each, with attention and scores."""
    return [
        {
            "id": str(i),
            "topic": "春",
            "reference": REFERENCES[i % 2].split("，"),
            "hypotheses": [TEXTS[i % 4].split("，")],
            "scores": [{"img_rel": [i % 5 + 1, 3], "r_rel": [3, 4], "cmp_rel": [i % 3, 1]}],
            "attention": [[0, i, 9 - i]],
            "ordered": ["春"],
            "shuffled": [["春"], ["夏"]],
        }
        for i in range(count)
    ]


@pytest.fixture
def run(composed, capsys):
    """Does the job in this process; gives what it prints."""

    def do(*arguments):
        score(composed("task=score", *arguments))
        return capsys.readouterr().out

    return do


def published(folder, references, output):
    return [
        f"task.hypotheses={folder}/e50_mmtg_sample_a.txt",
        f"task.references={folder}/{references}.txt",
        "task.samples_per_reference=10",
        f"task.output={output}",
        "task.resamples=1000",
    ]


def test_the_published_sample_file(cli, run, shared, tmp_path, read):
    """BLEU-2 and Distinct-2 of the paper's main file, every figure, against both forms of the references."""
    folder = shared / "metric_benchmark" / "files"
    done = cli("task=score", *published(folder, "e50_ref", tmp_path / "a.json"))
    assert done.returncode == 0, done.stderr
    rows = {line.split()[0]: line.split()[1] for line in done.stdout.splitlines() if line}
    assert (rows["bleu_2"], rows["distinct_2"]) == ("0.0764", "0.7427")
    report = read(tmp_path / "a.json")
    assert report["bleu_2"]["mean"] == pytest.approx(0.07642399999503272, rel=1e-9)
    for figures in report.values():
        assert set(figures) == NUMBERS
        assert figures["low"] <= figures["mean"] <= figures["high"]
        assert 0 < figures["n"] <= 50
    assert run(*published(folder, "e50_ref_unique", tmp_path / "b.json")) == done.stdout
    assert read(tmp_path / "b.json") == report


def test_samples_and_a_run_directory(run, tmp_path, read, files):
    file = files("run/samples.jsonl", [json.dumps(record, ensure_ascii=False) for record in records()])
    for source in (file, file.parent):
        shown = run(f"task.input={source}", f"task.output={tmp_path}/s.json", "task.overwrite=true", *FAST)
        report = read(tmp_path / "s.json")
        assert report["bleu_2"]["n"] == 6
        assert set(report["attention_image_kendall"]) == NUMBERS
        assert "raters_img_rel_alpha" in report
        assert report["unchanged_rate"]["mean"] == 0.5
        assert "attention_image_kendall" in shown


def test_words(run, tmp_path, read, files):
    """Samples say that they are of words; of text files task.unit does."""
    samples = [{"id": "a", "hypotheses": [["the moon", "a sea"]], "reference": ["the sea"]}]
    texts = files("t.txt", ["the moon，a sea"])
    said = files("s.jsonl", [json.dumps({**sample, "unit": "words"}) for sample in samples])
    unsaid = files("u.jsonl", [json.dumps(sample) for sample in samples])
    wanted = {"characters": len("the moon，a sea"), "words": 5}
    for source, unit, counted in (
        (said, "null", "words"), (said, "characters", "characters"), (unsaid, "null", "characters"),
        (unsaid, "words", "words"), (texts, "null", "characters"), (texts, "words", "words"),
    ):  # fmt: skip
        run(f"task.input={source}", f"task.unit={unit}", f"task.output={tmp_path}/w.json", "task.overwrite=true",
            "task.metrics=[mean_length]", "task.resamples=100")  # fmt: skip
        assert read(tmp_path / "w.json")["mean_length"]["mean"] == wanted[counted]
    with pytest.raises(InputError, match=r"task\.unit.*characters or words"):
        run(f"task.input={said}", "task.unit=letters")


def test_a_folder_and_a_baseline(run, tmp_path, read, files):
    for name, texts in (("a.txt", TEXTS), ("b.txt", TEXTS[::-1]), ("c.txt", TEXTS[:2])):
        files(f"systems/{name}", texts)
    references = files("r.txt", REFERENCES)
    shown = run(
        f"task.input={tmp_path}/systems", f"task.references={references}", "task.baseline=a.txt",
        "task.samples_per_reference=null", f"task.output={tmp_path}/s.json", *FAST,
    )  # fmt: skip
    report = read(tmp_path / "s.json")
    assert set(report) == {"a.txt", "b.txt", "c.txt"}
    assert all(set(report[name]) == {"bleu_2", "distinct_2"} for name in report)
    assert set(report["a.txt"]["bleu_2"]) == NUMBERS
    versus = report["b.txt"]["bleu_2"]["versus"]
    assert versus["baseline"] == "a.txt"
    assert versus["difference"] == pytest.approx(report["b.txt"]["bleu_2"]["mean"] - report["a.txt"]["bleu_2"]["mean"])
    assert versus["p_permutation"] <= versus["p_permutation_holm"] <= 1
    for word in ("b.txt", "p permutation", "paper's t", "Holm"):
        assert word in shown


def test_every_figure_of_every_text_file_is_found_by_default(run, tmp_path, read, files):
    arguments = [f"task.hypotheses={files('h.txt', TEXTS)}", f"task.output={tmp_path}/s.json", "task.resamples=100"]
    references = f"task.references={files('r.txt', REFERENCES)}"
    run(*arguments, references, "task.samples_per_reference=2")
    expected = present({name: score_items(name, make_items(REFERENCES, [TEXTS[:2], TEXTS[2:]])).figure
                        for name in TEXT_METRICS})  # fmt: skip
    assert {name: figure["mean"] for name, figure in read(tmp_path / "s.json").items()} == pytest.approx(expected)


def test_only_printing_and_without_references(run, tmp_path, files):
    shown = run(f"task.hypotheses={files('h.txt', TEXTS)}", "task.resamples=100")
    assert "distinct_2" in shown
    assert "bleu_2" not in shown
    assert [path.name for path in tmp_path.iterdir()] == ["h.txt"]


MISTAKES = {
    "nothing given": ([], "task.hypotheses, task.input"),
    "both given": (["task.input={h}", "task.hypotheses={h}"], "not both"),
    "numbers that do not fit": (
        ["task.hypotheses={h}", "task.references={r}", "task.samples_per_reference=3"],
        "4 texts do not fit 2 references",
    ),
    "no samples": (["task.hypotheses={h}", "task.samples_per_reference=0"], "task.samples_per_reference"),
    "an unknown figure": (["task.hypotheses={h}", "task.metrics=[bleu_9]"], "'bleu_9' is unknown"),
    "no such file": (["task.hypotheses={h}.not"], "h.txt.not: there is no such file"),
    "no such baseline": (["task.hypotheses={h}", "task.baseline=x"], "task.baseline: 'x' is none of h.txt"),
    "no confidence": (["task.hypotheses={h}", "task.confidence=95"], "confidence"),
    "nothing that can be computed": (["task.hypotheses={h}", "task.metrics=[bleu_2]"], "h.txt: no figure"),
    "too few resamples": (["task.hypotheses={h}", "task.resamples=3"], "resamples"),
    "a folder for output": (["task.hypotheses={h}", "task.output={h.parent}", "task.overwrite=true"], "is a folder"),
    "an output that is there": (["task.hypotheses={h}", "task.output={r}"], "task.overwrite=true"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_named(composed, files, tmp_path, mistake):
    names = {"h": files("h.txt", TEXTS), "r": files("r.txt", REFERENCES)}
    arguments, words = MISTAKES[mistake]
    given = [f"task.output={tmp_path}/s.json", *(word.format(**names) for word in arguments)]
    with pytest.raises(InputError) as caught:
        score(composed("task=score", *given))
    assert words in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["h.txt", "r.txt"]
    assert names["r"].read_text(encoding="utf-8").splitlines() == REFERENCES


def test_a_mistake_ends_in_one_line(cli, tmp_path):
    done = cli("task=score", f"task.hypotheses={tmp_path}/h.txt", f"task.output={tmp_path}/s.json", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip() == f"error: {tmp_path}/h.txt: there is no such file"
    assert not list(tmp_path.iterdir())
