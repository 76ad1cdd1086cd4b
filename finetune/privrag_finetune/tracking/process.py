"""Tells a process that runs from one that was killed, also once its number is another's."""

import os
from pathlib import Path

_START = 22 - 3
"""Of `/proc/PID/stat`, counted behind the name, which may hold spaces (man 5 proc)."""


def this_process() -> str:
    """Names this process as no other: boot, number, and when it was started since then."""
    return _named(os.getpid()) or ""


def runs(process: str) -> bool:
    """Whether the process of this name is there."""
    boot, _, rest = process.partition(":")
    number = rest.partition(":")[0]
    return bool(boot) and number.isdigit() and _named(int(number)) == process


def _named(number: int) -> str | None:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        stat = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in {"Z", "X"} else f"{boot}:{number}:{fields[_START - 1]}"
