"""A folder made to the format of COCO's captions with Karpathy's splits and grid features."""

import json

import h5py
import numpy as np

ANNOTATIONS = "annotations/dataset_coco.json"
FEATURES = {name: f"data/grid_features/maskrcnn_{name}_grid8.h5" for name in ("train", "valid")}
SPLITS = {"train": 8, "restval": 2, "val": 2, "test": 3}
"""Images of each split."""

THINGS, PLACES = ("cat", "dog", "tower", "horse"), ("house", "river", "hill")
ENDS = ("", "at night", "in the rain", "in spring", "alone")


def names():
    """The images' names with their splits: those of train and the others have files of their own."""
    return [
        (f"COCO_{'train' if split == 'train' else 'val'}2014_{100 * group + i:012}", split)
        for group, (split, count) in enumerate(SPLITS.items())
        for i in range(count)
    ]


def captions(i):
    """Three to six captions of an image."""
    ends = [*ENDS, "by day"][: 3 + i % 4]
    return [f"a {THINGS[i % 4]} by the {PLACES[i % 3]} {end}".split() for end in ends]


def content():
    """Of the captions' file."""
    images = [
        {
            "filename": f"{name}.jpg",
            "cocoid": int(name[-12:]),
            "split": split,
            "sentences": [{"tokens": tokens, "raw": " ".join(tokens)} for tokens in captions(i)],
        }
        for i, (name, split) in enumerate(names())
    ]
    return {"images": images, "dataset": "coco"}


def write(root, *, width=2048, seed=0):
    """All files; cells are of no common length and not below 0, as a detector's are."""
    random = np.random.default_rng(seed)
    for path in (ANNOTATIONS, *FEATURES.values()):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / ANNOTATIONS).write_text(json.dumps(content()), encoding="utf-8")
    for file, path in FEATURES.items():
        with h5py.File(root / path, "w") as kept:
            for name, _ in names():
                if ("train" in name) == (file == "train"):
                    cells = np.maximum(random.normal(size=(8, 8, width)), 0) * random.gamma(2, 4, (8, 8, 1))
                    kept.create_dataset(f"{name}/features", data=cells.astype(np.float32))
    return root


def change(root, name, cells):
    """Replaces the cells of an image; None removes it."""
    with h5py.File(root / FEATURES["train" if "train" in name else "valid"], "r+") as kept:
        del kept[name]
        if cells is not None:
            kept.create_dataset(f"{name}/features", data=cells)
