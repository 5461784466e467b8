"""A released file to a store."""

from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.data.released import convert as convert_pickle
from mmtg.errors import InputError
from mmtg.logging.progress import bytes_bar

SOURCES = ("pickle",)


def convert(config: DictConfig) -> None:
    """Converts ``task.input`` to ``task.output`` and prints what it held.

    Args:
        config: the whole configuration.

    Raises:
        InputError: unknown source, or a mistake in the file.
    """
    task = plain(config.task)
    if task["source"] not in SOURCES:
        raise InputError(f"'{task['source']}' is unknown; choose {', '.join(SOURCES)}", field="task.source")
    sizes = {name: config.data[name] for name in ("steps", "lines_per_step", "vector_dtype")}
    with bytes_bar(f"converting {task['input']}") as progress:
        summary = convert_pickle(
            task["input"],
            task["output"],
            **sizes,
            width=task["width"],
            overwrite=task["overwrite"],
            progress=progress,
        )
    print(f"{task['output']}: " + ", ".join(f"{name} {value}" for name, value in summary.items()))
