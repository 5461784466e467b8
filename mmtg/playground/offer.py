"""What the page offers beside the systems, from ``conf/task/play.yaml``."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.decoding.settings import DecodingSettings
from mmtg.encoders.make import world_settings
from mmtg.errors import InputError
from mmtg.world import World


@dataclass(frozen=True)
class Slider:
    """A number of the decoding settings that is set on the page.

    Attributes:
        low: the smallest.
        high: the largest, unless a checkpoint itself goes further.
        step: from one to the next.
    """

    low: float
    high: float
    step: float


@dataclass(frozen=True)
class Offer:
    """What the page offers beside the systems.

    Attributes:
        world: draws pictures and examples.
        examples: how many.
        strategies: decoding settings by name.
        sliders: by field of the decoding settings.
    """

    world: World
    examples: int
    strategies: Mapping[str, DecodingSettings]
    sliders: Mapping[str, Slider]


def offer_from(config: DictConfig, *, steps: int) -> Offer:
    """What ``config.task`` says.

    Args:
        config: the whole configuration.
        steps: of an experience of the systems.

    Returns:
        The offer; its world is the configured one, or the default world where the data are others.

    Raises:
        InputError: a slider is for no field of the decoding settings, or has no room.
    """
    task = plain(config.task)
    known = {field.name for field in fields(DecodingSettings)}
    for name, slider in task["sliders"].items():
        if name not in known:
            what = f"is no field of decoding; choose among {', '.join(sorted(known))}"
            raise InputError(what, field=f"task.sliders.{name}")
        if not slider["low"] < slider["high"] or slider["step"] <= 0:
            raise InputError("must have low < high and a step above 0", field=f"task.sliders.{name}")
    if task["examples"] < 0:
        raise InputError(f"must not be below 0, but is {task['examples']}", field="task.examples")
    return Offer(
        world=World(**{**world_settings(config), "steps": steps}),
        examples=task["examples"],
        strategies={name: DecodingSettings(**settings) for name, settings in task["strategies"].items()},
        sliders={name: Slider(**slider) for name, slider in task["sliders"].items()},
    )
