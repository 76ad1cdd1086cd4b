"""A client that leaves stops its generator; a full service says so at once."""

import socket
import threading
import time

import httpx
import pytest

from privrag_service.settings import ServiceSettings
from tests.service.scripted import PIECES, ScriptedRag, answer, eventually

pytestmark = pytest.mark.alone

SETTINGS = ServiceSettings(max_concurrent_requests=2, ping_seconds=0.1)
ASK = [{"role": "user", "content": "What is the rent?"}]


def open_request(address: str, *, stream: bool) -> socket.socket:
    """Send a request by hand and read nothing yet."""
    body = httpx.Request(
        "POST", address, json={"model": "privrag", "messages": ASK, "stream": stream}
    ).content
    host, port = address.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    connection.sendall(
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n"
        b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
    )
    return connection


@pytest.mark.parametrize("stream", [True, False])
def test_leaving_before_the_first_piece_stops_the_generator(
    rag: ScriptedRag, address: str, stream: bool
):
    rag.script = (60, answer())
    with open_request(address, stream=stream):
        assert eventually(lambda: rag.running == 1)
    assert eventually(lambda: rag.running == 0)


def test_leaving_in_the_middle_of_a_stream_stops_the_generator(rag: ScriptedRag, address: str):
    rag.script = ("first", 60, answer())
    with open_request(address, stream=True) as connection:
        received = b""
        while b"first" not in received:
            received += connection.recv(4096)
        assert rag.running == 1
    assert eventually(lambda: rag.running == 0)


def test_leaving_in_the_middle_of_an_answer_stops_the_generator(rag: ScriptedRag, address: str):
    rag.script = ("first", 60, answer())
    with open_request(address, stream=False):
        assert eventually(lambda: rag.running == 1)
        time.sleep(0.1)
    assert eventually(lambda: rag.running == 0)


def test_the_first_piece_does_not_wait_for_the_network(rag: ScriptedRag, address: str):
    rag.script = ("first", 0.3, answer("first"))
    times = []
    with httpx.Client(base_url=address) as client:
        for _ in range(3):
            started = time.monotonic()
            body = {"model": "privrag", "messages": ASK, "stream": True}
            with client.stream("POST", "/v1/chat/completions", json=body) as reply:
                next(line for line in reply.iter_lines() if "first" in line)
                times.append(time.monotonic() - started)
    assert min(times) < 0.03  # 0.043 with Nagle's algorithm and delayed acknowledgements


def test_a_generator_that_never_waits_does_not_block_the_others(rag: ScriptedRag, address: str):
    rag.script = (*("x" for _ in range(200_000)), answer())
    with open_request(address, stream=True) as connection:
        connection.recv(1000)
        started = time.monotonic()
        assert httpx.get(f"{address}/healthz").status_code == 200
        assert time.monotonic() - started < 1
    assert eventually(lambda: rag.running == 0)


def test_a_reader_who_takes_nothing_slows_the_generator_down(rag: ScriptedRag, address: str):
    piece = "x" * 10_000
    taken = []
    rag.script = _Counting(taken, piece, 20_000)
    with open_request(address, stream=True) as connection:
        assert eventually(lambda: len(taken) > 0)
        time.sleep(0.3)
        connection.recv(1000)
        assert len(taken) < 2_000  # 20 MB: what sockets buffer; without limits it were 200 MB
    assert eventually(lambda: rag.running == 0)


class _Counting:
    """A script that notes how far it was read."""

    def __init__(self, taken: list[int], piece: str, pieces: int) -> None:
        self._taken, self._piece, self._pieces = taken, piece, pieces

    def __iter__(self):
        for number in range(self._pieces):
            self._taken.append(number)
            yield self._piece


def test_one_request_too_many_is_503_and_a_place_becomes_free_again(rag: ScriptedRag, address: str):
    rag.script = ("first", 60, answer())
    body = {"model": "privrag", "messages": ASK}
    with open_request(address, stream=True), open_request(address, stream=False):
        assert eventually(lambda: rag.running == 2)
        reply = httpx.post(f"{address}/v1/chat/completions", json=body)
        assert reply.status_code == 503
        assert reply.headers["retry-after"] == "1"
        assert reply.json()["error"]["type"] == "server_error"
        assert len(rag.calls) == 2
        assert httpx.get(f"{address}/v1/models").status_code == 200
    assert eventually(lambda: rag.running == 0)
    rag.script = (*PIECES, answer())
    assert httpx.post(f"{address}/v1/chat/completions", json=body).status_code == 200


def test_many_answers_at_once_do_not_mix(rag: ScriptedRag, address: str):
    rag.script = ("a", 0.05, "b", 0.05, answer("ab"))
    body = {"model": "privrag", "messages": ASK, "stream": True}
    replies: list[int] = []

    def ask() -> None:
        reply = httpx.post(f"{address}/v1/chat/completions", json=body)
        replies.append(reply.status_code)
        if reply.status_code == 200:
            assert reply.text.endswith("data: [DONE]\n\n")

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(replies) <= {200, 503}
    assert replies.count(200) >= 2
