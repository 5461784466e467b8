"""The page on this machine alone: no analytics, no shared link, nothing from the net, nothing left behind."""

import logging
import os
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from mmtg.errors import InputError
from mmtg.playground.offer import Offer
from mmtg.playground.page import css
from mmtg.playground.writing import Playground

BREAK_OFF = 10
"""An upload of so many times the bytes that a picture may have is broken off; of smaller ones it is said why not."""

QUIET: dict[str, Any] = {
    "share": False,
    "ssr_mode": False,
    "mcp_server": False,
    "pwa": False,
    "enable_monitoring": False,
    "run_history": False,
    "allowed_paths": [],
    "footer_links": [],
    "quiet": True,
    "prevent_thread_lock": True,
}


def check_gradio() -> None:
    """Whether there can be a page.

    Raises:
        InputError: Gradio is missing.
    """
    if find_spec("gradio") is None:
        raise InputError("needs Gradio: pip install -e '.[play]'", field="task=play")


def check_address(host: str, port: int | None) -> None:
    """Whether a page can be served there; Gradio itself would try long.

    Args:
        host: a name or an address of this machine.
        port: None for any.

    Raises:
        InputError: it is not this machine's, or taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port or 0), family=family).close()
    except (OSError, OverflowError) as error:
        raise InputError(f"cannot be had ({error})", field=f"task.host={host}, task.port={port}") from error


@contextmanager
def served(playground: Playground, offer: Offer, *, host: str, port: int | None, open_browser: bool) -> Iterator[str]:
    """A page that is there as long as this lasts.

    Args:
        playground: the systems.
        offer: what else is on the page.
        host: the machine's name or address under which it is reached.
        port: None for a free one.
        open_browser: whether to show it.

    Yields:
        Its address.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    logging.getLogger("httpx").setLevel(logging.WARNING)  # Gradio asks its own server whether it is there
    with tempfile.TemporaryDirectory(prefix="mmtg-play-") as folder:
        os.environ["GRADIO_TEMP_DIR"] = folder  # of uploads and of pictures that are drawn
        import gradio as gr

        from mmtg.playground.app import Page

        blocks = Page(playground, offer).blocks
        _, address, _ = blocks.launch(
            server_name=host,
            server_port=port,
            inbrowser=open_browser,
            max_file_size=BREAK_OFF * playground.limits.max_bytes,
            theme=gr.themes.Default(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
            css=css(),
            **QUIET,
        )
        try:
            yield address
        finally:
            blocks.close(verbose=False)


def wait_for_ctrl_c() -> None:
    """Waits until somebody types Ctrl-C."""
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print()
