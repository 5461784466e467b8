"""Digests and texts that were there."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mmtg.data.hashes import Hashes, Numbers


def test_a_text_is_new_once():
    hashes = Hashes()
    assert all(hashes.add(str(i)) for i in range(5000))  # it grows three times
    assert not any(hashes.add(str(i)) for i in range(5000))
    assert hashes.add("5000")


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**20), different=st.integers(1, 3000), halves=st.integers(1, 40))
def test_numbers_are_those_of_a_dictionary(seed, different, halves):
    """Also where many digests have the same first or last half."""
    numbers, known = Numbers(), {}
    for i in range(4000):
        value = (seed + i * i) % different
        digest = (value % halves).to_bytes(8, "little") + (value // halves).to_bytes(8, "little")
        new = digest not in known
        assert numbers.of(digest) == (known.setdefault(digest, len(known)), new)
    assert len(numbers) == len(known)
