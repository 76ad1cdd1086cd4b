"""Runs the application in this process: one uvicorn worker that ends gracefully.

The first SIGTERM or SIGINT stops new requests and lets running answers finish within
`shutdown_seconds`; a second one ends at once. Either way the exit status is 0.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import uvicorn

from privrag.errors import SettingsError
from privrag.offline import is_loopback
from privrag_service.app import create_app
from privrag_service.health import Cautions, Refused
from privrag_service.keys import KeyStore
from privrag_service.logs import log_event
from privrag_service.rag_protocol import AnsweringRag
from privrag_service.settings import ServiceSettings

KEYS_FILE = "keys.sqlite"
"""In the home."""


class StopRequest:
    """What SIGTERM and SIGINT asked for so far."""

    def __init__(self) -> None:
        self.gracefully = asyncio.Event()
        self.at_once = asyncio.Event()

    def ask(self) -> None:
        """Note one signal."""
        (self.at_once if self.gracefully.is_set() else self.gracefully).set()


@contextlib.asynccontextmanager
async def stop_on_signals() -> AsyncIterator[StopRequest]:
    """Turn SIGTERM and SIGINT into a StopRequest while the context is open."""
    stop, loop = StopRequest(), asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT)
    for number in signals:
        loop.add_signal_handler(number, stop.ask)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def bind(host: str, port: int) -> socket.socket:
    """Take the address without listening on it yet. Raises SettingsError if it cannot be had."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
        family, kind, protocol, _, address = found[0]
        # With the protocol left at 0 asyncio does not turn Nagle's algorithm off, and every first
        # piece of a stream waits 40 ms for the client's delayed acknowledgement.
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        reason = error.strerror or "unknown host"
        raise SettingsError(
            f"cannot listen on {host} port {port}: {reason.lower()}; choose another with --port"
        ) from None
    return listener


def check_host(host: str, keys: KeyStore) -> None:
    """Refuse to listen beyond this machine while nobody could be told apart."""
    if not is_loopback(host) and not keys.any_active():
        raise SettingsError(
            f"{host} is not a loopback address: make an API key first with"
            " 'privrag keys create NAME'"
        )


async def serve(
    rag: AnsweringRag,
    settings: ServiceSettings,
    keys: KeyStore,
    listener: socket.socket,
    stop: StopRequest,
    *,
    refused: Refused = tuple,
    cautions: Cautions = tuple,
) -> None:
    """Serve on a bound socket until asked to stop; closes `rag` and the socket."""
    host, port = listener.getsockname()[:2]
    app = create_app(
        rag, settings, keys, local_owner=is_loopback(host), refused=refused, cautions=cautions
    )
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="on",
            ws="none",
            proxy_headers=False,  # the address of the peer decides who is local
            server_header=False,
            timeout_graceful_shutdown=settings.shutdown_seconds,
        )
    )
    watcher = asyncio.create_task(_pass_on(stop, server))
    try:
        log_event("listening", host=host, port=port)
        await server.serve(sockets=[listener])
        log_event("stopped")
    finally:
        watcher.cancel()
        await asyncio.wait({watcher})
        listener.close()


def keys_path(home: Path) -> Path:
    """Where a home keeps the digests of its API keys."""
    return home / KEYS_FILE


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn's own handling raises them again and ends with status 143."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _pass_on(stop: StopRequest, server: uvicorn.Server) -> None:
    await stop.gracefully.wait()
    log_event("stopping")
    server.should_exit = True
    await stop.at_once.wait()
    server.force_exit = True
