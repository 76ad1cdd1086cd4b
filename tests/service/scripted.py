"""A rag that says what the test wrote down, and a real server around it on a loopback port."""

import asyncio
import contextlib
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from openai import OpenAI

from privrag.audit import Head
from privrag.errors import AuditError
from privrag.feedback import Feedback, Opinion
from privrag.records import Answer, Citation, Usage, Viewer
from privrag.settings import Settings
from privrag_service.keys import KeyStore
from privrag_service.serve import StopRequest, bind, serve
from privrag_service.settings import ServiceSettings

CITATION = Citation(
    marker="[1]",
    uri="file:///docs/Lease%20A.pdf",
    title="Lease A",
    page=3,
    start=10,
    end=40,
    quote="The rent is 900 euros a month.",
    support=0.8,
)
FEEDBACK = Feedback(
    id="fb-1", answer="chatcmpl-1", tenant="acme", user="ab", time=1, thumb="down", state="pending"
)
PIECES = ("The rent ", "is 900 euros [1]", ".")


def answer(text: str = "".join(PIECES), **changes: object) -> Answer:
    values: dict[str, object] = {
        "text": text,
        "citations": (CITATION,),
        "refused": False,
        "usage": Usage(prompt_tokens=20, completion_tokens=7),
    }
    return Answer(**(values | changes))  # type: ignore[arg-type]


@dataclass
class ScriptedRag:
    """Plays `script` for every question: pieces, the Answer, exceptions, numbers to sleep."""

    script: Sequence[object] = (*PIECES, answer())
    plain: Sequence[str] | Exception = ("base", "org/adapter")
    names: Sequence[str] = ("hr", "main")
    ready: bool = True
    index_up: bool = True
    head: Head | None = field(default_factory=lambda: Head("acme", 3, "ab" * 32))
    settings: Settings = field(default_factory=lambda: Settings(tenant="acme"))
    home: Path = Path("/nowhere")
    calls: list[dict[str, object]] = field(default_factory=list)
    opinion: Feedback | Exception = FEEDBACK
    """What comes of feedback."""
    running: int = 0
    """Generators that were started and have not cleaned up."""
    closed: bool = False

    def reset(self) -> None:
        """Back to the defaults, in place: a server may hold this object."""
        assert eventually(lambda: self.running == 0)
        self.__init__()  # type: ignore[misc]

    async def stream(self, question: str, **given: object) -> AsyncIterator[str | Answer]:
        async for item in self._play({"question": question} | given):
            yield item

    async def chat(
        self,
        messages: Sequence[tuple[str, str]],
        *,
        model: str,
        viewer: Viewer,
        options: Mapping[str, object],
    ) -> AsyncIterator[str | Answer]:
        call = {"messages": tuple(messages), "model": model, "viewer": viewer, "options": options}
        async for item in self._play(call):
            yield item

    async def give_feedback(self, answer_id: str, opinion: Opinion, *, viewer: Viewer) -> Feedback:
        self.calls.append({"answer_id": answer_id, "opinion": opinion, "viewer": viewer})
        if isinstance(self.opinion, Exception):
            raise self.opinion
        return self.opinion

    async def models(self) -> list[str]:
        if isinstance(self.plain, Exception):
            raise self.plain
        return list(self.plain)

    async def collections(self) -> list[str]:
        return list(self.names)

    async def index_ready(self) -> bool:
        return self.index_up

    async def generator_ready(self) -> bool:
        return self.ready

    async def audit_head(self) -> Head:
        if self.head is None:
            raise AuditError("cut")
        return self.head

    async def close(self) -> None:
        self.closed = True

    async def _play(self, call: dict[str, object]) -> AsyncIterator[str | Answer]:
        self.calls.append(call)
        self.running += 1
        try:
            for item in self.script:
                if isinstance(item, Exception):
                    raise item
                if isinstance(item, int | float):
                    await asyncio.sleep(item)
                elif isinstance(item, str | Answer):
                    yield item
        finally:
            self.running -= 1


@contextlib.contextmanager
def live(
    rag: ScriptedRag,
    keys: KeyStore,
    settings: ServiceSettings | None = None,
    *,
    host: str = "127.0.0.1",
) -> Iterator[str]:
    """The service on a free port of this machine; gives its address."""
    listener = bind(host, 0)
    port = listener.getsockname()[1]
    started = threading.Event()
    handles: list[tuple[asyncio.AbstractEventLoop, StopRequest]] = []

    async def run() -> None:
        stop = StopRequest()
        handles.append((asyncio.get_running_loop(), stop))
        started.set()
        await serve(rag, settings or ServiceSettings(), keys, listener, stop)

    def serve_in_thread() -> None:
        try:
            asyncio.run(run())
        finally:
            listener.close()

    thread = threading.Thread(target=serve_in_thread, daemon=True)
    thread.start()
    started.wait(10)
    assert eventually(lambda: not thread.is_alive() or _listens(port), 15)
    assert thread.is_alive(), "the server ended; pytest shows the thread's exception"
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop, stop = handles[0]
        loop.call_soon_threadsafe(stop.ask)
        thread.join(20)
        assert not thread.is_alive()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def openai_client(address: str, key: str = "none") -> Iterator[OpenAI]:
    """The real client, strict about every field."""
    with OpenAI(
        base_url=f"{address}/v1", api_key=key, _strict_response_validation=True, max_retries=0
    ) as client:
        yield client


def eventually(condition: Callable[[], bool], seconds: float = 5) -> bool:
    """Whether a condition becomes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def fake_python(folder: Path) -> Path:
    """An "interpreter" that runs the fake vLLM, whatever module it is asked for."""
    script = folder / "python"
    fake = Path(__file__).with_name("fake_vllm.py")
    script.write_text(f'#!/bin/sh\nexec {sys.executable} {fake} "$@"\n')
    script.chmod(0o755)
    return script
