import numpy as np
import pytest
import torch

from mmtg.encoders.base import Encoder, content_fingerprint, in_batches, pick_device
from mmtg.encoders.precomputed import PrecomputedEncoder
from mmtg.encoders.tokens import token_table
from mmtg.errors import InputError


class Counting:
    """Gives each text a vector of its own, and remembers what it was asked for."""

    width = 4
    fingerprint = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode_images(self, pictures: list) -> torch.Tensor:
        raise AssertionError

    def encode_texts(self, texts: list[str]) -> torch.Tensor:
        self.asked += texts
        rows = [torch.randn(4, generator=torch.Generator().manual_seed(hash(text) % 2**31)) for text in texts]
        return torch.nn.functional.normalize(torch.stack(rows), dim=1)


SPECIAL = {"[PAD]", "[UNK]"}


def test_every_row_is_the_vector_of_its_token() -> None:
    encoder = Counting()
    table = token_table(encoder, ["[PAD]", "月", "##ing", "ing", "[UNK]", "##"], special=SPECIAL, seed=1)
    assert table.shape == (6, 4)
    assert table.dtype == np.float32
    assert sorted(encoder.asked) == ["##", "ing", "月"]
    np.testing.assert_allclose(table[1], encoder.encode_texts(["月"])[0])
    np.testing.assert_array_equal(table[2], table[3])
    np.testing.assert_allclose(np.linalg.norm(table, axis=1), 1, atol=1e-6)


def test_special_tokens_depend_on_name_and_seed_only() -> None:
    one = token_table(Counting(), ["[PAD]", "月", "[UNK]"], special=SPECIAL, seed=1)
    two = token_table(Counting(), ["[UNK]", "[PAD]"], special=SPECIAL, seed=1)
    np.testing.assert_array_equal(one[[2, 0]], two)
    assert not np.allclose(one[0], one[2])
    assert not np.allclose(one[0], token_table(Counting(), ["[PAD]"], special=SPECIAL, seed=2))


def test_special_tokens_need_no_encoder() -> None:
    table = token_table(PrecomputedEncoder(8), ["[PAD]", "[UNK]"], special=SPECIAL, seed=1)
    assert table.shape == (2, 8)
    assert token_table(PrecomputedEncoder(8), [], special=SPECIAL, seed=1).shape == (0, 8)


def test_precomputed_says_what_to_do() -> None:
    encoder = PrecomputedEncoder(8)
    assert isinstance(encoder, Encoder)
    with pytest.raises(InputError, match=r"text '月'.*encoder=clip"):
        encoder.encode_texts(["月"])
    with pytest.raises(InputError, match=r"picture.*encoder=clip"):
        encoder.encode_images([])
    with pytest.raises(InputError, match="at least 1"):
        PrecomputedEncoder(0)


def test_batches_join_to_unit_rows() -> None:
    sizes = []

    def encode(items: list[int]) -> torch.Tensor:
        sizes.append(len(items))
        return torch.tensor([[float(item), 0.0] for item in items])

    vectors = in_batches([3, 4, 5], encode, batch_size=2, width=2)
    assert sizes == [2, 1]
    torch.testing.assert_close(vectors, torch.tensor([[1.0, 0.0]] * 3))


def test_fingerprint_follows_every_part() -> None:
    weights = {"a": torch.zeros(2), "b": torch.tensor(1.0, dtype=torch.bfloat16)}
    base = content_fingerprint(weights, {"x": 1})
    assert base == content_fingerprint(dict(reversed(weights.items())), {"x": 1})
    others = [
        content_fingerprint(weights, {"x": 2}),
        content_fingerprint({**weights, "a": torch.ones(2)}, {"x": 1}),
        content_fingerprint({**weights, "a": torch.zeros(1, 2)}, {"x": 1}),
        content_fingerprint({"a": weights["a"], "c": weights["b"]}, {"x": 1}),
    ]
    assert len({base, *others}) == 5


def test_devices_by_name() -> None:
    assert pick_device("cpu").type == "cpu"
    with pytest.raises(InputError, match="no device 'moon'"):
        pick_device("moon")
