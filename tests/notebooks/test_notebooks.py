"""Each notebook runs from its first cell to its last at a tiny size, and shows what it says."""

import ast
import json
import os

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient

from mmtg.data.encode import encode_experiences
from mmtg.encoders.precomputed import UnheardEncoder
from mmtg.world import World
from tests.conftest import ROOT

NOTEBOOKS = ROOT / "notebooks"
BOOKS = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
PARAMETERS = "parameters"
"""The tag of the cell of settings; another cell of values stands behind it here, as papermill puts one there."""
SECONDS = 600


def read_book(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def settings_of(book):
    (place,) = [i for i, cell in enumerate(book.cells) if PARAMETERS in cell.metadata.get("tags", [])]
    return place


def names_in(code):
    return {node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name)}


@pytest.fixture
def execute(tmp_path):
    """Runs a notebook in a folder of its own; gives its outputs, and what its last lines, which are added, ask for."""

    def run(name, *, values=(), asked="{}", prepare=""):
        book = read_book(name)
        given = "\n".join(f"{key} = {value!r}" for key, value in dict(values).items())
        book.cells.insert(settings_of(book) + 1, nbformat.v4.new_code_cell(given))
        book.cells.append(nbformat.v4.new_code_cell(f"import json\n{prepare}\nprint(json.dumps({asked}))"))
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("WANDB", "MMTG", "MPLBACKEND"))}
        client = NotebookClient(book, timeout=SECONDS, resources={"metadata": {"path": str(tmp_path)}})
        client.execute(env={**kept, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"})
        outputs = [output for cell in book.cells if cell.cell_type == "code" for output in cell.outputs]
        return outputs, json.loads(outputs[-1].text)

    return run


def pictures(outputs):
    return sum("image/png" in output.get("data", {}) for output in outputs)


def test_there_are_notebooks_and_the_readme_knows_them():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(BOOKS) == 4
    assert all(f"{name}.ipynb" in readme for name in BOOKS)


@pytest.mark.parametrize("name", BOOKS)
def test_it_is_committed_as_it_was_written(name):
    book = read_book(name)
    nbformat.validate(book)
    assert set(book.metadata) <= {"kernelspec"}
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    assert book.cells[0].cell_type == "markdown"
    assert "\nTakes " in book.cells[0].source
    assert settings_of(book) == 1
    rest = "\n".join(cell.source for cell in book.cells[2:] if cell.cell_type == "code" and cell.source[0] != "%")
    settings = {target.id for node in ast.parse(book.cells[1].source).body for target in node.targets}
    assert settings <= names_in(rest)


@pytest.mark.slow
def test_the_picture_world(execute, tmp_path):
    drawn = [World(picture_size=16).experience("mine", i) for i in range(7)]
    sizes = {"steps": 5, "lines_per_step": 2, "batch_size": 8, "vector_dtype": "float32", "origin": {}}
    encode_experiences(drawn, UnheardEncoder(), tmp_path / "store", **sizes)
    record = {"id": "a", "topic": "t", "steps": [{"text": "x"}] * 5}
    (tmp_path / "own.jsonl").write_text(json.dumps(record) + "\n", encoding="utf-8")
    outputs, found = execute(
        "picture_world",
        values={"COUNT": 60, "STORE": str(tmp_path / "store")},
        prepare="from_store = [one.topic for one in own]\nSTORE, JSON_LINES = None, 'own.jsonl'\n"
        "from_file = overview(own_experiences())\nJSON_LINES = None\nfrom_world = len(own_experiences())",
        asked="{'named': list(counted.named_share().values()), 'topics': from_store, 'world': from_world, "
        "'missing': from_file.missing, 'kappa': raters['raters_img_rel_kappa'].mean, 'themes': sum(themes.values())}",
    )
    assert found["topics"] == [experience.topic for experience in drawn]
    assert found["missing"] == {"picture": 5, "text": 0}
    assert found["world"] == found["themes"] == 60
    assert found["named"][0] > found["named"][2] > found["named"][3]
    assert found["kappa"] > 0.5
    assert pictures(outputs) >= 6


@pytest.fixture
def rated_run(tmp_path):
    """Samples of a system that mostly looks where the raters say."""
    world, chance, records = World(picture_size=8), np.random.default_rng(1), []
    for i in range(12):
        experience = world.experience("test", i)
        scores = [vars(step) for step in experience.scores]
        wanted = np.array([[2.0, np.mean(step.img_rel), np.mean(step.r_rel)] for step in experience.scores])
        weights = np.exp(0.5 * wanted + 0.3 * chance.standard_normal(wanted.shape))
        attention = (weights / weights.sum(axis=1, keepdims=True)).tolist()
        known = {"id": experience.id, "topic": experience.topic, "reference": experience.lines}
        records.append({**known, "hypotheses": [experience.lines], "scores": scores, "attention": attention})
    records[0]["attention"][2] = None  # a step without its picture
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    (tmp_path / "samples.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


@pytest.mark.slow
def test_attention(execute, rated_run):
    outputs, found = execute(
        "attention",
        values={"RUN": str(rated_run), "SHOWN": 2, "RESAMPLES": 100},
        asked="{name: [one.low, one.mean, one.high] for name, one in {**attention, **reached, **agreement}.items()}",
    )
    for source in ("image", "text", "difference"):
        low, mean, high = found[f"attention_{source}_spearman"]
        assert 0.3 < low <= mean <= high <= 1
    assert found["raters_img_rel_kappa"][1] > 0.5
    assert found["one rater, img_rel"][1] > 0.5
    assert pictures(outputs) == 4


@pytest.mark.slow
def test_comparing_baselines(execute, artefacts, tmp_path):
    outputs, found = execute(
        "compare_baselines",
        values={"ARTEFACTS": str(artefacts), "SEEDS": [1], "EXPERIMENTS": ["images2poem_fair", "topic_gpt2"]},
        prepare="from pathlib import Path\ntorn = Path(RUNS) / 'torn-seed1'\ntorn.mkdir()\n"
        "(torn / 'config.yaml').write_text('[')\nbroken = mmtg.comparison(RUNS).broken",
        asked="{'rows': [row.label for row in comparison.rows], 'again': again, 'another': another, "
        "'sample': written[comparison.rows[0].label][name]['hypotheses'][0], 'broken': len(broken), "
        "'board': board, 'drawn': list(drawn)}",
    )
    assert found["rows"] == found["drawn"] == ["images2poem_fair", "topic_gpt2"]
    assert all(label in found["board"].replace("\\", "") for label in found["rows"])
    assert found["again"] == found["sample"] != found["another"]
    assert found["broken"] == 1
    assert (tmp_path / "report" / "index.html").is_file()
    assert pictures(outputs) >= 2


@pytest.mark.slow
def test_a_new_baseline(execute, artefacts):
    _, found = execute(
        "new_baseline",
        values={"ARTEFACTS": str(artefacts)},
        asked="{'board': board, 'change': float((heard - shuffled).abs().max()), 'said': float(heard.std())}",
    )
    assert all(label in found["board"].replace("\\", "") for label in ("bag_gru", "topic_gpt2"))
    assert found["change"] < 1e-5 < found["said"]


def test_the_new_baseline_has_sixty_lines():
    (cell,) = [cell for cell in read_book("new_baseline").cells if cell.source.startswith("%%writefile bag_gru.py\n")]
    assert max(map(len, cell.source.splitlines())) <= 120
    assert len(cell.source.splitlines()) - 1 <= 60
