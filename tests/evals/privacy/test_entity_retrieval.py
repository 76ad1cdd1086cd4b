"""The experiment on invented cases: who is asked about, what each system sees, what is reported."""

import asyncio
import json

import numpy as np
import pytest

from privrag.index import IndexSettings, open_index
from privrag.index.protocol import EmbeddedChunk, IndexQuery
from privrag.records import Chunk, SafeText, Scope, Source
from privrag_evals.pii.data import read_gold
from privrag_evals.privacy.entity_retrieval import entity_retrieval, exact_matches
from privrag_evals.privacy.known_items import documents_of, paragraphs_of, questions_about
from privrag_evals.privacy.memory_index import MemoryIndex
from privrag_evals.privacy.sides import GoldDetector, make_task
from tests.fakes import HashEmbedder

PEOPLE = ("Marta Lindqvist", "Femi Adeyemi", "Linh Pham", "Jonas Keller")
LINES = (
    "{} signed the lease for the northern depot without asking anybody.",
    "Later {} complained about broken chargers behind the second warehouse.",
    "Nobody knows whether {} returned those borrowed measuring instruments yesterday.",
)


def line(text: str) -> dict:
    spans = []
    for number, name in enumerate(PEOPLE):
        at = text.find(name)
        while at >= 0:
            spans.append(
                {"start": at, "end": at + len(name), "label": "PERSON", "entity": str(number)}
            )
            at = text.find(name, at + 1)
    return {"text": text, "spans": spans}


@pytest.fixture
def texts(tmp_path):
    file = tmp_path / "marked.jsonl"
    rows = [line("\n".join(x.format(name) for x in LINES) + "\nShort line.") for name in PEOPLE]
    file.write_text("\n".join(map(json.dumps, rows)))
    return read_gold(file)


def test_a_question_names_a_marked_entity_and_two_words_of_its_paragraph_only(texts):
    paragraphs = paragraphs_of(texts)
    assert len(paragraphs) == 12
    by_id = {p.id: p for p in paragraphs}
    for item in questions_about(paragraphs, queries=None, seed=0):
        home = by_id[item.paragraph]
        first, second = item.text.removesuffix("?").split(" regarding ")[1].split()
        assert item.surface in home.text
        assert first in home.text
        assert second in home.text
        assert item.shared_by == 3


def test_the_same_seed_asks_the_same_and_another_seed_something_else(texts):
    paragraphs = paragraphs_of(texts)
    ask = lambda seed: questions_about(paragraphs, queries=6, seed=seed)  # noqa: E731
    assert ask(1) == ask(1)
    assert ask(1) != ask(2)


def test_halves_share_no_case_and_leave_none_out(texts):
    first, second = make_task(texts, queries=None, seed=0).halves
    assert first | second == {0, 1, 2, 3}
    assert not first & second


def test_offsets_of_a_case_document_are_those_of_its_text(texts):
    for document, own in documents_of(paragraphs_of(texts)):
        for block, paragraph in zip(document.blocks, own, strict=True):
            assert document.text[block.start : block.end] == paragraph.text


def test_an_exact_match_is_a_whole_word_in_any_case(texts):
    task = make_task(texts, queries=None, seed=0)
    matches = exact_matches(task)
    held = [[p.case == item.case for p in task.paragraphs] for item in task.items]
    assert (matches == np.array(held)).all()


def test_pseudonymized_retrieval_finds_the_person_where_redacted_text_cannot(texts):
    task = make_task(texts, queries=None, seed=0)
    result = entity_retrieval(
        texts, embedder=HashEmbedder(), detector=GoldDetector(task), queries=None, seed=0
    )
    recall = {name: s["all"]["recall_at_5"]["mean"] for name, s in result["systems"].items()}
    assert recall["ours, gold marks"] == recall["ours, detector"] == 1.0
    assert recall["redacted"] < 1.0
    assert result["queries"]["all"] == result["queries"]["half_1"] + result["queries"]["half_2"]
    assert not any(name in json.dumps(result) for name in PEOPLE)


def test_memory_ranks_as_the_embedded_engine(tmp_path):
    embedder = HashEmbedder()
    words = ["rent", "depot", "lease", "charger", "north", "invoice", "key", "gate", "lamp", "bolt"]
    texts = [" ".join(words[n % 7 : n % 7 + 4] + words[: n % 5]) + f" w{n}" for n in range(30)]
    chunks = [
        Chunk(f"00000000-0000-0000-0000-{n:012d}",
              Source(f"d{n}", f"v{n}", "default", "main", ("*",)),
              SafeText(text), SafeText(""), 0, len(text), None, "paragraph", (),
              frozenset({"PERSON_4SD2GZD3"} if n % 3 == 0 else ()))
        for n, text in enumerate(texts)
    ]  # fmt: skip
    items = [EmbeddedChunk(c, v) for c, v in zip(chunks, embedder.embed(texts), strict=True)]

    async def scores(index):
        await index.upsert(items)
        question = SafeText("rent for the depot w7 and the gate")
        query = IndexQuery(embedder.embed([question])[0], question, frozenset({"PERSON_4SD2GZD3"}))
        legs = await index.search(query, scope=Scope("default"), limit=30)
        await index.close()
        return [{h.chunk.id: h.score for h in leg} for leg in (legs.dense, legs.sparse, legs.by_id)]

    async def both():
        edge = await open_index(
            IndexSettings(), path=tmp_path / "index", identity=embedder.identity
        )
        return await scores(edge), await scores(MemoryIndex())

    engine, memory = asyncio.run(both())
    for one, other in zip(engine, memory, strict=True):
        assert one.keys() == other.keys()
        assert list(one.values()) == pytest.approx([other[key] for key in one], rel=1e-3)
