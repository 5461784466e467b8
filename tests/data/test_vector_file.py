"""Vectors are read from where they stand in the file, however the system cuts reading up, or the file is refused."""

import os
import pickle
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmtg.data.table import Table
from mmtg.data.vector_file import VectorFile
from mmtg.errors import InputError

WIDTH, COUNT = 5, 40
VECTORS = np.random.default_rng(0).normal(size=(COUNT, WIDTH)).astype(np.float16)


def column(vectors: np.ndarray, width: int = WIDTH) -> pa.Array:
    return pa.FixedSizeListArray.from_arrays(pa.array(vectors.reshape(-1)), width)


def write(path: Path, chunks: list[pa.Array], **options: object) -> Path:
    schema = pa.schema({"vector": chunks[0].type})
    with (
        pa.OSFile(str(path), "wb") as file,
        pa.ipc.new_stream(file, schema, options=pa.ipc.IpcWriteOptions(**options)) as to,
    ):
        for chunk in chunks:
            to.write(pa.record_batch([chunk], schema=schema))
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Chunks of several lengths, one empty, one a slice of a longer one."""
    whole = column(VECTORS)
    return write(tmp_path_factory.mktemp("v") / "v.arrow", [whole[:7], whole[7:8], whole[8:8], whole[8:40]])


def rows(file: VectorFile, numbers: np.ndarray) -> np.ndarray:
    held, places = file.read(numbers)
    return held[places]


@settings(max_examples=40, deadline=None)
@given(numbers=st.lists(st.integers(-1, COUNT - 1), max_size=30), most=st.integers(1, 90))
def test_reads_what_was_written_however_little_comes_at_once(path, numbers, most):
    preadv, asked = os.preadv, np.array(numbers, np.int32)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "preadv", lambda file, parts, offset: preadv(file, [parts[0][:most]], offset))
        read = rows(VectorFile(path, WIDTH, COUNT), asked)
    np.testing.assert_array_equal(read, np.where(asked[:, None] < 0, np.float16(0), VECTORS[asked]))


def test_another_process_opens_it_anew_and_it_is_closed(path):
    file = VectorFile(path, WIDTH, COUNT)
    sent = pickle.loads(pickle.dumps(file))
    descriptors = file.file, sent.file
    assert descriptors[0] != descriptors[1]
    np.testing.assert_array_equal(rows(sent, np.arange(COUNT)), VECTORS)
    del file, sent
    for descriptor in descriptors:
        with pytest.raises(OSError):
            os.fstat(descriptor)


def test_a_file_cut_while_open(path, tmp_path):
    copy = tmp_path / "copy.arrow"
    copy.write_bytes(path.read_bytes())
    file = VectorFile(copy, WIDTH, COUNT)
    os.truncate(copy, copy.stat().st_size - 200)
    with pytest.raises(InputError, match=r"copy\.arrow: ends before its end"):
        file.read(np.arange(COUNT))


def test_other_files_are_refused_by_name(path, tmp_path):
    def refused(file: Path, width: int = WIDTH, count: int = COUNT) -> None:
        with pytest.raises(InputError, match=file.name):
            VectorFile(file, width, count)

    refused(tmp_path / "missing")
    refused(path, width=4)
    refused(path, count=COUNT + 1)
    refused(
        write(tmp_path / "compressed", [column(np.zeros((COUNT, 400), np.float16), 400)], compression="zstd"), width=400
    )
    refused(write(tmp_path / "none", [pa.array([None, [0.5] * WIDTH], pa.list_(pa.float32(), WIDTH))]), count=2)
    refused(write(tmp_path / "whole_numbers", [column(np.zeros((COUNT, WIDTH), np.int32))]))
    refused(write(tmp_path / "lists", [pa.array([[0.5] * WIDTH] * COUNT)]))
    good = path.read_bytes()
    for cut in range(0, len(good) - 60, 37):
        (tmp_path / "cut").write_bytes(good[:cut])
        refused(tmp_path / "cut")


def test_an_empty_table(tmp_path):
    file = VectorFile(write(tmp_path / "empty", [column(VECTORS[:0])]), WIDTH, 0)
    assert rows(file, np.array([-1, -1])).tolist() == [[0.0] * WIDTH] * 2
    assert rows(file, np.zeros(0, np.int32)).shape == (0, WIDTH)


def test_rows_of_tables(tmp_path, path):
    table = Table(path, ("vector",), COUNT)
    sent = pickle.loads(pickle.dumps(table))
    assert [sent.row(i)["vector"] for i in (0, 7, 8, 39)] == VECTORS[[0, 7, 8, 39]].tolist()
    assert len(pickle.dumps(table)) < 1000
    for columns, count in ((("other",), COUNT), (("vector",), COUNT - 1)):
        with pytest.raises(InputError, match=path.name):
            Table(path, columns, count)
    (tmp_path / "noise").write_bytes(b"noise" * 99)
    with pytest.raises(InputError, match="noise"):
        Table(tmp_path / "noise", ())
