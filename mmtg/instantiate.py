"""The one place where a configuration names code to run."""

import inspect
import os
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import hydra.utils
from omegaconf import DictConfig, OmegaConf

from mmtg.errors import InputError

ALLOWED = ("mmtg", "pytorch_lightning", "lightning", "torch", "torchmetrics", "transformers")
"""Packages whose classes and functions a configuration may name."""

TRUSTED = "MMTG_TRUST"
"""The environment variable that holds the user's further packages, with commas between them.

It stands outside configurations and checkpoints, which come from strangers; processes that a run starts inherit it.
"""


def trust(*packages: str) -> None:
    """Lets configurations and checkpoints name the code of further packages or modules, such as a system of one's own.

    It holds for this process and those it starts. On the command line: ``MMTG_TRUST=my_package python run.py ...``.

    Args:
        *packages: names as they are imported.

    Raises:
        InputError: what is given is no name of a package.
    """
    for package in packages:
        if not all(part.isidentifier() for part in package.split(".")):
            raise InputError(f"'{package}' is no name of a package", field=TRUSTED)
    os.environ[TRUSTED] = ",".join(dict.fromkeys((*_trusted(), *packages)))


def _trusted() -> tuple[str, ...]:
    names = (name.strip() for name in os.environ.get(TRUSTED, "").split(","))
    return tuple(name for name in names if name)


def _allowed() -> tuple[str, ...]:
    return *ALLOWED, *_trusted()


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
    held = OmegaConf.to_container(config, resolve=True) if isinstance(config, DictConfig) else config
    plain: dict[str, Any] = dict(held)  # type: ignore[arg-type]
    target = str(plain.get("_target_"))
    found = find(plain)
    _check_arguments(target, found, {**plain, **arguments})
    with _whitelist():  # partial, so that Hydra does not turn the arguments into configurations
        make = hydra.utils.instantiate({**plain, "_partial_": True}, _convert_="all", _recursive_=False)
    return make(**arguments)


def find(config: DictConfig | Mapping[str, Any]) -> Any:
    """What ``config._target_`` names, without building it.

    Args:
        config: a node with ``_target_``.

    Returns:
        The class or function.

    Raises:
        InputError: the target lies outside the allowed packages, or does not exist.
    """
    target = str(config.get("_target_"))
    if not target.startswith(tuple(f"{package}." for package in _allowed())):
        what = f"may not build '{target}'; allowed are {', '.join(_allowed())}; {TRUSTED}=PACKAGE adds one of your own"
        raise InputError(what, field="_target_")
    try:
        return hydra.utils.get_object(target)
    except (ImportError, AttributeError, ValueError, hydra.errors.HydraException) as error:
        raise InputError(f"cannot find '{target}' ({' '.join(str(error).split())})", field="_target_") from error


def _check_arguments(target: str, found: Any, arguments: Mapping[str, Any]) -> None:
    """Refuses arguments that the target does not take, and asks for those it needs."""
    given = {name: value for name, value in arguments.items() if not name.startswith("_")}
    try:
        inspect.signature(found).bind(**given)
    except TypeError as error:
        raise InputError(str(error), field=target) from None


def _whitelist() -> AbstractContextManager[Any]:
    """Hydra 1.4 asks for the allowed packages; earlier versions have no such call."""
    whitelist = getattr(hydra.utils, "execution_whitelist", None)
    return whitelist([f"{package}.*" for package in _allowed()]) if whitelist else nullcontext()
