"""The playground in a browser, from an example to poems, and what it refuses."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from functools import partial
from urllib.parse import urlsplit

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.conftest import ROOT

pytestmark = pytest.mark.slow
START = 180  # seconds until the page is there
ANSWER = 5000  # milliseconds from the button to the poem


@pytest.fixture(scope="module")
def address(chromium, world_run, fit, artefacts, tmp_path_factory):
    """Of a page with two systems; it ends with Ctrl-C, and well."""
    other = fit("+experiment=keyword_clip_gpt2", "trainer.max_steps=5", "test=false", "logger.wandb.enabled=false")
    best = ",".join(f"{run}/checkpoints/{name}.ckpt" for run, name in ((world_run, "best"), (other, "last")))
    command = ["task=play", f"task.checkpoint=[{best}]", "task.max_pixels=250000", "task.max_bytes=200000"]
    folder = tmp_path_factory.mktemp("play")
    with open(folder / "stderr", "wb") as said:
        process = subprocess.Popen(
            [sys.executable, str(ROOT / "run.py"), *command, f"paths.artefacts={artefacts}"],
            stdout=subprocess.PIPE, stderr=said, text=True, cwd=folder,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "TMPDIR": str(folder)},
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores SIGINT
        )  # fmt: skip
        late = threading.Timer(START, process.kill)
        late.start()
        first = process.stdout.readline()
        late.cancel()
        assert first.startswith("http"), (folder / "stderr").read_text(encoding="utf-8")[-3000:]
        yield first.split()[0]
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert not list(folder.glob("mmtg-play-*")), "uploads are left behind"


@pytest.fixture
def play(page, address):
    """The page, ready."""
    page.goto(address)
    expect(page.get_by_role("button", name="Write")).to_be_visible()
    return page


def picture_of(page, step):
    return page.locator(".step").nth(step - 1).locator("img")


def upload(page, step, path):
    page.locator(".step").nth(step - 1).locator("input[type=file]").set_input_files(path)


def write(page):
    page.get_by_role("button", name="Write").click()


@pytest.mark.parametrize(("viewport", "colours"), [("desktop", "light"), ("phone", "dark")])
def test_an_example_becomes_poems_side_by_side(play, viewport, colours, sideways):
    play.locator(".example").first.click()
    expect(play.locator(".step img")).to_have_count(5)
    write(play)
    cards = play.locator("#texts .card")
    expect(cards).to_have_count(2, timeout=ANSWER)
    assert cards.locator("h3").all_inner_texts() == ["mmtg", "keyword_clip"]
    assert cards.first.locator(".line").count() == 10
    heat = [float(text) for text in cards.first.locator(".heat td").all_inner_texts()]
    assert len(heat) == 5 * 3
    assert all(abs(sum(heat[row : row + 3]) - 1) < 0.02 for row in range(0, 15, 3))
    assert cards.nth(1).locator(".keywords li").count() == 5
    assert cards.nth(1).locator(".heat").count() == 0
    assert sideways(play) == 0


def test_settings_are_heard(play):
    def poems(samples, seed):
        play.get_by_label("number input for samples").fill(str(samples))
        play.get_by_label("seed").fill(str(seed))
        write(play)
        expect(play.locator(".card").first.locator(".poem")).to_have_count(samples)
        return play.locator(".card").first.locator(".line").all_inner_texts()

    play.get_by_label("Topic").fill("月亮")
    play.locator("#decoding button").first.click()
    two, one = poems(2, 1), poems(1, 1)
    assert one == two[:10]  # a text depends on its seed and number
    assert poems(2, 2) != two


def test_a_picture_is_drawn_from_words(play):
    play.get_by_label("Step 2: draw").fill("月亮 夜里")
    play.get_by_role("button", name="Draw picture 2").click()
    expect(picture_of(play, 2)).to_be_visible()
    assert picture_of(play, 2).evaluate("async image => (await image.decode(), image.naturalWidth)") == 64
    play.get_by_label("Step 2: draw").fill("mooon")
    play.get_by_label("Step 2: draw").press("Enter")
    expect(play.get_by_role("alert")).to_have_text(re.compile("step 2: words: 'mooon' is unknown; did you mean moon"))
    expect(picture_of(play, 2)).to_be_visible()


@pytest.fixture
def refused(tmp_path):
    """Files that are refused, each with what is said of it."""
    noise = np.random.default_rng(1).integers(0, 256, (400, 400, 3), np.uint8)
    Image.new("RGB", (600, 500)).save(tmp_path / "wide.png")
    Image.fromarray(noise).save(tmp_path / "heavy.png")
    Image.fromarray(noise[:100]).save(tmp_path / "torn.png")
    (tmp_path / "torn.png").write_bytes((tmp_path / "torn.png").read_bytes()[:9000])
    (tmp_path / "text.png").write_text("no picture", encoding="utf-8")
    said = {"wide": "has 600 x 500 pixels", "heavy": "bytes, more than the 200000", "torn": "cannot be read",
            "text": "is no picture"}  # fmt: skip
    return {tmp_path / f"{name}.png": what for name, what in said.items()}


def test_bad_pictures_are_refused_and_nothing_else_is_lost(play, refused, tmp_path):
    Image.new("RGB", (30, 20), "red").save(tmp_path / "good.png")
    upload(play, 1, tmp_path / "good.png")
    expect(picture_of(play, 1)).to_be_visible()
    play.get_by_label("Topic").fill("思乡")
    play.get_by_label("Step 3: text").fill("看见水井")
    for file, what in refused.items():
        upload(play, 3, file)
        expect(play.get_by_role("alert")).to_have_text(re.compile(f"^step 3: picture: .*{what}"))
        expect(picture_of(play, 3)).to_have_count(0)
    expect(picture_of(play, 1)).to_be_visible()
    assert play.get_by_label("Topic").input_value() == "思乡"
    assert play.get_by_label("Step 3: text").input_value() == "看见水井"
    upload(play, 3, tmp_path / "good.png")
    expect(play.get_by_role("alert")).to_have_count(0)
    write(play)
    expect(play.locator(".card")).to_have_count(2)


@pytest.mark.parametrize(
    "topic", ["<script>document.title = 'gone'</script>", "<img src=x onerror=alert(1)>", "${1+1}{{value}}"]
)
def test_what_is_typed_stays_text(play, topic):
    title = play.title()
    play.get_by_label("Topic").fill(topic)
    play.get_by_label("Step 1: text").fill(topic)
    write(play)
    expect(play.locator(".poem h4").first).to_have_text(topic)
    assert play.locator("#texts script, #texts img").count() == 0
    assert play.title() == title


def test_a_topic_is_asked_for_and_poems_stay(play):
    play.get_by_label("Topic").fill("月亮")
    write(play)
    expect(play.locator(".card")).to_have_count(2)
    play.get_by_label("Topic").fill(" ")
    write(play)
    expect(play.get_by_role("alert")).to_have_text(re.compile("^topic: is empty"))
    expect(play.locator(".card")).to_have_count(2)


def test_only_this_machine_is_answered(address):
    place = urlsplit(address)
    assert place.hostname == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", place.port), timeout=5)  # answered by servers that listen to all
