"""Weights and experiences drawn by the recipe of the golden numbers."""

import json
import zlib

import numpy as np
import torch


class Golden:
    """One folder of golden numbers."""

    def __init__(self, folder):
        self.described = json.loads((folder / "forward.json").read_text(encoding="utf-8"))
        self.arrays = np.load(folder / "forward.npz")
        self.prefix = self.described["draw_prefix"]

    def draw(self, name, shape, scale):
        random = np.random.RandomState(zlib.crc32((self.prefix + name).encode()))
        values = random.standard_normal(int(np.prod(shape))) * scale
        return values.astype(np.float32).reshape(shape)

    def weights(self):
        """Published names to tensors."""
        drawn = {}
        for name, shape in self.described["parameters"].items():
            values = self.draw(name, shape, 0.02)
            if ("ln_" in name or "ln_layer" in name) and name.endswith("weight"):
                values = values + np.float32(1)
            if name.startswith("mm_atten_layer.att_matrices") or "inner_atten" in name:
                values = values * np.float32(2)
            if name.endswith("wte.weight"):
                values[13317:] = 0
            drawn[name] = torch.from_numpy(values)
        drawn["decoder.gpt2.lm_head.weight"] = drawn["decoder.gpt2.transformer.wte.weight"]
        return drawn

    def token_table(self):
        return torch.from_numpy(self.draw("token_id2emb", (13317, 2048), 0.5))

    def vectors(self, i):
        """Topic [W], images [5, W], texts [5, W] of an experience."""
        images = np.stack([self.draw(f"img_emb/{i}/{j}", (2048,), 1) for j in range(5)])
        texts = np.stack([self.draw(f"r_emb/{i}/{j}", (2048,), 1) for j in range(5)])
        return self.draw(f"topic_emb/{i}", (2048,), 1), images, texts
