"""The settings of the index and the choice of a backend."""

import asyncio
import subprocess
import sys

import pytest
from pydantic import ValidationError

from privrag.errors import MissingExtraError
from privrag.index import IndexSettings, open_index
from privrag.index.edge import EdgeIndex
from tests.privrag.index.examples import IDENTITY


def test_the_default_is_the_embedded_engine(tmp_path):
    async def steps():
        index = await open_index(IndexSettings(), path=tmp_path, identity=IDENTITY)
        await index.close()
        return index

    assert isinstance(asyncio.run(steps()), EdgeIndex)


def test_a_missing_client_is_named_with_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "qdrant_client", None)
    monkeypatch.delitem(sys.modules, "privrag.index.server", raising=False)
    settings = IndexSettings(url="http://127.0.0.1:6333")
    with pytest.raises(MissingExtraError, match=r"pip install 'privrag\[qdrant\]'"):
        asyncio.run(open_index(settings, path=tmp_path, identity=IDENTITY))


def test_the_embedded_engine_does_not_load_the_client():
    program = "import sys, privrag.index.edge; print('qdrant_client' in sys.modules)"
    out = subprocess.check_output([sys.executable, "-c", program], text=True)
    assert out == "False\n"


@pytest.mark.parametrize("url", ["", "localhost:6333", "ftp://host", "http://", "hunter2"])
def test_an_address_that_is_none_is_refused_without_repeating_it(url):
    with pytest.raises(ValidationError, match="index.url expects an address such as") as caught:
        IndexSettings(url=url)
    assert "hunter2" not in str(caught.value)


def test_a_wrong_language_is_refused_with_those_allowed():
    with pytest.raises(ValidationError, match=r"'danish', .*'english', .*'turkish'"):
        IndexSettings(language="klingon")


def test_an_unknown_setting_is_refused():
    with pytest.raises(ValidationError, match="urll"):
        IndexSettings(urll="http://127.0.0.1:6333")


def test_the_key_does_not_show():
    assert "hunter2" not in repr(IndexSettings(api_key="hunter2"))
