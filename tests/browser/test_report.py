"""The report's charts and its browser of experiences, as a reader meets them."""

import pytest

from mmtg.report import ablations, browser, cost, curricula, curves
from mmtg.report.page import page as whole_page
from tests.report.made_runs import CURRICULUM, SCRIPT, STAGE, comparison, record, samples, write

pytestmark = pytest.mark.slow

CHARTING = (curves, ablations, curricula, cost)
NONE = {**CURRICULUM, "stages": [{"until_epoch": None, **STAGE}]}
CHARTS = {"learning-curves", "ablation-0", "curriculum-0", "curriculum-shows-0", "cost"}
MARK = "mark.here"


def hostile(sample):
    """A sample whose every text is a script, and whose plan names what objects have of their own."""
    return {
        **sample,
        "topic": SCRIPT,
        "reference": [SCRIPT],
        "hypotheses": [[SCRIPT]],
        "plan": [["constructor", "__proto__"]],
        "keywords": [SCRIPT],
    }


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Two systems with two seeds, two curricula, and samples of which one is a stranger's."""
    folder = tmp_path_factory.mktemp("runs")
    given = samples(6)
    given[1] = hostile(given[1])
    bare = [{key: sample[key] for key in ("id", "topic", "reference", "hypotheses")} for sample in given]
    runs = [
        write(record(part, seed, typed=[f"ablation={part}"], directory=folder / f"{part}{seed}", **more), of)
        for part, of, more in (("full", given, {}), ("without_curriculum", bare, {"curriculum": NONE}))
        for seed in (1, 2)
    ]
    return comparison(*runs)


def put(folder, seen, sections):
    """A page of sections; gives its file."""
    made = [found for of in sections if (found := of.section(seen))]
    (folder / "index.html").write_text(whole_page(made, title="t", summary="s"), encoding="utf-8")
    return folder / "index.html"


@pytest.fixture(scope="module")
def charts(seen, tmp_path_factory):
    """A page of charts."""
    return put(tmp_path_factory.mktemp("charts"), seen, CHARTING)


@pytest.fixture(scope="module")
def report(seen, tmp_path_factory):
    """A page of the browser alone, which is opened faster."""
    return put(tmp_path_factory.mktemp("browser"), seen, [browser])


def shown(page, name):
    """A chart that has been drawn."""
    place = page.locator(f'[data-chart="{name}"]')
    place.scroll_into_view_if_needed()
    place.locator("svg.main-svg").first.wait_for()
    return place


def choose(page, name, choice, label):
    row = page.locator(f'[data-chart="{name}"]').locator("xpath=preceding-sibling::div[1]")
    row.locator(f'select[data-choice="{choice}"]').select_option(label=label)


def drawn(page, name):
    return page.evaluate(
        "name => document.querySelector(`[data-chart='${name}']`)._fullData.map(t => [...(t.x || [])])", name
    )


@pytest.mark.parametrize(("viewport", "colours"), [("desktop", "light"), ("phone", "dark")])
def test_every_chart_is_drawn(open_file, charts, sideways):
    page = open_file(charts)
    assert set(page.locator("[data-chart]").evaluate_all("all => all.map(one => one.dataset.chart)")) == CHARTS
    for name in CHARTS:
        chart = shown(page, name)
        assert chart.locator(".point, .js-line").count() > 0, name
    assert sideways(page) == 0


def test_a_choice_draws_other_values_and_stages_are_marked(open_file, charts):
    page = open_file(charts)
    chart = shown(page, "learning-curves")
    assert chart.locator(".shapelayer path").count() > 0
    assert "1 (ratings 1, 2, 3, 4, 5) from step 24" in page.locator("#curves").inner_text()
    steps = drawn(page, "learning-curves")
    choose(page, "learning-curves", "against", "epoch")
    assert drawn(page, "learning-curves") != steps
    assert "from epoch" in page.locator("#curves").inner_text()
    choose(page, "learning-curves", "against", "step")
    assert drawn(page, "learning-curves") == steps
    choose(page, "learning-curves", "figure", "val/loss")
    assert len(drawn(page, "learning-curves")[1]) == 2
    choose(page, "learning-curves", "stages of", "none")
    assert chart.locator(".shapelayer path").count() == 0


def test_colours_follow_the_theme(open_file, charts):
    page = open_file(charts)
    filled = "getComputedStyle(document.querySelector('[data-chart=cost] .point')).fill"
    shown(page, "cost")
    before = page.evaluate(filled)
    page.locator("#theme").click()
    page.wait_for_function(f"before => {filled} !== before", arg=before)


def title(page):
    return page.locator("#browser-experience h3").inner_text()


def count(page):
    return page.locator("#browser-count").inner_text()


