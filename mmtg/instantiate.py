"""The one place where a configuration names code to run."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import hydra.utils
from omegaconf import DictConfig, OmegaConf

from mmtg.errors import InputError

ALLOWED = ("mmtg.", "pytorch_lightning.", "lightning.", "torch.", "torchmetrics.", "transformers.")


def build(config: DictConfig | Mapping[str, Any], **arguments: Any) -> Any:
    """Builds the object that ``config._target_`` names.

    Args:
        config: a node with ``_target_`` and that target's arguments.
        **arguments: further arguments; they replace configured ones of the same name.

    Returns:
        The object.

    Raises:
        InputError: the target lies outside the allowed packages, does not exist, or refuses an argument.
    """
    plain = OmegaConf.to_container(config, resolve=True) if isinstance(config, DictConfig) else dict(config)
    assert isinstance(plain, dict)
    target = str(plain.get("_target_"))
    if not target.startswith(ALLOWED):
        raise InputError(f"may not build '{target}'; allowed are {', '.join(ALLOWED)}", field="_target_")
    try:
        with _whitelist():
            return hydra.utils.instantiate({**plain, **arguments}, _convert_="all", _recursive_=False)
    except hydra.errors.InstantiationException as error:
        if isinstance(error.__cause__, InputError):
            raise error.__cause__ from None
        if isinstance(error.__cause__, TypeError | ImportError | AttributeError) or error.__cause__ is None:
            raise InputError(str(error).splitlines()[0], field=target) from error
        raise


def _whitelist() -> AbstractContextManager[Any]:
    """Hydra 1.4 asks for the allowed packages; earlier versions have no such call."""
    whitelist = getattr(hydra.utils, "execution_whitelist", None)
    return whitelist([prefix + "*" for prefix in ALLOWED]) if whitelist else nullcontext()
