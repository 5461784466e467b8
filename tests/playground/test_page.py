"""What people and systems wrote is shown as text, whatever it holds."""

from html.parser import HTMLParser
from pathlib import Path

import pytest

from mmtg.playground.page import complaint, css, poems, stanzas
from mmtg.playground.writing import Written

WILD = "<script>alert(1)</script>&amp;\"'><img src=x onerror=alert(1)>"


class Read(HTMLParser):
    """Tags and texts of HTML."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.texts = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.texts.append(data)


def written(**record):
    return Written("mmtg", Path("runs") / WILD, 2, {"hypotheses": [[f"line {n}" for n in range(4)]], **record})


def test_nothing_written_becomes_a_tag():
    wild = written(hypotheses=[[WILD] * 4, [WILD]], keywords=[[WILD]])
    read = Read(poems(WILD, [wild], steps=2))
    assert not {"script", "img"} & {tag for tag, _ in read.tags}
    assert sum(WILD in text for text in read.texts) == 1 + 2 + 5 + 1  # path, titles, lines, keyword
    assert WILD in Read(complaint(WILD)).texts


def test_attention_is_a_table_of_steps_and_sources():
    read = Read(poems("moon", [written(attention=[[0.2, 0.5, 0.3], None])], steps=2))
    cells = [attrs for tag, attrs in read.tags if tag == "td"]
    assert [cell.get("style") for cell in cells] == ["--weight: 0.200", "--weight: 0.500", "--weight: 0.300", None]
    assert {"0.20", "0.50", "0.30", "topic", "picture", "text"} <= set(read.texts)


def test_systems_without_attention_have_no_table():
    assert "table" not in {tag for tag, _ in Read(poems("moon", [written()], steps=2)).tags}


def test_lines_stand_by_their_steps():
    lines = ["a", "b", "c", "d"]
    assert [stanza.lines for stanza in stanzas(lines, steps=2, lines_per_step=2)] == [["a", "b"], ["c", "d"]]
    assert [stanza.lines for stanza in stanzas(lines, steps=5, lines_per_step=2)] == [lines]


def test_a_complaint_is_announced():
    assert ("p", {"class": "complaint", "role": "alert"}) in Read(complaint("no moon")).tags
    assert complaint("").strip() == ""


@pytest.mark.parametrize("part", ["http", "@import", "url("])
def test_the_style_sheet_asks_for_nothing(part):
    assert part not in css()
