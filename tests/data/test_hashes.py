"""Hashes of texts that were there."""

from mmtg.data.hashes import Hashes


def test_a_text_is_new_once():
    hashes = Hashes()
    assert all(hashes.add(str(i)) for i in range(5000))  # it grows three times
    assert not any(hashes.add(str(i)) for i in range(5000))
    assert hashes.add("5000")
