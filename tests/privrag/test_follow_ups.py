"""A follow-up question through the whole program; whom it means was named before. All invented."""

import asyncio

import pytest

from privrag.errors import SettingsError
from privrag.records import Viewer
from privrag.settings import load_settings
from privrag_connectors.sync import sync_folders
from tests.opened import open_small

DOCUMENTS = {
    "marta": "Marta Lindqvist keeps the spare key of the tool shed in the blue cabinet.",
    "femi": "Femi Adeyemi keeps the spare key of the boat house under the third stone.",
    "linh": "Linh Pham keeps the spare key of the lighthouse behind the old clock.",
}
OWNER = Viewer("owner", owner=True, reveal=True)
BEFORE = [("user", "Who is Femi Adeyemi?"), ("assistant", "A neighbour.")]
QUESTION = "Where does he keep the spare key?"


def asked(tmp_path, question, *answers, history=(), viewer=OWNER, settings=None, reader="*"):
    """(Answer, stems of the documents found, what the generator was asked)."""
    docs = tmp_path / "docs"
    docs.mkdir(exist_ok=True)
    for name, text in DOCUMENTS.items():
        (docs / f"{name}.txt").write_text(text)

    async def main():
        overrides = {
            "prompts": {"passages": 1},
            "cite": {"min_relevance": -1},
            "sync": {"acl": {"*": [reader]}},
        } | (settings or {})
        rag = await open_small(tmp_path / "home", *answers, overrides=overrides)
        await sync_folders(rag, [docs])
        try:
            answer = await rag.ask(question, viewer=viewer, history=history)
        finally:
            await rag.close()
        return answer, rag.generator.asked

    return asyncio.run(main())


def cited(answer):
    return [citation.uri.rsplit("/", 1)[1] for citation in answer.citations]


def test_whom_a_follow_up_means_is_found_by_the_turn_before(tmp_path):
    answer, _ = asked(tmp_path, QUESTION, "x", history=BEFORE)
    assert cited(answer) == ["femi.txt"]
    assert "Femi Adeyemi" in answer.text


def test_with_rewriting_off_the_turn_before_changes_nothing(tmp_path):
    off = {"rewrite": {"by": "off"}}
    others = [("user", "Who is Linh Pham?"), ("assistant", "A keeper.")]
    first, _ = asked(tmp_path, QUESTION, "x", history=BEFORE, settings=off)
    second, _ = asked(tmp_path, QUESTION, "x", history=others, settings=off)
    assert cited(first) == cited(second)


def test_a_viewer_who_may_not_read_the_document_finds_it_by_no_follow_up(tmp_path):
    guest = Viewer("guest", reveal=True)
    answer, prompts = asked(
        tmp_path, QUESTION, "x", history=BEFORE, viewer=guest, reader="user:somebody"
    )
    assert answer.refused
    assert answer.citations == ()
    assert prompts == []


def test_a_viewer_without_the_right_is_shown_no_name_by_a_follow_up(tmp_path):
    answer, _ = asked(tmp_path, QUESTION, "x", history=BEFORE, viewer=Viewer("guest"))
    (citation,) = answer.citations
    assert "boat house" in citation.quote
    assert "Adeyemi" not in citation.quote + citation.title + citation.uri


BY_MODEL = {
    "rewrite": {"by": "model"},
    "generate": {"base_url": "http://127.0.0.1:9", "model": "m"},
}


def test_the_model_writes_the_question_out_and_sees_no_name(tmp_path):
    history = [("user", "Who lives in the boat house?"), ("assistant", "Nobody does.")]
    answer, prompts = asked(
        tmp_path,
        "Where is its spare key?",
        "Where is the spare key of the boat house?",
        "x",
        history=history,
        settings=BY_MODEL,
    )
    assert cited(answer) == ["femi.txt"]
    assert prompts[0][-1].content.endswith("Last question: Where is its spare key?")
    assert prompts[1][-1].content == "Where is its spare key?"


@pytest.mark.parametrize(
    "written", ["PERSON_4SD2GZD3 keeps it.", "Write to somebody@invented.example about the key?"]
)
def test_what_the_model_may_not_write_is_not_searched(tmp_path, written):
    answer, prompts = asked(tmp_path, QUESTION, written, "x", history=BEFORE, settings=BY_MODEL)
    assert len(prompts) == 2
    assert "Adeyemi" not in "".join(message.content for some in prompts for message in some)
    assert cited(answer) == ["femi.txt"], "the words stand in for it"


def test_without_turns_before_it_the_model_is_asked_once(tmp_path):
    _, prompts = asked(
        tmp_path, "Where is the spare key of the boat house?", "x", settings=BY_MODEL
    )
    assert len(prompts) == 1


def test_a_model_that_writes_needs_a_server(tmp_path):
    with pytest.raises(SettingsError, match=r"rewrite\.by"):
        load_settings(tmp_path, {"rewrite": {"by": "model"}})
