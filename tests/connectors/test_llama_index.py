"""The bridge to LlamaIndex: what a node shows, and to whom."""

import asyncio
import subprocess
import sys
import threading

import pytest
from llama_index.core.schema import MetadataMode, QueryBundle

from privrag.blocking import Rag
from privrag.records import Viewer
from privrag_connectors.llama_index import PrivragRetriever
from tests.opened import open_small

RENT = "Marta Lindqvist pays the rent for the Aarhus depot on the first of each month."
LEAVE = "Every employee has thirty days of paid leave in each calendar year."


class SmallSyncRag(Rag):
    """`Rag` around an open home with the fakes for models."""

    def __init__(self, home):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.rag = self._wait(open_small(home))


@pytest.fixture
def rag(tmp_path):
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "rent.txt").write_text(RENT)
    (docs / "leave.txt").write_text(LEAVE)
    with SmallSyncRag(tmp_path / "home") as opened:
        opened.sync(docs)
        yield opened


def test_a_node_is_a_hit_with_its_place(rag):
    found = PrivragRetriever(rag, k=1).retrieve("How many days of paid leave?")
    (hit,) = rag.search("How many days of paid leave?", 1)
    assert [n.node.node_id for n in found] == [hit.chunk.id]
    assert found[0].score == hit.score
    assert found[0].node.text == LEAVE
    assert found[0].node.metadata == {
        "uri": hit.uri,
        "title": "leave",
        "page": None,
        "start": 0,
        "end": len(LEAVE),
    }


def test_names_are_shown_only_to_a_viewer_who_may_reveal(rag):
    question = "Who pays the rent for the Aarhus depot?"
    owner = Viewer("owner", owner=True, reveal=True)
    guest = Viewer("guest")
    texts = [
        PrivragRetriever(rag, k=1, viewer=viewer).retrieve(question)[0].node.text
        for viewer in (None, guest, owner)
    ]
    assert all("Marta" not in text and "PERSON_" in text for text in texts[:2])
    assert texts[2] == RENT


def test_the_files_address_and_title_stay_out_of_prompts_and_embeddings(rag):
    (found,) = PrivragRetriever(rag, k=1).retrieve("Who pays the rent?")
    for mode in (MetadataMode.LLM, MetadataMode.EMBED):
        assert found.node.get_content(mode) == found.node.text


def test_an_unknown_collection_gives_no_nodes(rag):
    assert PrivragRetriever(rag, collection="elsewhere").retrieve("rent") == []


def test_it_works_inside_a_running_loop(rag):
    retriever = PrivragRetriever(rag, k=1)

    async def ask():
        inside = retriever.retrieve("paid leave")
        return inside, await retriever.aretrieve(QueryBundle("paid leave"))

    inside, awaited = asyncio.run(ask())
    assert [n.node.text for n in inside] == [n.node.text for n in awaited] == [LEAVE]


def test_without_llama_index_the_error_names_the_install_command():
    script = (
        "import sys; sys.modules['llama_index.core'] = None\n"
        "from privrag.errors import MissingExtraError\n"
        "try:\n"
        "    import privrag_connectors.llama_index\n"
        "except MissingExtraError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert "pip install 'privrag[llama-index]'" in done.stdout
