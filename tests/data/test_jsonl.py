import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmtg.data.experience import Experience, Step, check_experience
from mmtg.data.jsonl import read_jsonl
from mmtg.errors import InputError

GOOD = {
    "id": "a",
    "topic": "思乡",
    "steps": [{"image": "moon.png", "text": "看见月亮"}, {"image": None, "text": None}, {"text": "河"}],
    "lines": ["一", "二", "三", "四", "五", "六"],
    "rating": 4,
}


def read(path: Path, need_lines: bool = False, max_pixels: int = 10_000, steps: int = 3) -> list[Experience]:
    return list(read_jsonl(path, steps=steps, lines_per_step=2, need_lines=need_lines, max_pixels=max_pixels))


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def made(*records: object, prefix: bytes = b"") -> Path:
        path = tmp_path / "in.jsonl"
        lines = [
            record if isinstance(record, bytes) else json.dumps(record, ensure_ascii=False).encode()
            for record in records
        ]
        path.write_bytes(prefix + b"\n".join(lines))
        return path

    return made


def test_reads_what_is_there(write: Callable[..., Path], tmp_path: Path) -> None:
    Image.new("RGB", (5, 4), "red").save(tmp_path / "moon.png")
    (experience,) = read(write(GOOD), need_lines=True)
    assert (experience.id, experience.topic, experience.rating) == ("a", "思乡", 4)
    assert experience.lines == tuple(GOOD["lines"])
    assert [step.text for step in experience.steps] == ["看见月亮", None, "河"]
    first, second, third = experience.steps
    assert first.picture is not None
    assert first.picture().size == (5, 4)
    assert first.picture_key == str(tmp_path / "moon.png")
    assert second == Step()
    assert third == Step(text="河")
    check_experience(experience, steps=3, lines_per_step=2, width=None, file="f", record="r")


def test_paths_start_at_the_file(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(GOOD)
    Image.new("RGB", (5, 4)).save(path.parent / "moon.png")
    monkeypatch.chdir("/")
    (experience,) = read(path)
    assert experience.steps[0].picture is not None
    experience.steps[0].picture()


def test_missing_steps_and_texts(write: Callable[..., Path]) -> None:
    (experience,) = read(write({"topic": "月", "steps": [{"text": "  "}, {}]}))
    assert experience.steps == (Step(), Step(), Step())
    assert (experience.id, experience.lines, experience.rating) == ("1", None, None)
    assert read(write({"topic": "月", "steps": []}))[0].steps == (Step(),) * 3


def test_ids(write: Callable[..., Path]) -> None:
    record = {"topic": "月", "steps": []}
    records = read(write(record, b"", b"  ", {**record, "id": 17}, {**record, "id": None}, b"\r\n"))
    assert [experience.id for experience in records] == ["1", "17", "5"]
    with pytest.raises(InputError, match=r"in\.jsonl: line 2: id: '1' is the id of line 1 already"):
        read(write(record, {**record, "id": 1}))


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_byte_order_mark_and_line_ends(write: Callable[..., Path], prefix: bytes, end: bytes) -> None:
    line = json.dumps(GOOD).encode() + end
    assert read(write(line, prefix=prefix))[0].topic == "思乡"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": ""}, "id: is empty"),
        ({"id": ["a"]}, "id: must be text, not a list"),
        ({"id": True}, "id: must be text, not true or false"),
        ({"id": 1.5}, "id: must be text, not a number"),
        ({"topic": None}, "topic: is missing"),
        ({"topic": "　 "}, "topic: is empty"),
        ({"topic": 3}, "topic: must be text, not a number"),
        ({"topic": "\ud800"}, "topic: holds half a surrogate"),
        ({"steps": None}, "steps: is missing"),
        ({"steps": {}}, "steps: must be a list, not an object"),
        ({"steps": [{}] * 4}, "steps: has 4 steps, at most 3"),
        ({"steps": [{}, "x"]}, r"steps\[1\]: must be an object with image and text, not text"),
        ({"steps": [None]}, r"steps\[0\]: must be an object with image and text, not null"),
        ({"steps": [{"img": "x"}]}, r"steps\[0\]: has neither image nor text, but img"),
        ({"steps": [{}, {"text": 1}]}, r"steps\[1\]\.text: must be text, not a number"),
        ({"steps": [{"image": 1}]}, r"steps\[0\]\.image: must be text, not a number"),
        ({"steps": [{"image": ""}]}, r"steps\[0\]\.image: is empty"),
        ({"lines": "一"}, "lines: must be a list, not text"),
        ({"lines": ["一"] * 5}, "lines: has 5 lines, 6 are wanted"),
        ({"lines": ["一"] * 5 + [None]}, r"lines\[5\]: must be text, not null"),
        ({"lines": None}, "lines: is missing; 6 lines are wanted"),
        ({"rating": 6}, "rating: must be a whole number from 1 to 5, not 6"),
        ({"rating": 2.5}, "rating: must be a whole number from 1 to 5, not 2.5"),
        ({"rating": True}, "rating: .* not true"),
        ({"rating": "5"}, 'rating: .* not "5"'),
    ],
)
def test_wrong_fields_are_named(write: Callable[..., Path], change: dict, message: str) -> None:
    first = {**GOOD, "id": "first"}
    broken = json.dumps({**GOOD, **change}).encode()
    with pytest.raises(InputError, match=r"in\.jsonl: line 3: " + message):
        read(write(first, b"", broken), need_lines=True)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "is not JSON"),
        (b'{"a": 1} x', "is not JSON: Extra data at character"),
        (b"[1]", "must be an object, not a list"),
        (b"null", "must be an object, not null"),
        (b'{"topic": "\xff"}', "byte 12 is not UTF-8"),
        (json.dumps(GOOD).encode("utf-16"), "not UTF-8"),
        (b"[" * 100_000, "no JSON that can be read"),
        (b'{"rating": ' + b"1" * 10_000 + b"}", "no JSON that can be read"),
    ],
)
def test_wrong_lines_are_named(write: Callable[..., Path], line: bytes, message: str) -> None:
    with pytest.raises(InputError, match=r"in\.jsonl: line 1: .*" + message) as caught:
        read(write(line))
    assert len(str(caught.value)) < 400


