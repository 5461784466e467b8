"""Songs in files and folders."""

import gzip
import json
import os

import pytest

from mmtg.data.lyrics import SongReader, content_hash, song_files
from mmtg.errors import InputError

TEXT = "\ufeff月光\n 河水 \n\n\u3000\n雪\r\n\n\n"


def reader(**changes):
    options = {"title": "none", "song_ends": "blank_line", "lines_field": "lyrics", "title_field": "title"}
    return SongReader(**{**options, **changes})


def songs(path, **changes):
    return [(song.number, song.title, [line.strip() for line in song.lines]) for song in reader(**changes).read(path)]


@pytest.fixture
def file(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_blank_lines_part_songs(file, name):
    path = file(name, TEXT)
    assert songs(path) == [(1, "", ["月光", "河水"]), (5, "", ["雪"])]
    assert songs(path, title="first_line") == [(1, "月光\n", ["河水"]), (5, "雪\r\n", [])]


def test_or_a_file_is_a_song(file):
    path = file("a.txt", TEXT)
    assert songs(path, song_ends="file") == [(1, "", ["月光", "河水", "雪"])]
    assert songs(path, song_ends="file", title="first_line") == [(1, "月光\n", ["河水", "雪"])]
    assert songs(file("empty.txt", "\n\n"), song_ends="file") == songs(file("empty.txt", "\n")) == []


def test_songs_that_are_not_read_to_their_end_do_not_spill(file):
    path = file("a.txt", "一\n二\n三\n\n四\n五\n")
    assert [(song.number, next(song.lines).strip()) for song in reader().read(path)] == [(1, "一"), (5, "四")]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
def test_objects(file, name):
    records = [
        {"title": "河", "lyrics": ["一", "二\n三"]},
        {"lyrics": "一\r\n\n二\n", "year": 1999},
        {"title": None, "lyrics": []},
    ]
    path = file(name, "\ufeff" + "\n\n".join(json.dumps(record) for record in records))
    assert songs(path) == [(1, "河", ["一", "二", "三"]), (3, "", ["一", "", "二"]), (5, "", [])]


def test_fields_have_other_names(file):
    path = file("a.jsonl", json.dumps({"name": "河", "text": "一"}))
    assert songs(path, lines_field="text", title_field="name") == [(1, "河", ["一"])]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.txt", "一\n二\n".encode() + b"\xff\n", r"a\.txt: line 3: byte 1 is not UTF-8"),
        ("a.txt", "月".encode("utf-16"), r"a\.txt: line 1: byte 1 is not UTF-8"),
        ("a.jsonl", '\n{"lyrics": ', r"a\.jsonl: line 2: is not JSON"),
        ("a.jsonl", "[]", r"a\.jsonl: line 1: must be an object, not a list"),
        ("a.jsonl", '{"text": "a"}', r"a\.jsonl: line 1: lyrics: is missing"),
        ("a.jsonl", '{"lyrics": null}', r"a\.jsonl: line 1: lyrics: is missing"),
        ("a.jsonl", '{"lyrics": 3}', r"a\.jsonl: line 1: lyrics: must be text or a list of lines, not a number"),
        ("a.jsonl", '{"lyrics": ["a", 3]}', r"a\.jsonl: line 1: lyrics: must be text, not a number"),
        ("a.jsonl", '{"lyrics": "a", "title": 3}', r"a\.jsonl: line 1: title: must be text, not a number"),
        ("a.jsonl", '{"lyrics": "\\ud800"}', r"a\.jsonl: line 1: lyrics: holds half a surrogate"),
    ],
)
def test_faults_are_named(file, name, content, words):
    with pytest.raises(InputError, match=words):
        songs(file(name, content))


@pytest.mark.parametrize("field", ["title", "song_ends"])
def test_unknown_words_are_named(field):
    with pytest.raises(InputError, match=rf"data\.{field}: 'x' is unknown; choose"):
        reader(**{field: "x"})


def test_the_folder_is_walked_in_order(file, tmp_path):
    for name in (
        "b.txt",
        "z/a.jsonl.gz",
        "a.txt.gz",
        "c/d/e.jsonl",
        "c/a.txt",
        "x.json",
        ".h.txt",
        ".git/a.txt",
        "g.gz",
    ):
        file(name, "月")
    assert list(song_files(tmp_path)) == ["a.txt.gz", "b.txt", "c/a.txt", "c/d/e.jsonl", "z/a.jsonl.gz"]


def test_the_hash_is_that_of_names_and_contents(file, tmp_path):
    path = file("in/a.txt", "月\n")
    first = content_hash(tmp_path / "in")
    file("other/a.txt", "月\n")
    assert content_hash(tmp_path / "other") == first
    os.utime(path, (1, 1))
    file("in/a.md", "not read")
    assert content_hash(tmp_path / "in") == first
    found = {first}
    for name, content in (("a.txt", "月\n\n"), ("b.txt", ""), ("b.txt", "雪"), ("c/b.txt", "")):
        file(f"in/{name}", content)
        found.add(content_hash(tmp_path / "in"))
    path.rename(path.with_name("d.txt"))
    assert len(found | {content_hash(tmp_path / "in")}) == 6


def test_folders_without_songs_are_named(file, tmp_path):
    with pytest.raises(InputError, match=r"nowhere: data\.root: no such folder"):
        content_hash(tmp_path / "nowhere")
    file("a.md", "月")
    with pytest.raises(InputError, match=r"data\.root: holds no file named \*\.txt"):
        content_hash(tmp_path)
