"""Golden numbers on disk, and the recipe by which their weights and experiences are drawn.

A folder holds ``forward.json`` and ``forward.npz``, perhaps ``decode.json``; or a pair ``NAME.json``, ``NAME.npz`` for
each variant, whose poems stand in another folder. Every weight is drawn from its published name, so that no file of
weights is needed.
"""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmtg.data.batch import Batch
from mmtg.data.layout import Layout
from mmtg.data.module import text_tensors
from mmtg.errors import InputError

WEIGHT_SCALE, TOKEN_SCALE, ATTENTION_FACTOR = 0.02, 0.5, 2
TOKENS, WIDTH, STEPS = 13317, 2048, 5


class Golden:
    """One set of golden numbers.

    Args:
        folder: where it lies.
        name: of its files, without ending.
        base: where the poems stand, if not in the same file.

    Raises:
        InputError: a file is missing or broken.
    """

    def __init__(self, folder: Path, name: str, *, base: Path | None = None) -> None:
        self.name, self.folder = name, folder
        self.described = read_json(folder / f"{name}.json")
        self.arrays = read_arrays(folder / f"{name}.npz")
        texts = self.described if "poems" in self.described else read_json((base or folder) / "forward.json")
        try:
            self.prefix: str = self.described["draw_prefix"]
            self.layers: int = self.described["n_layer"]
            self.shapes: Mapping[str, list[int]] = self.described["parameters"]
            self.poems, self.topics, self.ratings = texts["poems"], texts["topics"], texts["ratings"]
        except KeyError as error:
            raise InputError("is missing", file=folder / f"{name}.json", field=str(error.args[0])) from None

    def draw(self, name: str, shape: tuple[int, ...], scale: float) -> np.ndarray:
        """Numbers drawn by their name, float32."""
        random = np.random.RandomState(zlib.crc32((self.prefix + name).encode()))
        values = random.standard_normal(int(np.prod(shape))) * scale
        return values.astype(np.float32).reshape(shape)

    def weights(self) -> dict[str, Tensor]:
        """Published names to weights."""
        drawn = {}
        for name, shape in self.shapes.items():
            values = self.draw(name, tuple(shape), WEIGHT_SCALE)
            norm = any(part in name for part in ("ln_", ".norm1.", ".norm2."))
            if norm and name.endswith("weight"):
                values = values + np.float32(1)
            if name.startswith("mm_atten_layer.att_matrices") or "inner_atten" in name:
                values = values * np.float32(ATTENTION_FACTOR)
            if name.endswith("wte.weight"):
                values[TOKENS:] = 0
            drawn[name] = torch.from_numpy(values)
        drawn["decoder.gpt2.lm_head.weight"] = drawn["decoder.gpt2.transformer.wte.weight"]
        return drawn

    def token_table(self) -> Tensor:
        """Vectors of the tokens, [V, W]."""
        return torch.from_numpy(self.draw("token_id2emb", (TOKENS, WIDTH), TOKEN_SCALE))

    def batch(self, layout: Layout) -> Batch:
        """The experiences as model input."""
        count = len(self.poems)
        present = torch.ones(count, STEPS, dtype=torch.bool)
        return Batch(
            **text_tensors(range(count), self.topics, self.poems, layout),
            topic_vector=torch.from_numpy(np.stack([self.draw(f"topic_emb/{i}", (WIDTH,), 1) for i in range(count)])),
            image_vectors=self._vectors("img_emb", count),
            text_vectors=self._vectors("r_emb", count),
            image_present=present,
            text_present=present,
            rating=torch.tensor(self.ratings),
            heard=torch.zeros(count, 0, 0),
        )

    def _vectors(self, name: str, count: int) -> Tensor:
        """Vectors of the steps, [B, T, W]."""
        rows = [[self.draw(f"{name}/{i}/{j}", (WIDTH,), 1) for j in range(STEPS)] for i in range(count)]
        return torch.from_numpy(np.array(rows))


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object.

    Args:
        path: the file.

    Returns:
        The object.

    Raises:
        InputError: no such file, or no JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise InputError("no such file", file=path) from None
    except ValueError as error:
        raise InputError(f"is not JSON ({error})", file=path) from None
    if not isinstance(content, dict):
        raise InputError("holds no JSON object", file=path)
    return content


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an ``.npz`` file.

    Args:
        path: the file.

    Returns:
        The arrays by name.

    Raises:
        InputError: no such file, or not of that format.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except OSError as error:
        raise InputError(f"cannot be read ({error})", file=path) from None
    except ValueError as error:
        raise InputError(f"holds no plain arrays ({error})", file=path) from None
