"""What was typed on the command line, as against what stands in ``conf/``."""

from collections.abc import Sequence
from typing import Any

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from mmtg.config.plain import plain


def typed_sections(config: DictConfig, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The parts of some sections that were typed: all of one whose choice was, else the keys that were.

    So a checkpoint keeps what it was trained with, but for what this command line says.

    Args:
        config: the whole configuration.
        names: of sections.

    Returns:
        By section, plain data; sections of which nothing was typed are left out.
    """
    typed = [override.lstrip("+~").split("=")[0] for override in HydraConfig.get().overrides.task]
    found = {}
    for name in names:
        section = plain(config[name])
        keys = {key.removeprefix(f"{name}.").split(".")[0] for key in typed if key.startswith(f"{name}.")}
        if name in typed:
            found[name] = section
        elif keys:
            found[name] = {key: section[key] for key in keys}
    return found
