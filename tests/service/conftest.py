from collections.abc import Iterator
from pathlib import Path

import pytest

from privrag_service.keys import KeyStore
from privrag_service.settings import ServiceSettings
from tests.service.scripted import ScriptedRag, live


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[KeyStore]:
    store = KeyStore(tmp_path / "home" / "keys.sqlite")
    yield store
    store.close()


@pytest.fixture(scope="module")
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, ScriptedRag]]:
    """One server without keys for a whole test file, whose SETTINGS it takes."""
    rag = ScriptedRag()
    store = KeyStore(tmp_path_factory.mktemp("home") / "keys.sqlite")
    with live(rag, store, getattr(request.module, "SETTINGS", ServiceSettings())) as address:
        yield address, rag
    store.close()


@pytest.fixture
def rag(served: tuple[str, ScriptedRag]) -> ScriptedRag:
    served[1].reset()
    return served[1]


@pytest.fixture
def address(served: tuple[str, ScriptedRag], rag: ScriptedRag) -> str:
    return served[0]
