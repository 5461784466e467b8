"""Programs that tests need and a machine may lack: Debian's packages, without starting their services."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

POLICY = Path("/usr/sbin/policy-rc.d")
LOCK = Path(tempfile.gettempdir()) / "mmtg-tests-apt.lock"
SECONDS = {"update": 180, "install": 400}


class InstallError(RuntimeError):
    """The packages cannot be had."""


def program(name):
    """The path of a program; system folders count also where PATH leaves them out."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin:/usr/local/sbin")


def no_apt():
    """Why nothing can be installed here, in a few words; None where it can."""
    if os.geteuid() != 0:
        return "installing needs root"
    return None if program("apt-get") else "there is no apt-get to install it"


def install(packages, missing):
    """Installs packages, if something is missing; processes that want to at the same time wait for each other.

    Args:
        packages: names.
        missing: a function that gives the names of what is not there.

    Raises:
        InstallError: apt-get fails, with the end of its output; or something is missing even so.
    """
    if not missing():
        return
    with FileLock(LOCK):
        if not missing():
            return
        with _no_services():
            _apt("update", "-qq")
            _apt("install", "-y", "-qq", "--no-install-recommends", *packages)
    if missing():
        raise InstallError(f"{' and '.join(packages)} are installed, but not {', '.join(missing())}")


def _apt(verb, *arguments):
    done = subprocess.run(
        ["apt-get", "-o", "DPkg::Lock::Timeout=120", verb, *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS[verb], check=False,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    )  # fmt: skip
    if done.returncode:
        raise InstallError(f"apt-get {verb} failed: {(done.stdout + done.stderr)[-2000:]}")


@contextmanager
def _no_services():
    """Debian starts the services it installs, unless this file says no; a machine's own file is left as it is."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()