def test_arrow_keys_and_buttons_move(open_file, report):
    page = open_file(report)
    page.locator("#browser-title").scroll_into_view_if_needed()
    assert count(page).startswith("1 of 6")
    page.keyboard.press("ArrowRight")
    assert count(page).startswith("2 of 6")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert count(page).startswith("1 of 6")
    page.locator("#browser-next").click()
    assert count(page).startswith("2 of 6")
    page.locator("#browser-search").press("ArrowRight")
    assert count(page).startswith("2 of 6")


def test_pictures_poems_and_heat_map(open_file, report):
    page = open_file(report)
    article = page.locator("#browser-experience")
    assert article.locator("img").count() == 5
    assert article.locator("img").first.evaluate("image => image.decode().then(() => image.naturalWidth)") == 16
    assert article.locator("table.experience thead th").all_inner_texts()[1:] == [
        "reference",
        "full\nseed 1, text 1 of 2",
        "without_curriculum\nseed 1, text 1 of 2",
    ]
    weights = article.locator("table.weights tbody tr").first.locator("td").all_inner_texts()
    assert weights[-3:] == ["0.20", "0.50", "0.30"]
    assert len(weights) == 6


def test_planned_concepts_are_marked_in_their_step_alone(open_file, report):
    page = open_file(report)
    cells = page.locator("table.experience tbody tr").first.locator("td")
    sample = samples(1)[0]
    assert cells.nth(0).locator(MARK).count() > 0
    assert "planned for this step" in cells.nth(0).locator(MARK).first.get_attribute("title")
    assert "✓ " + sample["plan"][0][0] in cells.nth(1).inner_text()
    page.locator("#browser-text").select_option("2")  # the poem back to front
    marks = cells.nth(1).locator("mark")
    assert marks.count() > 0
    assert "planned for step" in marks.first.get_attribute("title")


def test_seed_and_text_are_chosen(open_file, report):
    page = open_file(report)
    page.locator("#browser-seed").select_option("2")
    page.locator("#browser-text").select_option("2")
    assert "seed 2, text 2 of 2" in page.locator("table.experience thead").inner_text()
    line = page.locator("table.experience tbody tr").first.locator("td").nth(1).locator(".line").first
    assert line.inner_text() == samples(1)[0]["reference"][-1]


def test_filters_filter(open_file, report):
    page = open_file(report)
    given = samples(6)
    page.locator("#browser-search").fill(given[2]["reference"][3])
    assert count(page).startswith("1 of 1 that match, of 6")
    assert title(page) == given[2]["topic"]
    page.locator("#browser-search").fill("no such words")
    assert count(page) == "no experience matches"
    page.locator("#browser-search").fill("")
    word = given[0]["topic"].split("，")[0]
    page.locator("#browser-topic").select_option(word)
    assert count(page).startswith(
        f"1 of {sum(word in sample['topic'].split('，') for sample in given if sample is not given[1])}"
    )
    page.locator("#browser-topic").select_option("")


def mean(numbers):
    return sum(numbers) / len(numbers)


def test_the_rating_filters(open_file, report):
    page = open_file(report)
    ratings = [mean([mean(step["img_rel"]) for step in sample["scores"]]) for sample in samples(6)]
    border = sorted(ratings)[2] + 0.01
    page.locator("#browser-rating").select_option("img_rel")
    page.locator("#browser-from").fill(str(border))
    above = sum(rating >= border for rating in ratings)
    assert 0 < above < 6
    assert count(page).startswith(f"1 of {above} ")


def test_systems_are_chosen(open_file, report):
    page = open_file(report)
    page.locator("#browser-systems summary").click()
    page.locator("#browser-labels label", has_text="full").locator("input").uncheck()
    assert "full" not in page.locator("table.experience thead").inner_text()
    page.locator("#browser-none").click()
    assert count(page) == "no experience matches"
    page.locator("#browser-find").fill("without")
    page.locator("#browser-all").click()
    assert "(1 of 2 shown)" in page.locator("#browser-systems summary").inner_text()


def test_text_of_samples_stays_text(open_file, report):
    page = open_file(report)
    page.locator("#browser-search").fill("broken in")
    assert title(page) == SCRIPT
    texts = page.locator("table.experience").inner_text()
    assert texts.count(SCRIPT) >= 3
    assert page.title() == "t"
    assert page.locator("#browser-experience script").count() == 0


@pytest.mark.parametrize("viewport", ["phone"])
def test_nothing_is_wider_than_a_phone(open_file, report, sideways):
    page = open_file(report)
    page.locator("#browser-systems summary").click()
    assert page.locator("table.experience").is_visible()
    assert sideways(page) == 0
