"""Laws that hold whatever the format."""

import hashlib
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

import privrag.parse
from privrag.parse import ParseSettings, ParseWorker, supported_suffixes
from tests.privrag.parse.conftest import Parse
from tests.privrag.parse.samples import every_format, texts

SAMPLES = every_format()
PAGED = {"a.pdf": 2, "a.pptx": 2, "a.xlsx": 2}


@pytest.mark.parametrize("name", SAMPLES)
def test_offsets_cut_each_block_out_of_the_text(parse: Parse, name: str) -> None:
    document = parse(name, SAMPLES[name])
    assert document.blocks
    text = document.text
    assert [text[b.start : b.end] for b in document.blocks] == [b.text for b in document.blocks]
    assert all(b.text.strip() for b in document.blocks)


@pytest.mark.parametrize("name", SAMPLES)
def test_pages_are_numbered_from_one_or_none(parse: Parse, name: str) -> None:
    document = parse(name, SAMPLES[name])
    pages = {block.page for block in document.blocks}
    assert document.pages == PAGED.get(name)
    assert pages == ({1, 2} if name in PAGED else {None})


def test_a_document_is_identified_by_its_bytes_and_located_by_its_path(
    worker: ParseWorker, tmp_path: Path
) -> None:
    path = tmp_path / "Caf\u00e9 100%.txt"
    path.write_bytes(b"Hello.")
    document = worker.parse(path)
    assert document.id == hashlib.sha256(b"Hello.").hexdigest()
    assert document.uri == f"file://{tmp_path}/Caf%C3%A9%20100%25.txt"
    assert (document.title, document.media_type) == ("Caf\u00e9 100%", "text/plain")


def test_what_cannot_be_seen_is_dropped_and_the_rest_is_nfc(parse: Parse) -> None:
    raw = "Zoe\u0308\u00a0Mu\u00adn\u200bk \u202eX\u0007\x1b[31m\r\n  y \t\r\n\U000e0041z"
    (block,) = parse("a.txt", raw.encode()).blocks
    assert block.text == "Zo\u00eb Munk X\n  y\nz"
    assert unicodedata.is_normalized("NFC", block.text)


def test_a_very_long_line_is_cut_between_words(parse: Parse) -> None:
    document = parse("a.txt", b"word " * 10_000)
    assert len(document.blocks) == 3
    assert {word for block in document.blocks for word in block.text.split()} == {"word"}


def test_a_long_table_is_cut_into_blocks_of_forty_rows(parse: Parse) -> None:
    document = parse("a.csv", b"name,age\n" + b"".join(b"p%d,%d\n" % (n, n) for n in range(99)))
    assert [(b.kind, b.text.count("\n") + 1) for b in document.blocks] == [
        ("table", 40),
        ("table", 40),
        ("table", 20),
    ]
    assert document.text.startswith("name \t age\np0 \t 0\n")


def test_a_repr_shows_no_text(parse: Parse) -> None:
    document = parse("a.txt", b"Secret of Mira Tolland")
    assert "Tolland" not in repr(document)
    assert texts(document) == [("paragraph", "Secret of Mira Tolland")]


def test_the_package_exports_its_public_names_only() -> None:
    assert privrag.parse.__all__ == ["ParseSettings", "ParseWorker", "Parser", "supported_suffixes"]


def test_every_suffix_of_the_readme_is_supported() -> None:
    promised = (
        "txt log md mdx markdown csv tsv json yaml xml html htm docx pptx xlsx xls odt rtf epub "
        "rst org eml msg pdf"
    )
    assert {f".{suffix}" for suffix in promised.split()} <= supported_suffixes()


def test_every_setting_says_what_it_is_for() -> None:
    assert all(field.description for field in ParseSettings.model_fields.values())


def test_importing_the_package_loads_no_document_library() -> None:
    heavy = ["torch", "spacy", "unstructured", "lxml", "docx", "pptx", "openpyxl", "pypdfium2"]
    code = f"import sys, privrag.parse; print([m for m in {heavy} if m in sys.modules])"
    command = [sys.executable, "-c", code]
    assert subprocess.check_output(command, text=True).strip() == "[]"
