"""What can be said of the loggers before anything is prepared. Imports nothing heavy."""

import netrc
import os
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from mmtg.errors import InputError

MODES = ("auto", "online", "offline")
PACKAGES = {"tensorboard": "tensorboard", "mlflow": "mlflow"}
"""Sections of ``conf/logger`` that need a package, which the extra of the same name brings."""
STORES = ("file", "http", "https", "sqlite", "postgresql", "mysql", "mssql", "databricks")
"""Kinds of addresses that MLflow keeps runs under; what has none is a folder."""


def refuse_loggers(settings: Mapping[str, Any]) -> None:
    """Refuses unknown modes and addresses, and loggers whose package is missing.

    Args:
        settings: the section ``logger``.

    Raises:
        InputError: naming the setting.
    """
    if settings["wandb"]["enabled"]:
        wandb_mode(settings["wandb"])
    for section, package in PACKAGES.items():
        if settings[section]["enabled"] and find_spec(package) is None:
            raise InputError(
                f"needs the package {package}, which is not installed: pip install -e '.[{section}]'",
                field=f"logger.{section}.enabled",
            )
    if settings["mlflow"]["enabled"]:
        _refuse_store(settings["mlflow"]["tracking_uri"])


def _refuse_store(uri: str | None) -> None:
    """Refuses an address that MLflow does not know what to do with."""
    kind, found, _ = (uri or "").partition("://")
    if found and kind.split("+")[0] not in STORES:
        raise InputError(
            f"'{uri}' is unknown; choose a folder or {', '.join(STORES)}://", field="logger.mlflow.tracking_uri"
        )


def wandb_mode(settings: Mapping[str, Any]) -> str:
    """The mode of W&B.

    Args:
        settings: the section ``logger.wandb``.

    Returns:
        One of ``MODES``.

    Raises:
        InputError: it is none of them.
    """
    mode = str(settings["mode"])
    if mode not in MODES:
        raise InputError(f"'{mode}' is unknown; choose {', '.join(MODES)}", field="logger.wandb.mode")
    return mode


def has_key() -> bool:
    """Whether a W&B key is at hand, in the environment or in the netrc file; a mode set there wins."""
    if os.environ.get("WANDB_MODE") in ("offline", "disabled", "dryrun"):
        return False
    if os.environ.get("WANDB_API_KEY"):
        return True
    try:
        hosts = netrc.netrc().hosts
    except (OSError, netrc.NetrcParseError):
        return False
    return any("wandb" in host for host in hosts)
