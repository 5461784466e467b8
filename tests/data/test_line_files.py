"""Files of lines: plain, gzipped, torn."""

import gzip

import pytest

from mmtg.data.line_files import checked_text, kind_of, numbered_lines, parse_object
from mmtg.errors import InputError

CONTENT = "\ufeff一\r\n\n二\ufeff\n三".encode()
LINES = [(1, "一\r\n"), (2, "\n"), (3, "二\ufeff\n"), (4, "三")]


def test_gzipped_or_not_lines_are_the_same(tmp_path):
    (tmp_path / "a.txt").write_bytes(CONTENT)
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(CONTENT))
    for name in ("a.txt", "a.txt.gz"):
        assert [(number, line.decode()) for number, line in numbered_lines(tmp_path / name)] == LINES


@pytest.mark.parametrize(
    "broken",
    [b"no gzip", gzip.compress(CONTENT * 99, mtime=0)[:-20], b"\x1f\x8b\x08\0\0\0\0\0\0\0" + b"x" * 9],
    ids=["plain", "torn", "garbled"],
)
def test_broken_gzip_files_are_named(tmp_path, broken):
    (tmp_path / "a.txt.gz").write_bytes(broken)
    with pytest.raises(InputError, match=r"a\.txt\.gz: is no whole gzip file"):
        list(numbered_lines(tmp_path / "a.txt.gz"))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="nowhere: there is no such file"):
        list(numbered_lines(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"\xff", "byte 1 is not UTF-8"),
        (b"{", "is not JSON"),
        (b"3", "an object, not a number"),
        (b"[" * 99999, "JSON"),
    ],
)
def test_what_is_no_object_is_named(tmp_path, line, words):
    with pytest.raises(InputError, match=f"a: line 7: .*{words}"):
        parse_object(line, tmp_path / "a", 7)


def test_texts(tmp_path):
    where = {"file": tmp_path, "record": "line 1", "field": "title"}
    assert checked_text("月", **where) == "月"
    for wrong, words in ((3, "not a number"), (None, "not null"), ("\ud800", "half a surrogate pair")):
        with pytest.raises(InputError, match=f"line 1: title: .*{words}"):
            checked_text(wrong, **where)
    assert [kind_of(value) for value in ({}, [], "", True, 1.5)] == [
        "an object", "a list", "text", "true or false", "a number",
    ]  # fmt: skip
