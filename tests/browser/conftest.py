"""A real headless Chromium for the tests of this folder; skipped, with the reason, where there can be none.

A test asks for ``page``, or for ``open_file`` to see a file; both fail it for whatever ``Watch`` notes. To see a page
as others do::

    @pytest.mark.parametrize("viewport", ["desktop", "phone"])
    @pytest.mark.parametrize("colours", ["light", "dark"])
    def test_it(open_file, viewport, colours): ...
"""

import os

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.install import CHROMIUM, install, obstacle
from tests.browser.watch import Watch
from tests.debian import InstallError

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
VIEWPORTS = {"desktop": {"viewport": {"width": 1280, "height": 900}}, "phone": PHONE}
PATIENCE = 15_000  # milliseconds that anything on a page may take, on a busy machine


@pytest.fixture(scope="session")
def chromium():
    """The browser's program."""
    if reason := obstacle():
        pytest.skip(reason)
    try:
        install()
    except InstallError as error:
        if os.environ.get("CI"):  # there it must run
            raise
        pytest.skip(f"Chromium cannot be installed: {error}")
    return CHROMIUM


@pytest.fixture(scope="module")
def browser(chromium):
    """A running browser; of a module, since Playwright leaves an event loop running that other tests would meet."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture
def viewport():
    """Desktop or phone; tests parametrize it."""
    return "desktop"


@pytest.fixture
def colours():
    """Light or dark, as the system prefers; tests parametrize it."""
    return "light"


@pytest.fixture
def context(browser, viewport, colours):
    """A fresh profile: no cookies, no storage."""
    made = browser.new_context(**VIEWPORTS[viewport], color_scheme=colours, accept_downloads=True)
    made.set_default_timeout(PATIENCE)
    yield made
    made.close()


@pytest.fixture
def page(context):
    """An empty page; whatever ``Watch`` notes until the test's end fails it."""
    watch = Watch(context)
    yield context.new_page()
    assert watch.complaints == []


@pytest.fixture
def open_file(page):
    """Shows a file; gives the page."""

    def show(path):
        page.goto(path.resolve().as_uri())
        return page

    return show


@pytest.fixture
def sideways():
    """By how many pixels a page is wider than its window."""
    return lambda page: page.evaluate("document.documentElement.scrollWidth") - page.viewport_size["width"]
