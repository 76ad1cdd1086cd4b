"""How the server backend tells what went wrong, without quoting anybody."""

import asyncio
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from qdrant_client import AsyncQdrantClient, models

from privrag.errors import IndexingError
from privrag.index import IndexSettings, open_index
from privrag.index.server import ServerIndex
from tests.privrag.index.examples import IDENTITY

# Said by the client's memory mode, which searches without indexes.
pytestmark = pytest.mark.filterwarnings("ignore:Payload indexes have no effect:UserWarning")


@pytest.fixture
def answering():
    """A loopback server that gives every request one status and one body; yields (url, asked)."""
    started = []

    def start(status, body):
        asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked.append((self.path, self.headers.get("api-key")))
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_args):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        started.append(server)
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server in started:
        server.shutdown()
        server.server_close()


def refused(settings, tmp_path):
    with pytest.raises(IndexingError) as caught:
        asyncio.run(open_index(settings, path=tmp_path, identity=IDENTITY))
    assert caught.value.__suppress_context__
    return str(caught.value)


def test_nobody_there(tmp_path):
    message = refused(IndexSettings(url="http://127.0.0.1:9"), tmp_path)
    assert "check index.url and that the server runs" in message
    assert list(tmp_path.iterdir()) == []  # the embedded engine is not a fallback


# Said by the client: our loopback test server speaks plain HTTP.
@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection:UserWarning")
@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key(tmp_path, answering, status):
    url, asked = answering(status, {"status": {"error": "secret words"}})
    message = refused(IndexSettings(url=url, api_key="k3y"), tmp_path)
    assert "PRIVRAG_INDEX__API_KEY" in message
    assert "k3y" not in message
    assert asked == [("/collections/privrag/exists", "k3y")]  # and no other request, no telemetry


def test_an_error_of_the_server(tmp_path, answering):
    url, _ = answering(500, {"status": {"error": "secret words"}})
    message = refused(IndexSettings(url=url), tmp_path)
    assert "HTTP 500" in message
    assert "secret" not in message


def test_something_else_at_that_address(tmp_path, answering):
    url, _ = answering(200, {"secret": "words"})
    message = refused(IndexSettings(url=url), tmp_path)
    assert "check that index.url is a Qdrant server" in message
    assert "secret" not in message


@pytest.mark.parametrize(
    ("metadata", "said"), [(None, "1.16"), ({"made": "by others"}, "new home")]
)
def test_a_collection_of_others_is_not_taken_over(metadata, said):
    async def steps():
        client = AsyncQdrantClient(":memory:")
        vectors = {"dense": models.VectorParams(size=4, distance=models.Distance.COSINE)}
        await client.create_collection("privrag", vectors_config=vectors, metadata=metadata)
        with pytest.raises(IndexingError, match=said):
            await ServerIndex.open(IndexSettings(), IDENTITY, client=client)

    asyncio.run(steps())


def test_a_handed_in_client_stays_open():
    async def steps():
        client = AsyncQdrantClient(":memory:")
        index = await ServerIndex.open(IndexSettings(), IDENTITY, client=client)
        await index.close()
        return await client.collection_exists("privrag")

    assert asyncio.run(steps())


def test_without_an_address_there_is_no_server():
    with pytest.raises(IndexingError, match=r"index\.url is not set"):
        asyncio.run(ServerIndex.open(IndexSettings(), IDENTITY))
