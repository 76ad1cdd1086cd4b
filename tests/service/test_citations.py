import io
import json
import logging

import pytest

from privrag.records import Citation
from privrag_service.citations import annotations, citation_url, context
from privrag_service.logs import JsonLines
from tests.service.scripted import CITATION, answer


def cited(uri: str, page: int | None = None, marker: str = "[1]") -> Citation:
    return Citation(marker, uri, "T", page, 0, 1, "quote", 0.5)


@pytest.mark.parametrize(
    ("uri", "page", "url"),
    [
        ("file:///a/b.pdf", 3, "file:///a/b.pdf#page=3"),
        ("file:///a/b.txt", None, "file:///a/b.txt"),
        ("file:///a/Stra%C3%9Fe%20%231.pdf", 1, "file:///a/Stra%C3%9Fe%20%231.pdf#page=1"),
        ("file:///a/Straße 1.pdf", 1, "file:///a/Stra%C3%9Fe%201.pdf#page=1"),
        ("mail:box#7", 2, "mail:box#7&page=2"),
    ],
)
def test_the_url_is_encoded_once_and_points_to_the_page(uri: str, page: int | None, url: str):
    assert citation_url(cited(uri, page)) == url


def test_every_place_of_a_marker_is_annotated_in_the_order_of_the_text():
    citations = (cited("x:1", marker="[1]"), cited("x:2", marker="[2]"), cited("x:3", marker="[3]"))
    text = "A [2] b [1][2], [10]."
    found = annotations(answer(text, citations=citations))
    places = [(a.url_citation.start_index, a.url_citation.url) for a in found]
    assert places == [(2, "x:2"), (8, "x:1"), (11, "x:2")]
    assert all(text[a.url_citation.start_index] == "[" for a in found)


def test_offsets_count_characters_not_bytes():
    [annotation] = annotations(answer("Größe 🙂 [1]", citations=(CITATION,)))
    assert annotation.url_citation.start_index == 8


def test_a_citation_without_a_place_is_still_in_the_context():
    reply = answer("No marker.", citations=(cited("https://x/y"),))
    assert annotations(reply) == []
    [only] = context(reply).citations
    assert (only.filepath, only.chunk_id, only.content) == (None, "[1]", "quote")


def test_an_exception_is_logged_as_type_and_place_only():
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("tests.service.json_lines")
    logger.addHandler(handler)
    logger.propagate = False
    try:
        raise ValueError("Brunhilde lives here")
    except ValueError:
        logger.exception("something failed")
    line = json.loads(stream.getvalue())
    assert line["error"] == "ValueError"
    assert line["place"].startswith("test_citations.py:")
    assert "Brunhilde" not in stream.getvalue()
