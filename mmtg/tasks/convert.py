"""A released file to a store, posts as text to records, a folder of pictures to LMDB."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.data.post_vocabulary import read_post_vocabulary
from mmtg.data.posts.convert import convert_posts
from mmtg.data.posts.pictures_lmdb import folder_pictures, write_pictures
from mmtg.data.posts.plain_file import PlainFile
from mmtg.data.posts.post import PostTokens
from mmtg.data.released import convert as convert_pickle
from mmtg.errors import InputError
from mmtg.logging.progress import bytes_bar, track


def convert(config: DictConfig) -> None:
    """Converts ``task.input`` to ``task.output`` and prints what it held.

    Args:
        config: the whole configuration.

    Raises:
        InputError: unknown source, or a mistake in the file.
    """
    task = plain(config.task)
    if task["source"] not in _SOURCES:
        raise InputError(f"'{task['source']}' is unknown; choose {', '.join(_SOURCES)}", field="task.source")
    summary = _SOURCES[task["source"]](config, task)
    print(f"{task['output']}: " + ", ".join(f"{name} {value}" for name, value in summary.items()))


def _pickle(config: DictConfig, task: Mapping[str, Any]) -> Mapping[str, Any]:
    sizes = {name: config.data[name] for name in ("steps", "lines_per_step", "vector_dtype")}
    with bytes_bar(f"converting {task['input']}") as progress:
        return convert_pickle(
            task["input"],
            task["output"],
            **sizes,
            width=task["width"],
            overwrite=task["overwrite"],
            progress=progress,
        )


def _posts(config: DictConfig, task: Mapping[str, Any]) -> Mapping[str, Any]:
    if task["vocabulary"] is None:
        raise InputError("is null; name the vocab.txt that the model will use", field="task.vocabulary")
    vocabulary = read_post_vocabulary(Path(task["vocabulary"]), field="task.vocabulary")
    tokens = PostTokens(vocabulary, text=task["text_tokens"], reply=task["reply_tokens"])
    options = {name: task[name] for name in ("published_ids", "overwrite")}
    return convert_posts(task["input"], task["output"], tokens, **options)


def _pictures(config: DictConfig, task: Mapping[str, Any]) -> Mapping[str, Any]:
    keys = None if task["keys"] is None else PlainFile.read(Path(task["keys"]), "did").names("all_did")
    pictures = folder_pictures(task["input"], keys, max_pixels=task["max_pixels"])
    shown = track(pictures, f"converting {task['input']}", total=None if keys is None else len(keys))
    return {"pictures": write_pictures(task["output"], shown, overwrite=task["overwrite"])}


_SOURCES: dict[str, Callable[[DictConfig, Mapping[str, Any]], Mapping[str, Any]]] = {
    "pickle": _pickle,
    "posts": _posts,
    "pictures": _pictures,
}
