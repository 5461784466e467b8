"""Memory of this process."""

from pathlib import Path

KB = 1024
MB = 1e6


def peak_mb() -> float:
    """The most it has held, in megabytes, since its program began.

    ``getrusage`` does not say that: a process inherits the greatest size of the one that started it.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * KB / MB
