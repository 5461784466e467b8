"""The tests' browser shows pages, and notes what they may not do."""

import pytest

from tests.browser.watch import Watch, is_local

pytestmark = pytest.mark.slow


@pytest.fixture
def written(tmp_path):
    """Writes a page of a body; gives its file."""

    def write(body):
        file = tmp_path / "page.html"
        head = '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        file.write_text(f"{head}<title>月</title>{body}", encoding="utf-8")
        return file

    return write


@pytest.mark.parametrize(("viewport", "width"), [("desktop", 1280), ("phone", 360)])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_page_is_shown_as_asked(open_file, written, viewport, width, colours, sideways):
    page = open_file(written("<p>moon</p>"))
    assert page.title() == "月"
    assert page.evaluate("innerWidth") == width
    assert page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") == (colours == "dark")
    assert sideways(page) == 0
    page.set_content("<div style='width: 1400px'>wide</div>")
    assert sideways(page) > 0


@pytest.mark.parametrize(
    ("body", "noted"),
    [
        ("<script>console.error('no moon')</script>", "no moon"),
        ("<script>throw new Error('no river')</script>", "no river"),
        ("<img src='absent.png'>", "absent.png"),
        ("<img src='https://example.org/font.png'>", "another machine: https://example.org/font.png"),
        ("<script>fetch('http://192.0.2.1/').catch(() => 0)</script>", "another machine: http://192.0.2.1/"),
        ("<script>new WebSocket('ws://192.0.2.1/')</script>", "another machine: ws://192.0.2.1/"),
    ],
)
def test_what_a_page_may_not_do_is_noted(context, written, body, noted):
    watch = Watch(context)
    page = context.new_page()
    page.goto(written(body).as_uri(), wait_until="commit")
    for _ in range(50):
        if any(noted in complaint for complaint in watch.complaints):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{noted!r} is not among {watch.complaints}")


def test_a_good_page_is_not_complained_of(context, written):
    watch = Watch(context)
    page = context.new_page()
    page.goto(
        written("<script>console.warn('mist')</script><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='>").as_uri()
    )
    page.wait_for_timeout(200)
    assert watch.complaints == []


@pytest.mark.parametrize(
    "address", ["file:///x.html", "http://127.0.0.1:7860/", "http://localhost/", "data:,x", "blob:null/1"]
)
def test_this_machine_is_local(address):
    assert is_local(address)


@pytest.mark.parametrize(
    "address", ["https://localhost.example.org/", "http://10.0.0.1/", "ws://example.org/127.0.0.1"]
)
def test_others_are_not(address):
    assert not is_local(address)
