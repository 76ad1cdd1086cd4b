"""What figures of speed and memory depend on besides the code."""

import contextlib
import os
import platform
import resource
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any


def this_machine() -> dict[str, Any]:
    """Cores, processor, and our version."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "cpu": cpu_name(),
        "python": platform.python_version(),
        "privrag": version_of("privrag"),
    }


def cpu_name() -> str:
    """As the processor calls itself."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def version_of(package: str) -> str | None:
    """None if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def peak_memory_mb() -> float:
    """Of this process, in its life."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
