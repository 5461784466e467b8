"""The leaderboard as files: what was computed, best in bold, and text of strangers as text."""

import csv
import io
import re

import pytest

from mmtg.report.leaderboard import section
from mmtg.report.left_out import section as left_out
from mmtg.report.page import as_json, page, plain, plotly
from mmtg.report.tables import FIELDS, as_csv, as_latex, as_markdown, latex, markdown
from tests.report.made_runs import SCRIPT, record
from tests.report.test_standings import judged, kept_run

HOSTILE = f"{SCRIPT} & 50% $x_1^2$ #~\\ {{a}} | *b* `c` [d](javascript:1)\nline"


@pytest.fixture
def compared(tmp_path):
    runs = [kept_run(tmp_path, "base", seed, 0.0) for seed in (1, 2, 3)]
    return judged(*runs, *(kept_run(tmp_path, "good", seed, 0.2) for seed in (1, 2, 3)), baseline="base")


def test_the_csv_holds_every_figure_of_every_row(compared):
    lines = list(csv.DictReader(io.StringIO(as_csv(compared))))
    assert list(lines[0]) == list(FIELDS)
    cells = {(line["label"], line["figure"]): line for line in lines}
    assert set(cells) == set(compared.standings.cells)
    found, cell = cells["good", "bleu_2"], compared.standings.cells["good", "bleu_2"]
    assert float(found["mean"]) == cell.mean
    assert float(found["std"]) == cell.std
    assert float(found["difference"]) == cell.texts.test.difference
    assert float(found["p_permutation_holm"]) == cell.texts.p_permutation_holm
    assert found["seeds_test"] == "paired t"
    assert found["mark"].startswith("▲*")
    assert cells["base", "bleu_2"]["difference"] == ""


def test_tables_have_the_best_first_and_bold(compared):
    for text, bold in ((as_latex(compared), r"\textbf{"), (as_markdown(compared), "**")):
        rows = [line for line in text.splitlines() if "base" in line or "good" in line]
        rows = [row for row in rows if row.startswith(("base &", "good &", "| base", "| good"))]
        assert [re.sub(r"\W*(\w+).*", r"\1", row) for row in rows] == ["good", "base"]
        assert bold in rows[0]
        assert bold not in rows[1]
    assert as_latex(compared).count(r"\\") == 3
    assert r"$\blacktriangle$$^{*}$" in as_latex(compared)


def test_strange_labels_stay_text():
    from mmtg.report.board import compared
    from mmtg.report.runs import Found
    from tests.report.test_standings import SETTING

    runs = [record(HOSTILE, 1), record("=1+1", 1)]
    found = compared(Found(runs, []), {**SETTING, "figures": ["bleu_2"]})
    tex = as_latex(found)
    assert all(line.startswith("%") or "<script" not in line for line in tex.splitlines())
    assert len([line for line in tex.splitlines() if line.endswith(r"\\")]) == 3
    assert latex("a_b & 5%") == r"a\_b \& 5\%"
    table = [line for line in as_markdown(found).splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {4}
    assert "<" not in as_markdown(found)
    assert markdown("[a](b)") == r"\[a\]\(b\)"
    labels = {line["label"] for line in csv.DictReader(io.StringIO(as_csv(found)))}
    assert labels == {HOSTILE, "'=1+1"}


def test_nothing_of_a_stranger_reaches_the_page_as_html():
    from mmtg.report.board import compared
    from mmtg.report.runs import Broken, Found
    from tests.report.test_standings import SETTING

    runs = [record(HOSTILE, 1, figures={f"test/{SCRIPT}": 1.0, "test/bleu_2": 0.5})]
    found = compared(Found(runs, [Broken(runs[0].directory / SCRIPT, SCRIPT)]), SETTING)
    whole = page([section(found), left_out(found)], title=SCRIPT, summary=SCRIPT)
    assert SCRIPT not in whole.replace(plotly(), "")
    assert "&lt;script&gt;" in whole
    assert "\\u003cscript" in whole


def test_json_in_a_page_cannot_end_its_element():
    text = as_json({"a": "</script><!--&\u2028\ud800"})
    assert not set("<>&\u2028\ud800") & set(text)
    with pytest.raises(ValueError):
        as_json(float("nan"))
    assert plain("<b>&") == "&lt;b&gt;&amp;"


def test_there_is_no_leaderboard_without_a_test():
    from mmtg.report.board import compared
    from mmtg.report.runs import Found
    from tests.report.test_standings import SETTING

    found = compared(Found([record("a", 1, figures={"val/loss": 1.0})], []), SETTING)
    assert section(found) is None
    assert "has no figures of a test" in left_out(found).html
    assert as_csv(found).count("\n") == 1
    assert r"\end{tabular}" in as_latex(found)
    assert as_markdown(found)
