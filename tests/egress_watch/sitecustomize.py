"""Copied to PYTHONPATH by `test_no_egress.py`: every process of the run reports and refuses egress.

Loopback and local sockets pass. A name look-up counts as egress even if it would fail.
"""

import os
import sys

_LOG = os.path.join(os.path.dirname(__file__), "egress.log")  # noqa: PTH118, PTH120 - too early
_LOCAL = ("127.", "::1", "localhost")


def _watch(event: str, arguments: tuple) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""
        if isinstance(address, tuple) and not str(host).startswith(_LOCAL):
            _refuse(event)
    elif event in {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}:
        host = arguments[0]
        if host is not None and not str(host).startswith(_LOCAL):
            _refuse(event)


def _refuse(event: str) -> None:
    with open(_LOG, "a") as log:  # noqa: PTH123 - pathlib is not loaded this early
        log.write(f"{event} {' '.join(sys.argv)}\n")
    raise PermissionError(f"egress: {event}")


sys.addaudithook(_watch)
