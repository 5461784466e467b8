"""From configuration nodes to plain data."""

from typing import Any

from omegaconf import OmegaConf


def plain(node: Any) -> Any:
    """A node as plain resolved data.

    Args:
        node: a node of a configuration.

    Returns:
        Dicts, lists, numbers and strings.

    Raises:
        omegaconf.errors.MissingMandatoryValue: a value that must be given is not.
    """
    return OmegaConf.to_container(node, resolve=True, throw_on_missing=True)
