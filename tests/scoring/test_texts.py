"""Text files: how texts and references are matched, and every way in which they do not fit."""

import gzip

import pytest

from mmtg.errors import InputError
from mmtg.scoring.texts import read_lines, read_texts


@pytest.fixture
def write(tmp_path):
    def of(name, *lines):
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return tmp_path / name

    return of


def strings(items):
    return [([text.string for text in item.hypotheses], [text.string for text in item.references]) for item in items]


def test_a_line_per_reference_or_one_per_text(write):
    texts = write("h.txt", "春", "夏", "秋", "冬")
    expected = [(["春", "夏"], ["山"]), (["秋", "冬"], ["水"])]
    for references in (write("r.txt", "山", "水"), write("r4.txt", "山", "山", "水", "水")):
        outputs = read_texts(texts, references, samples=2, name="h")
        assert strings(outputs.items) == expected
        assert (outputs.name, outputs.ids) == ("h", ("1", "2"))


def test_the_numbers_of_lines_say_how_many_samples(write):
    texts = write("h.txt", "春", "夏", "秋", "冬")
    for references, groups in ((["山"], 1), (["山", "水"], 2), (["山", "水", "山", "水"], 4)):
        outputs = read_texts(texts, write("r.txt", *references), samples=None, name="h")
        assert len(outputs.items) == groups


def test_without_references(write):
    outputs = read_texts(write("h.txt", "春", "夏", "秋", "冬"), None, samples=2, name="h")
    assert strings(outputs.items) == [(["春", "夏"], []), (["秋", "冬"], [])]


@pytest.mark.parametrize(("references", "samples", "words"), [
    (["山", "水", "云"], 2, ["4 texts", "3 references", "6 texts"]),
    (["山", "水"], 3, ["4 texts", "2 references"]),
    (["山", "水", "云", "月"], 3, ["4 texts", "4 references"]),
    (["山", "水", "云"], None, ["4 texts", "3 references"]),
    (["山", "水", "云", "月"], 2, ["line 2", "line 1"]),
    (["山", "", "云", "月"], 1, ["line 2", "is empty"]),
    (None, 3, ["4 texts", "groups of 3"]),
])  # fmt: skip
def test_what_does_not_fit_is_refused(write, references, samples, words):
    texts = write("h.txt", "春", "夏", "秋", "冬")
    with pytest.raises(InputError) as caught:
        read_texts(texts, references and write("r.txt", *references), samples=samples, name="h")
    for word in words:
        assert word in str(caught.value)


def test_lines_end_at_line_feeds_alone(tmp_path):
    file = tmp_path / "h.txt"
    file.write_bytes("\ufeff春 \r\n\n夏\u2028秋\x0c冬\n".encode())
    assert read_lines(file) == ["春", "", "夏\u2028秋\x0c冬"]
    file.write_bytes("春\n夏".encode())
    assert read_lines(file) == ["春", "夏"]


def test_gzip(tmp_path):
    file = tmp_path / "h.txt.gz"
    file.write_bytes(gzip.compress("春\n夏\n".encode()))
    assert read_lines(file) == ["春", "夏"]
    file.write_bytes(file.read_bytes()[:-6])
    with pytest.raises(InputError, match=r"h\.txt\.gz: cannot be read"):
        read_lines(file)
    file.write_bytes("春\n".encode())
    with pytest.raises(InputError, match="cannot be read"):
        read_lines(file)


@pytest.mark.parametrize(("content", "fault"), [(b"", "no texts"), (b"\n \n", "no texts"),
                                                ("春\n".encode() + b"\xff\n", "line 2: is not UTF-8")])  # fmt: skip
def test_what_is_no_text_is_refused(tmp_path, content, fault):
    (tmp_path / "h.txt").write_bytes(content)
    with pytest.raises(InputError, match=rf"h\.txt: .*{fault}"):
        read_lines(tmp_path / "h.txt")
    with pytest.raises(InputError, match="no such file"):
        read_lines(tmp_path / "nothing.txt")
    with pytest.raises(InputError, match="cannot be read"):
        read_lines(tmp_path)
