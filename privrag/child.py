"""A child process that answers JSON requests, one at a time, under limits of its own.

Parsing untrusted files and finding identities run in such children. A child

- has a ceiling on its address space, set before it loads anything;
- answers within the caller's time limit or is killed, and the next request starts a fresh one;
- never outlives its parent, however the parent ends (it watches its parent's pid);
- shows nothing on stdout or stderr: a library's traceback may hold private text;
- gets its own temporary directory, which the parent removes.

Messages are frames: eight bytes of length, big endian, then UTF-8 JSON.
"""

import contextlib
import json
import os
import resource
import select
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn

from privrag.errors import PrivragError
from privrag.memory import trim_memory
from privrag.scratch import Scratch

_FRAME_HEADER_BYTES = 8
_PARENT_CHECK_SECONDS = 0.5
_LARGE_BYTES = 1 << 20
_PASSED_ON = frozenset(
    {"PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "CUDA_VISIBLE_DEVICES"}
)
_PASSED_ON_PREFIXES = ("PYTHON", "OMP_", "MKL_", "COVERAGE_")


class ChildTimeoutError(PrivragError):
    """The child gave no answer in time and was killed."""


class ChildDiedError(PrivragError):
    """The child ended without an answer (out of memory, crash); `exit_code` as Popen gives it."""

    def __init__(self, message: str, exit_code: int | None) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class ChildOverflowError(PrivragError):
    """The child's answer is larger than allowed; it was killed."""


class Child:
    """Parent's end. Not safe for use from several threads at once."""

    def __init__(self, module: str, *, memory_mb: int, max_answer_mb: int = 256) -> None:
        """Take the module to run (its `__main__` calls `serve`); the process starts lazily."""
        self._module = module
        self._memory_mb = memory_mb
        self._max_answer_bytes = max_answer_mb * 2**20
        self._process: subprocess.Popen[bytes] | None = None
        self._temp: Scratch | None = None

    def request(self, message: dict[str, Any], *, timeout_seconds: float) -> dict[str, Any]:
        """Send one message and wait for its answer.

        Raises ChildTimeoutError, ChildDiedError or ChildOverflowError; the next call starts afresh.
        """
        process = self._running()
        deadline = time.monotonic() + timeout_seconds
        try:
            self._send(process, json.dumps(message).encode())
            header = self._receive(process, _FRAME_HEADER_BYTES, deadline)
            size = int.from_bytes(header, "big")
            if size > self._max_answer_bytes:
                raise ChildOverflowError(f"the answer exceeds {self._max_answer_bytes >> 20} MB")
            answer: dict[str, Any] = json.loads(self._receive(process, size, deadline))
        except BaseException:
            self.close()
            raise
        return answer

    def close(self) -> None:
        """Kill the child and remove its temporary directory; closing twice is no error."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()
            process.wait()
        temp, self._temp = self._temp, None
        if temp is not None:
            temp.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        self._temp = Scratch()
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a signal to the terminal's group is the parent's to handle
            env=_plain_environment()
            | {
                "TMPDIR": str(self._temp.path),
                "PRIVRAG_CHILD_MEMORY_MB": str(self._memory_mb),
                "PRIVRAG_CHILD_TEMP": str(self._temp.path),
                "PRIVRAG_CHILD_PARENT": str(os.getpid()),
            },
        )
        return self._process

    def _send(self, process: subprocess.Popen[bytes], payload: bytes) -> None:
        assert process.stdin is not None  # noqa: S101 - opened as a pipe above
        try:
            process.stdin.write(len(payload).to_bytes(_FRAME_HEADER_BYTES, "big") + payload)
            process.stdin.flush()
        except OSError as error:
            raise self._died(process) from error

    def _receive(self, process: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
        assert process.stdout is not None  # noqa: S101 - opened as a pipe above
        fd = process.stdout.fileno()
        parts: list[bytes] = []
        while size > 0:
            remaining = deadline - time.monotonic()
            if remaining <= 0 or not select.select([fd], [], [], remaining)[0]:
                raise ChildTimeoutError("no answer in time")
            part = os.read(fd, min(size, 1 << 20))
            if not part:
                raise self._died(process)
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    @staticmethod
    def _died(process: subprocess.Popen[bytes]) -> ChildDiedError:
        try:
            code: int | None = process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            code = None
        return ChildDiedError(f"the child process ended (exit {code})", code)


def _plain_environment() -> dict[str, str]:
    """What a program needs to run; keys and passwords of the parent are not among it."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }


def serve(handle: Callable[[dict[str, Any]], dict[str, Any]]) -> NoReturn:
    """Child's end: answer requests until the parent goes away. `handle` must not raise."""
    memory = int(os.environ["PRIVRAG_CHILD_MEMORY_MB"]) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    end_with_parent(int(os.environ["PRIVRAG_CHILD_PARENT"]))
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    while header := requests.read(_FRAME_HEADER_BYTES):
        size = int.from_bytes(header, "big")
        message = json.loads(requests.read(size))
        payload = json.dumps(handle(message)).encode()
        answers.write(len(payload).to_bytes(_FRAME_HEADER_BYTES, "big") + payload)
        answers.flush()
        if size > _LARGE_BYTES or len(payload) > _LARGE_BYTES:
            del message, payload
            trim_memory()  # it may rest for long now
    _leave()


def end_with_parent(parent: int) -> None:
    """Leave as soon as the parent of this pid is gone, even in the middle of a long computation.

    The parent itself says its pid: it may be gone before this is called.
    """
    threading.Thread(target=_wait_for_the_end, args=(parent,), daemon=True).start()


def _wait_for_the_end(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_PARENT_CHECK_SECONDS)
    _leave()


def _leave() -> NoReturn:
    temp = os.environ.get("PRIVRAG_CHILD_TEMP")
    if temp:
        shutil.rmtree(temp, ignore_errors=True)
    os._exit(0)
