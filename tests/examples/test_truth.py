"""The figures that the example corpus is there for, on a seed that nothing was tuned on.

Real parser, recognizers, embedder and index; the generator is a script, because what it is asked
and what is quoted do not depend on it. Run with `-s` to see the figures.
"""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from privrag.pseudonym import PATTERN
from privrag.records import Answer
from tests.fakes import ScriptedGenerator

ROOT = Path(__file__).parents[2]
SEED = "2"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    script = [sys.executable, str(ROOT / "examples" / "make_corpus.py")]
    options = ["--seed", SEED, "--truth", str(folder / "truth.json")]
    subprocess.run([*script, str(folder / "corpus"), *options], check=True)
    return folder / "corpus", json.loads((folder / "truth.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def asked(corpus, tmp_path_factory):
    """What the index holds, what the model was asked, the hits and the answers."""
    from privrag.rag import AsyncRag

    folder, truth = corpus
    home = tmp_path_factory.mktemp("home")

    async def main():
        async with await AsyncRag.open(home) as rag:
            report = await rag.sync(folder)
            rag.generator = generator = ScriptedGenerator("Nothing that is supported.")
            stored = [s async for s in rag.stores.index.scroll()]
            hits, answers = [], []
            for question in truth["questions"]:
                hits.append(await rag.search(question["question"], k=5))
                answers.append(await rag.ask(question["question"]))
            return report, stored, generator.asked, hits, answers, home

    return asyncio.run(main())


def squeezed(text: str) -> str:
    """Text without pseudonyms, white space folded."""
    return " ".join(PATTERN.sub("§", text).split())


def remaining(values, text):
    return [v for v in values if re.search(rf"(?<!\w){re.escape(squeezed(v))}(?!\w)", text)]


@pytest.mark.parametrize("label", ["PERSON", "EMAIL", "PHONE", "IBAN", "ID"])
def test_identities_are_absent_from_the_index_and_from_every_prompt(corpus, asked, label):
    _, truth = corpus
    report, stored, prompts, *_ = asked
    assert report.failed == ()
    values = sorted({e["value"] for e in truth["entities"] if e["type"] == label})
    payloads = squeezed("\n".join(f"{s.chunk.context}\n{s.chunk.text}" for s in stored))
    sent = squeezed("\n".join(m.content for messages in prompts for m in messages))
    for place, text in (("index", payloads), ("prompts", sent)):
        left = remaining(values, text)
        print(f"{label} absent from {place}: {1 - len(left) / len(values):.3f} of {len(values)}")
        assert len(left) <= 0.05 * len(values), place


def test_no_file_of_the_home_holds_an_address_in_clear(corpus, asked):
    """Payloads lie uncompressed in the index's segments and write-ahead log."""
    _, truth = corpus
    home = asked[-1]
    emails = [e["value"].encode() for e in truth["entities"] if e["type"] == "EMAIL"]
    files = [file for file in home.rglob("*") if file.is_file()]
    assert {"vault.db", "manifest.db"} <= {file.name for file in files}
    for file in files:
        data = file.read_bytes()
        assert not any(email in data for email in emails), file.name


def test_the_right_page_is_among_the_first_five(corpus, asked):
    folder, truth = corpus
    _, _, _, hits, *_ = asked
    found = total = 0
    for question, top in zip(truth["questions"], hits, strict=True):
        if not question["answerable"]:
            continue
        pages = [question, *question.get("also", [])]
        wanted = {((folder / p["document"]).as_uri(), p["page"]) for p in pages}
        found += any((hit.uri, hit.page) in wanted for hit in top)
        total += 1
    print(f"right page among the first 5: {found}/{total} = {found / total:.3f}")
    assert found >= 0.85 * total


def test_every_quote_stands_on_its_page(asked):
    from privrag.parse import ParseSettings, ParseWorker

    *_, answers, _ = asked
    texts: dict[tuple[str, int | None], str] = {}
    checked = 0
    with ParseWorker(ParseSettings()) as worker:
        for answer in answers:
            assert isinstance(answer, Answer)
            for citation in answer.citations:
                key = (citation.uri, citation.page)
                if key not in texts:
                    path = Path(unquote(citation.uri.removeprefix("file://")))
                    blocks = worker.parse(path).blocks
                    page = "".join(b.text for b in blocks if b.page == citation.page)
                    texts[key] = "".join(page.split())
                assert "".join(citation.quote.split()) in texts[key], citation.uri
                checked += 1
    print(f"quotes found on their page: {checked}/{checked}")
    assert checked > 100
