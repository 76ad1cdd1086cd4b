"""`events.jsonl`: how far a training is, a JSON object a line, to be followed while it runs.

    {"time": "2026-11-22T10:00:00.000+00:00", "epoch": 0.5, "step": 20, "steps": 80, "loss": 1.93,
     "validation_loss": null, "tokens_per_second": 812.5, "eta_seconds": 94.0, ...}

The last line of a training that ended has a `state`; one that was killed has none. A training that
goes on after a kill adds to the file and may report a step again: the later line counts.
"""

import json
import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import BinaryIO

from privrag.errors import TrainingError
from privrag_finetune.disk import cannot_write

FILE = "events.jsonl"


@dataclass(frozen=True, slots=True)
class Event:
    """One line; None where nothing is known."""

    time: str
    """UTC, ISO 8601."""
    step: int
    """Of the optimizer, from 1."""
    steps: int
    """Until the end, if nothing ends it early; 0: not known."""
    epoch: float
    loss: float | None = None
    """In training, mean since the line before that has one."""
    validation_loss: float | None = None
    tokens_per_second: float | None = None
    """Since this start of the training."""
    eta_seconds: float | None = None
    state: str = ""
    """`finished` or `failed` on the last line."""

    def line(self) -> bytes:
        """As it is written; what is no number is null."""
        values = {k: None if _odd(v) else v for k, v in asdict(self).items()}
        return json.dumps(values, allow_nan=False).encode() + b"\n"


_NAMES = frozenset(field.name for field in fields(Event))


class EventFile:
    """Appends lines, each in one write, so that a reader sees whole ones only."""

    def __init__(self, path: Path, *, fresh: bool = False) -> None:
        """Open or make the file (0600); the torn last line of a killed training is taken off.

        `fresh`: the first line takes the place of all that stand there.
        """
        self._path = path
        self._fresh = fresh
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            whole = path.read_bytes().rfind(b"\n") + 1
            os.ftruncate(self._file, whole)
        except OSError as error:
            raise self._unwritable(error) from None

    def add(self, event: Event) -> None:
        """Write one line. Raises TrainingError, as on a full disk."""
        line = event.line()
        try:
            if self._fresh:
                os.ftruncate(self._file, 0)
                self._fresh = False
            written = os.write(self._file, line)
            if written < len(line):
                os.write(self._file, line[written:])
        except OSError as error:
            raise self._unwritable(error) from None

    def close(self) -> None:
        os.close(self._file)

    def _unwritable(self, error: OSError) -> TrainingError:
        return cannot_write(self._path.name, self._path.parent, error.errno)


def read_events(path: Path) -> list[Event]:
    """The whole lines there are; none without the file."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    return [event for line in data.splitlines(keepends=True) if (event := _event(line))]


def follow(
    path: Path, *, alive: Callable[[], bool], since: str = "", poll_seconds: float = 0.5
) -> Iterator[Event]:
    """Each event as it is written, from `since` on, until the training ended.

    It ends behind a line with a state, and once `alive` says no and all was read. The file may not
    be there yet, its folder may be renamed while it is read, and a training that begins anew may
    write over what an earlier one left.
    """
    opened: BinaryIO | None = None
    torn = b""
    try:
        while True:
            last_look = not alive()
            if opened is None and path.is_file():
                opened = path.open("rb")
            if opened is not None and os.fstat(opened.fileno()).st_size < opened.tell():
                opened.seek(0)
                torn = b""
            *lines, torn = (torn + (opened.read() if opened else b"")).split(b"\n")
            for line in lines:
                event = _event(line + b"\n")
                if event is not None and event.time >= since:
                    yield event
                    if event.state:
                        return
            if last_look:
                return
            time.sleep(poll_seconds)
    finally:
        if opened is not None:
            opened.close()


def _event(line: bytes) -> Event | None:
    """None for a torn line, and for one of another program."""
    if not line.endswith(b"\n"):
        return None
    try:
        values = json.loads(line)
        return Event(**{name: value for name, value in values.items() if name in _NAMES})
    except (ValueError, TypeError, AttributeError):
        return None


def _odd(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
