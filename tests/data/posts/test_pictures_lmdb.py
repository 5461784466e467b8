"""Pictures in LMDB: bit for bit, in every kind of process, and what is refused."""

import hashlib
import multiprocessing
import os
import pickle

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.utils.data import DataLoader

from mmtg.data.posts import environments
from mmtg.data.posts.pictures_lmdb import LmdbPicture, PictureLmdb, folder_pictures, write_pictures
from mmtg.errors import InputError
from tests.data.posts.conftest import jpeg

LIMIT = 10_000


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1, max_size=60), st.binary(max_size=3000)))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_round_trip_bit_for_bit(tmp_path, pictures):
    count = write_pictures(tmp_path / "x", pictures.items(), overwrite=True, first_map_size=2**14)
    kept = PictureLmdb(tmp_path / "x", LIMIT)
    assert count == len(pictures)
    assert kept.names() == set(pictures)
    assert {name: kept.raw(name) for name in kept.names()} == pictures


def test_grows(tmp_path):
    big = [(str(i), os.urandom(20_000)) for i in range(600)]
    assert write_pictures(tmp_path / "x", iter(big), first_map_size=2**16) == 600
    kept = PictureLmdb(tmp_path / "x", LIMIT)
    assert all(kept.raw(name) == content for name, content in big)


def test_the_published_folder(shared):
    kept = PictureLmdb(shared / "data" / "cromic" / "example_image_lmdb", 10**6)
    raw = [kept.raw(name) for name in kept.names()]
    assert (len(raw), sum(map(len, raw))) == (10, 171_597)
    sizes = sorted(kept.picture(name).size for name in kept.names())
    assert (sizes[0], sizes[-1]) == ((256, 256), (455, 256))


@pytest.fixture
def kept(tmp_path):
    write_pictures(tmp_path / "x", [(f"{i} ", jpeg(i)) for i in range(12)])
    return PictureLmdb(tmp_path / "x", LIMIT)


def _digest(kept, queue, key):
    queue.put(hashlib.sha256(kept.raw(key)).hexdigest())


def test_forked_processes_read_what_their_parent_has_open(kept):
    kept.raw("3 ")
    fork = multiprocessing.get_context("fork")
    queue = fork.Queue()
    children = [fork.Process(target=_digest, args=(kept, queue, "3 ")) for _ in range(2)]
    for child in children:
        child.start()
    found = {queue.get(timeout=30) for _ in children}
    for child in children:
        child.join()
    assert found == {hashlib.sha256(kept.raw("3 ")).hexdigest()}


class Sizes:
    """A data set of pictures' sizes."""

    def __init__(self, kept):
        self.pictures = [LmdbPicture(kept, f"{i} ") for i in range(12)]

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        return (*self.pictures[index]().size, os.getpid())


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_loaders(kept, method):
    data = Sizes(kept)
    data[0]
    rows = list(DataLoader(data, batch_size=3, num_workers=2, multiprocessing_context=method, collate_fn=list))
    found = [row for batch in rows for row in batch]
    assert [row[:2] for row in found] == [(24, 16)] * 12
    assert os.getpid() not in {row[2] for row in found}


def test_many_folders(tmp_path, monkeypatch):
    monkeypatch.setattr(environments, "MOST_OPEN", 2)
    folders = [tmp_path / str(i) for i in range(4)]
    for number, folder in enumerate(folders):
        write_pictures(folder, [("a", bytes([number]))])
    for _ in range(2):
        assert [PictureLmdb(folder, LIMIT).raw("a") for folder in folders] == [b"\0", b"\1", b"\2", b"\3"]


def test_two_readers_of_a_folder_and_its_replacement(kept):
    other = pickle.loads(pickle.dumps(kept))
    assert other.raw("1 ") == kept.raw("1 ")
    write_pictures(kept.path, [("new", b"1")], overwrite=True)
    assert other.names() == {"new"}


def _refused(action, *words):
    with pytest.raises(InputError) as raised:
        action()
    for word in words:
        assert word in str(raised.value)


def test_what_is_refused(tmp_path, kept):
    good = jpeg(size=(300, 200))
    content = {"torn ": good[:400], "text": b"text", "large": jpeg(size=(200, 100))}
    write_pictures(tmp_path / "bad", content.items())
    bad = PictureLmdb(tmp_path / "bad", LIMIT)
    _refused(lambda: bad.picture("torn "), "bad", "'torn '", "cannot be read")
    _refused(lambda: bad.picture("text"), "bad", "'text'", "no picture of a known format")
    _refused(lambda: bad.picture("large"), "bad", "'large'", "200 x 100", str(LIMIT))
    for missing in ("none", "", "x" * 600):
        _refused(lambda name=missing: bad.raw(name), "bad", f"'{missing}'", "no such picture")
    _refused(lambda: write_pictures(tmp_path / "bad", []), "not empty")
    _refused(lambda: write_pictures(tmp_path / "y", [("a", b"1"), ("a", b"2")]), "y", "'a'", "twice")
    _refused(lambda: write_pictures(tmp_path / "y", [("", b"1")]), "y", "empty")
    assert not (tmp_path / "y").exists()


def test_folders_that_are_no_lmdb(tmp_path, kept):
    for name, change in {"none": None, "text": lambda b: b"x" * 9000, "cut": lambda b: b[: len(b) // 2]}.items():
        folder = tmp_path / name
        folder.mkdir()
        if change:
            (folder / "data.mdb").write_bytes(change((kept.path / "data.mdb").read_bytes()))
        _refused(PictureLmdb(folder, LIMIT).names, str(folder))


def test_a_folder_of_files(tmp_path):
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(jpeg(number))
    named = list(folder_pictures(folder, None, max_pixels=LIMIT))
    assert named == [(str(i), jpeg(i)) for i in range(3)]
    assert [name for name, _ in folder_pictures(folder, ["2 ", "0 "], max_pixels=LIMIT)] == ["2 ", "0 "]
    _refused(lambda: list(folder_pictures(folder, ["7 "], max_pixels=LIMIT)), "images", "'7 '")
    (folder / "1.png").write_bytes(jpeg(1, kind="PNG"))
    _refused(lambda: list(folder_pictures(folder, None, max_pixels=LIMIT)), "same name")
    (folder / "1.png").write_bytes(b"text")
    (folder / "1.jpg").unlink()
    _refused(lambda: list(folder_pictures(folder, None, max_pixels=LIMIT)), "1.png", "no picture")
