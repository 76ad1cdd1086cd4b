"""The example corpus is complete, repeatable and true."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from stdnum import iban

from tests.examples.reading import read_pages

SCRIPT = Path(__file__).parents[2] / "examples" / "make_corpus.py"
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?\d{4}){3,5}(?: ?\d{1,4})?\b")
PHONE = re.compile(r"(?:\+\d{2}|\(?\b0\d{2,4})[ )/-]*\d[\d /-]{5,}\d")
NUMBER = re.compile(r"\b(?:VL|K|S|SN|RE|T|C|AN|NB|ZB|HP|SCH|PO|PA|REQ|INC|SEC)-?\d{4,}[\d-]*\b")


def run(out: Path, seed: int) -> dict:
    subprocess.run(
        [sys.executable, SCRIPT, out / "files", "--seed", str(seed)],
        check=True,
        capture_output=True,
    )
    return json.loads((out / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("corpus")


@pytest.fixture(scope="module")
def truth(folder) -> dict:
    return run(folder, 1)


@pytest.fixture(scope="module")
def texts(folder, truth) -> dict[str, list[str]]:
    """The pages of each document, every run of white space one blank."""
    paths = [document["path"] for document in truth["documents"]]
    return {p: [" ".join(t.split()) for t in read_pages(folder / "files" / p)] for p in paths}


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def people(truth: dict) -> set[str]:
    """The full names of those who also stand somewhere as `Surname, First`: nearly everybody."""
    listed = (e["value"].split(", ") for e in truth["entities"] if ", " in e["value"])
    return {f"{first} {surname}" for surname, first in listed}


def test_the_corpus_is_large_and_varied(folder, truth, texts):
    on_disk = {str(p.relative_to(folder / "files")) for p in folder.glob("files/**/*.*")}
    assert on_disk == {document["path"] for document in truth["documents"]}
    assert len(on_disk) >= 48
    assert len({document["format"] for document in truth["documents"]}) >= 12
    assert sum(len(page) for pages in texts.values() for page in pages) >= 150_000
    assert max(d["pages"] or 0 for d in truth["documents"] if d["format"] == "pdf") >= 6
    kinds = Counter(kind for kind, _ in {(e["type"], e["entity"]) for e in truth["entities"]})
    assert 35 <= kinds["PERSON"] <= 50
    assert kinds["EMAIL"] >= 30
    assert kinds["IBAN"] >= 10


def test_there_are_enough_questions_of_each_kind(truth):
    answerable = [q for q in truth["questions"] if q["answerable"]]
    assert len(answerable) >= 72
    assert len(truth["questions"]) - len(answerable) >= 16
    assert len({Path(q["document"]).suffix for q in answerable}) >= 12
    assert len({Path(q["document"]).parent for q in answerable}) >= 7
    assert {q["difficulty"] for q in answerable} == {"easy", "medium", "hard"}
    assert sum(any(name in q["question"] for name in people(truth)) for q in answerable) >= 24
    assert len({q["question"] for q in truth["questions"]}) == len(truth["questions"])


def test_pages_are_counted_as_readers_count_them(truth, texts):
    for document in truth["documents"]:
        assert document["pages"] in (None, len(texts[document["path"]]))


def test_every_entity_stands_where_the_truth_says(truth, texts):
    for entity in truth["entities"]:
        for path in entity["documents"]:
            value = " ".join(entity["value"].split())
            assert any(value in page for page in texts[path]), (path, entity["value"])


def test_a_form_means_one_entity(truth):
    entities = {}
    for e in truth["entities"]:
        assert entities.setdefault((e["type"], e["value"]), e["entity"]) == e["entity"]


def test_every_evidence_stands_on_its_page_alone_and_holds_an_answer(truth, texts):
    for question in truth["questions"]:
        if not question["answerable"]:
            continue
        pages = texts[question["document"]]
        wanted = squeeze(question["evidence"])
        found = [n for n, page in enumerate(pages, 1) if wanted in squeeze(page)]
        assert found == [question["page"] or 1], question
        held = wanted.lower()
        assert any(squeeze(a).lower() in held for a in question["answers"]), question
        for other in question.get("also", ()):
            page = squeeze(texts[other["document"]][(other["page"] or 1) - 1])
            assert any(squeeze(answer) in page for answer in question["answers"]), question


def test_ibans_have_valid_check_digits(truth):
    for entity in truth["entities"]:
        if entity["type"] == "IBAN":
            assert iban.is_valid(entity["value"])


def test_no_identity_is_missing_from_the_truth(truth, texts):
    names = [e["value"] for e in truth["entities"] if e["type"] == "PERSON"]
    words = {word for n in names for word in re.split(r"[ ,.-]+", n) if len(word) > 3}
    name = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, words)) + r")(?!\w)", re.IGNORECASE)
    for path, pages in texts.items():
        values = [e["value"] for e in truth["entities"] if path in e["documents"]]
        known = re.compile("|".join(re.escape(v) for v in sorted(values, key=len, reverse=True)))
        for page in pages:
            rest = known.sub("#", page)
            for pattern in (EMAIL, IBAN, PHONE, NUMBER, name):
                assert not pattern.search(rest), (path, pattern.search(rest))


def test_the_same_seed_gives_the_same_bytes(folder, truth, tmp_path):
    assert run(tmp_path, 1) == truth
    for path in sorted(folder.glob("files/**/*.*")):
        twin = tmp_path / path.relative_to(folder)
        assert twin.read_bytes() == path.read_bytes(), path.name


def test_another_seed_has_other_people_and_other_answers(truth, tmp_path):
    other = run(tmp_path, 2)
    assert not people(truth) & people(other)
    for kind in ("EMAIL", "IBAN"):
        ours, theirs = (
            {e["value"] for e in t["entities"] if e["type"] == kind} for t in (truth, other)
        )
        assert not ours & theirs
    pairs = list(zip(truth["questions"], other["questions"], strict=True))
    same = sum(a["answers"] == b["answers"] for a, b in pairs if a["answerable"])
    assert same < len(pairs) / 5
