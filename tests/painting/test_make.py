"""A decoder that is kept: read whole, or refused by its file."""

import pytest
import torch

from mmtg.errors import InputError
from mmtg.painting.decoder import DecoderSizes, PixelDecoder
from mmtg.painting.make import FILE, _read


def decoder(widest):
    return PixelDecoder(DecoderSizes(grid=2, width=4, picture_size=16, narrowest=2, widest=widest))


def test_what_was_kept_is_read(tmp_path):
    kept = decoder(4)
    torch.save(kept.state_dict(), tmp_path / FILE)
    read = _read(tmp_path / FILE, decoder(4))
    assert not read.training
    assert all(torch.equal(value, read.state_dict()[name]) for name, value in kept.state_dict().items())


def test_other_files_are_refused(tmp_path):
    (tmp_path / "torn").write_bytes(b"torn")
    torch.save(decoder(8).state_dict(), tmp_path / "larger")
    torch.save(decoder(4), tmp_path / "pickled")  # more than tensors: never opened
    for name in ("torn", "larger", "pickled", "missing"):
        with pytest.raises(InputError, match=name):
            _read(tmp_path / name, decoder(4))
