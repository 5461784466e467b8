"""The leaderboard as a reader meets it."""

import pytest
from playwright.sync_api import expect

from mmtg.report import leaderboard, left_out
from mmtg.report.board import compared
from mmtg.report.page import page as whole_page
from mmtg.report.runs import Broken, Found
from tests.report.made_runs import SCRIPT, record
from tests.report.test_standings import SETTING, kept_run

pytestmark = pytest.mark.slow

STRANGE = f"{SCRIPT} <b>bold</b>"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Three systems with three seeds, and a stranger's; in every order another."""
    folder = tmp_path_factory.mktemp("runs")
    runs = [
        kept_run(folder, label, seed, shift, system=system)
        for label, shift, system in (("plain", 0.0, "mmtg"), ("better", 0.2, "mmtg"), ("worse", -0.1, "gpt"))
        for seed in (1, 2, 3)
    ]
    strange = record(
        STRANGE, 1, system=STRANGE, figures={"test/bleu_2": 0.01, f"test/{SCRIPT}": 1.0, "test/constructor": 2.0}
    )
    found = Found([*runs, strange], [Broken(folder / "lost", SCRIPT)])
    seen = compared(found, {**SETTING, "baseline": "plain"})
    made = [leaderboard.section(seen), left_out.section(seen)]
    (folder / "index.html").write_text(whole_page(made, title="t", summary=SCRIPT), encoding="utf-8")
    return folder / "index.html"


def rows(page):
    return page.locator("#leaderboard-table tbody tr[data-label] button.label").all_inner_texts()


def head(page, title):
    return page.locator("#leaderboard-table thead button", has_text=title)


BY_BLEU = ["better", "plain", "worse", STRANGE]


@pytest.mark.parametrize(("viewport", "colours"), [("desktop", "light"), ("phone", "dark")])
def test_every_row_is_there_and_nothing_is_wider_than_the_window(open_file, report, sideways):
    page = open_file(report)
    assert rows(page) == BY_BLEU
    place = page.locator('[data-chart="leaderboard-chart"]')
    place.scroll_into_view_if_needed()
    place.locator("svg.main-svg").first.wait_for()
    assert sideways(page) <= 0
    assert page.title() == "t"


def test_marks_need_no_colour(open_file, report):
    page = open_file(report)
    cells = page.locator("#leaderboard-table tbody tr[data-label]")
    expect(cells.filter(has_text="better").first.locator("td").nth(2)).to_contain_text("▲*†")
    expect(cells.filter(has_text="worse").first.locator("td").nth(2)).to_contain_text("▼*")
    expect(cells.filter(has_text="baseline")).to_have_count(1)


def test_a_heading_sorts_by_mouse_and_keyboard(open_file, report):
    page = open_file(report)
    head(page, "BLEU-2").click()
    assert rows(page) == BY_BLEU[::-1]
    assert head(page, "BLEU-2").locator("xpath=..").get_attribute("aria-sort") == "ascending"
    page.keyboard.press("Enter")  # the heading keeps the focus
    assert rows(page) == BY_BLEU
    head(page, "perplexity").focus()
    page.keyboard.press("Enter")
    assert rows(page)[:3] == ["better", "plain", "worse"]  # the lowest first; whoever has none comes last
    page.keyboard.press("Enter")
    assert rows(page) == ["worse", "plain", "better", STRANGE]
    head(page, "label").click()
    assert rows(page)[1:] == ["better", "plain", "worse"]


def test_filters_filter_the_table_and_the_chart(open_file, report):
    page = open_file(report)
    page.locator("#leaderboard-filter").fill("MMTG better")
    assert rows(page) == ["better"]
    expect(page.locator("#leaderboard-count")).to_have_text("1 of 4 rows")
    page.locator("#leaderboard-filter").fill("")
    page.locator("#leaderboard-system").select_option("gpt")
    assert rows(page) == ["worse"]
    place = page.locator('[data-chart="leaderboard-chart"]')
    place.scroll_into_view_if_needed()
    place.locator("svg.main-svg").first.wait_for()
    assert page.evaluate("document.querySelector('[data-chart]')._fullData[0].x.length") == 1
    page.locator("#leaderboard-filter").fill("nothing of the kind")
    assert rows(page) == []


def test_figures_are_chosen(open_file, report):
    page = open_file(report)
    page.locator("#leaderboard-figures summary").click()
    page.get_by_role("checkbox", name="Distinct-2").uncheck()
    expect(head(page, "Distinct-2")).to_have_count(0)
    page.locator("#leaderboard-figures label", has_text="script").locator("input").check()
    expect(head(page, SCRIPT)).to_have_count(1)
    page.get_by_role("checkbox", name="constructor").check()
    head(page, "constructor").click()
    expect(page.locator("#leaderboard-table tbody tr").first).to_contain_text("2.0000")
    page.get_by_role("button", name="better", exact=True).click()
    expect(page.locator("tr.details")).to_contain_text("BLEU-2")


def test_a_label_opens_its_details(open_file, report):
    page = open_file(report)
    page.get_by_role("button", name="better", exact=True).press("Enter")
    details = page.locator("tr.details")
    expect(details).to_contain_text("less baseline over experiences: +0.")
    expect(details).to_contain_text("paired t; 3 and 3 seeds")
    expect(details).to_contain_text("better-seed2")
    page.keyboard.press("Enter")
    expect(details).to_have_count(0)


def test_text_of_strangers_stays_text(open_file, report):
    page = open_file(report)
    page.get_by_role("button", name=SCRIPT).first.click()
    place = page.locator('[data-chart="leaderboard-chart"]')
    place.scroll_into_view_if_needed()
    place.locator("svg.main-svg").first.wait_for()
    assert page.title() == "t"
    assert page.locator("b").count() == 0
    expect(page.locator("#left-out tbody")).to_contain_text(SCRIPT)
    assert "<script>" in place.locator(".ytick").first.text_content()


def test_the_theme_is_switched(open_file, report):
    page = open_file(report)
    colour = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(colour)
    page.locator("#theme").click()
    assert page.evaluate(colour) != before
