"""Chromium and a font with Chinese characters where they are missing."""

from pathlib import Path

from tests import debian

CHROMIUM = Path("/usr/bin/chromium")
FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
PACKAGES = ("chromium", "fonts-wqy-microhei")


def missing():
    """What is not installed: the browser, the font."""
    return [path.name for path in (CHROMIUM, FONT) if not path.exists()]


def obstacle():
    """Why this machine cannot have a browser for tests, in a few words; None where it can."""
    if missing() and (reason := debian.no_apt()):
        return f"{' and '.join(missing())} cannot be had: {reason}"
    return None


def install():
    """Installs what is missing.

    Raises:
        InstallError: apt-get fails; with the end of its output.
    """
    debian.install(PACKAGES, missing)
