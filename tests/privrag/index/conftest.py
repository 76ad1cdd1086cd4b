"""The backends that every contract test runs on.

`memory` is the server backend on the client's `:memory:` mode, an imitation; with QDRANT_URL set
and `-m qdrant` the same tests run on a live server.
"""

import asyncio
import os
import uuid
from contextlib import asynccontextmanager

import pytest
from qdrant_client import AsyncQdrantClient

from privrag.index import IndexSettings, open_index
from privrag.index.server import ServerIndex
from tests.privrag.index.examples import IDENTITY


class Backend:
    """Opens the same index as often as asked, with whatever identity and language."""

    def __init__(self, kind, path):
        self.kind = kind
        self.path = path
        self.name = f"privrag-test-{uuid.uuid4().hex}"
        self.memory = AsyncQdrantClient(":memory:") if kind == "memory" else None

    @asynccontextmanager
    async def opened(self, identity=IDENTITY, language="english"):
        url = os.environ["QDRANT_URL"] if self.kind == "live" else None
        settings = IndexSettings(url=url, collection_name=self.name, language=language)
        if self.memory:
            index = await ServerIndex.open(settings, identity, client=self.memory)
        else:
            index = await open_index(settings, path=self.path, identity=identity)
        try:
            yield index
        finally:
            await index.close()

    def clean(self):
        if self.kind == "live":
            client = AsyncQdrantClient(url=os.environ["QDRANT_URL"], check_compatibility=False)
            asyncio.run(client.delete_collection(self.name))


@pytest.fixture(
    params=[
        "edge",
        "memory",
        pytest.param(
            "live",
            marks=[
                pytest.mark.qdrant,
                pytest.mark.skipif("QDRANT_URL" not in os.environ, reason="QDRANT_URL not set"),
            ],
        ),
    ]
)
def backend(request, tmp_path):
    made = Backend(request.param, tmp_path / "index")
    yield made
    made.clean()


@pytest.fixture
def run(backend):
    """Run `steps(index)` on a fresh index; gives what it returns."""

    def call(steps, *chunks):
        async def whole():
            async with backend.opened() as index:
                await index.upsert(chunks)
                return await steps(index)

        return asyncio.run(whole())

    return call
