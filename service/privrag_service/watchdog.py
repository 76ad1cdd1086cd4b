"""Runs one command and takes its whole process tree down when the parent ends, however it ends.

    python -I watchdog.py STOP_SECONDS COMMAND...      (standard library only; never imported)

Standard input is a pipe that the parent holds open and never writes to: its end means that the
parent is gone, `kill -9` included. As a "child subreaper" (prctl(2)) this process inherits every
orphan below it, so that nothing escapes by a second fork or a session of its own.
"""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_CHILD_SUBREAPER = 36
_CHECK_SECONDS = 0.5
_POLL_SECONDS = 0.02
_TRACKER_SECONDS = 2


def main(stop_seconds: float, command: list[str]) -> int:
    """Run until the command, the parent or a SIGTERM ends it; gives the command's exit status."""
    libc = ctypes.CDLL(None)
    parent = os.getppid()
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake)
    stops: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stops.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(  # noqa: S603 - the supervisor's own command
        command,
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0),  # noqa: PLW1509 - this process has no threads
    )
    deadline: float | None = None
    while (status := _reap(child.pid)) is None:
        readable, _, _ = select.select([0, woken], [], [], _CHECK_SECONDS)
        if 0 in readable or os.getppid() != parent:
            break
        if woken in readable:
            os.read(woken, 64)
        if stops and deadline is None:
            deadline = time.monotonic() + stop_seconds
            os.kill(child.pid, signal.SIGTERM)
        if deadline is not None and time.monotonic() > deadline:
            break
    _kill_everything_below()
    return 128 + signal.SIGKILL if status is None else status


def _reap(child: int) -> int | None:
    """Collect what has ended; gives the exit status of `child` once that has."""
    status = None
    while True:
        try:
            pid, raw = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status
        if pid == 0:
            return status
        if pid == child:
            code = os.waitstatus_to_exitcode(raw)
            status = code if code >= 0 else 128 - code


def _kill_everything_below() -> None:
    """Kill until nothing is left; a killed process hands its children over to us.

    Python's resource trackers may live a moment longer: they remove the shared memory (400 MB a
    server) that the killed ones leave in `/dev/shm`, and end when nobody is left to watch.
    """
    deadline = time.monotonic() + _TRACKER_SECONDS
    while True:
        late = time.monotonic() > deadline
        for pid in _descendants(os.getpid()):
            if late or not _is_tracker(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if ended == 0:
            time.sleep(_POLL_SECONDS)


def _is_tracker(pid: int) -> bool:
    try:
        return b"multiprocessing.resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _descendants(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(errors="replace")
            except OSError:
                continue
            parent = int(stat.rpartition(")")[2].split()[1])  # pid (name) state ppid ...
            children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