def test_wrong_files_are_named(write: Callable[..., Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing: there is no such file"):
        read(tmp_path / "nothing")
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path)
    with pytest.raises(InputError, match="holds no experiences"):
        read(write(b"", b" "))


def test_reads_no_further_than_asked(write: Callable[..., Path]) -> None:
    records = read_jsonl(write(GOOD, b"{"), steps=3, lines_per_step=2, need_lines=False, max_pixels=1)
    assert next(records).id == "a"


def opened(path: Path, max_pixels: int = 10_000) -> Image.Image:
    picture = read(path, max_pixels=max_pixels)[0].steps[0].picture
    assert picture is not None
    return picture()


def _png_start(wide: int, high: int) -> bytes:
    """A picture of that size as far as its header tells, and nothing behind it."""
    header = b"IHDR" + struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 99) + b"IDAT"


def _noise() -> bytes:
    target = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (50, 50, 3), dtype=np.uint8)).save(target, "PNG")
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such picture"),
        (b"", "is no picture"),
        (b"text", "is no picture of a known format"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "is no picture of a known format"),
        (_noise()[:3000], "cannot be read as a picture"),
        (_png_start(101, 100), "has 101 x 100 pixels, more than the 10000 allowed"),
        (_png_start(10_000, 10_000), "has 10000 x 10000 pixels"),
        (_png_start(60_000, 60_000), "exceeds limit"),
    ],
    ids=["missing", "empty", "text", "program", "cut", "large", "huge", "bomb"],
)
@pytest.mark.filterwarnings("ignore:Image size")
def test_wrong_pictures_are_named(write: Callable[..., Path], content: bytes | None, message: str) -> None:
    path = write(GOOD)
    if content is not None:
        (path.parent / "moon.png").write_bytes(content)
    with pytest.raises(InputError, match=r"in\.jsonl: line 1: steps\[0\]\.image: .*moon\.png: .*" + message):
        opened(path)


def test_a_folder_and_a_strange_name_are_no_pictures(write: Callable[..., Path]) -> None:
    path = write(GOOD)
    (path.parent / "moon.png").mkdir()
    with pytest.raises(InputError, match=r"steps\[0\]\.image: .*cannot be read"):
        opened(path)
    for name in ("a\0b", "a" * 300):
        with pytest.raises(InputError, match=r"steps\[0\]\.image: .*cannot be read"):
            opened(write({**GOOD, "steps": [{"image": name}]}))


def test_every_picture_comes_out_as_rgb(write: Callable[..., Path]) -> None:
    path = write(GOOD)
    target = path.parent / "moon.png"
    clear = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    clear.putpixel((1, 0), (0, 0, 0, 0))
    clear.save(target)
    picture = opened(path)
    assert picture.mode == "RGB"
    assert [picture.getpixel((x, 0)) for x in (0, 1)] == [(255, 0, 0), (255, 255, 255)]
    deep = Image.fromarray(np.array([[0, 32768, 65535]], np.uint16))
    deep.save(target)
    assert [opened(path).getpixel((x, 0)) for x in range(3)] == [(0,) * 3, (128,) * 3, (255,) * 3]
    for mode in ("1", "L", "LA", "P", "RGB"):
        Image.new(mode, (3, 2)).save(target)
        assert (opened(path).mode, opened(path).size) == ("RGB", (3, 2))
    Image.new("CMYK", (3, 2)).save(target, "JPEG")
    assert opened(path).getpixel((0, 0)) == (255, 255, 255)


def test_cameras_notes_are_obeyed(write: Callable[..., Path]) -> None:
    path = write(GOOD)
    notes = Image.Exif()
    notes[0x0112] = 6  # turn a quarter
    Image.new("RGB", (8, 2)).save(path.parent / "moon.png", "JPEG", exif=notes)
    assert opened(path).size == (2, 8)


def test_the_first_frame_is_taken(write: Callable[..., Path]) -> None:
    path = write(GOOD)
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(path.parent / "moon.png", "GIF", save_all=True, append_images=frames[1:])
    assert opened(path).getpixel((0, 0)) == (255, 0, 0)
