import pytest
from pydantic import ValidationError

from privrag.chunk import ChunkSettings, chunk_document
from privrag.records import BlockKind, SafeBlock, SafeDocument, SafeSentence, SafeText, Source
from tests.fakes import HashEmbedder

SOURCE = Source("doc", "version", "default", "main", ("*",))
COUNT = HashEmbedder().count_tokens


def block(
    kind: BlockKind, *sentences: str, page: int | None = None, start: int = 0, joint: str = " "
) -> SafeBlock:
    """A block whose safe text equals its parsed text."""
    text = joint.join(sentences)
    places, position = [], 0
    for sentence in sentences:
        end = position + len(sentence)
        places.append(SafeSentence(position, end, start + position, start + end))
        position = end + len(joint)
    return SafeBlock(kind, SafeText(text), page, start, start + len(text), tuple(places))


def chunks_of(*blocks: SafeBlock, size: int = 16, overlap: int = 0):
    document = SafeDocument("id", SafeText("title"), blocks, frozenset())
    settings = ChunkSettings(size=size, overlap=overlap)
    return chunk_document(document, SOURCE, settings=settings, count_tokens=COUNT)


def test_whole_sentences_fill_a_chunk_up_to_its_size():
    one, two, three = (f"{w} alpha beta gamma delta epsilon." for w in ("One", "Two", "Three"))
    first, second = chunks_of(block("paragraph", one, two, three))
    assert first.text == f"{one} {two}"
    assert second.text == three
    assert (first.start, first.end) == (0, len(one) + 1 + len(two))
    assert second.start == first.end + 1


def test_sentences_of_a_chunk_slice_its_text():
    (chunk,) = chunks_of(block("paragraph", "Ann left.", "Bob stayed."))
    assert [chunk.text[s.safe_start : s.safe_end] for s in chunk.sentences] == [
        "Ann left.",
        "Bob stayed.",
    ]


def test_overlap_repeats_whole_sentences_only():
    sentences = [f"{n} a b c d." for n in "ABCDE"]
    first, second, *_ = chunks_of(block("paragraph", *sentences), size=16, overlap=8)
    assert first.text == "A a b c d. B a b c d."
    assert second.text == "B a b c d. C a b c d."


def test_a_chunk_never_crosses_a_page():
    chunks = chunks_of(
        block("paragraph", "On page one.", page=1), block("paragraph", "On page two.", page=2)
    )
    assert [(c.page, c.text) for c in chunks] == [(1, "On page one."), (2, "On page two.")]


def test_a_table_stands_alone_and_later_parts_carry_its_header_as_context():
    rows = ["Model | Price", *(f"WB-{n} | {n}00 EUR per unit" for n in range(1, 7))]
    chunks = chunks_of(
        block("heading", "Prices"),
        block("paragraph", "All prices are net."),
        block("table", *rows, joint="\n"),
        block("paragraph", "Valid in June."),
        size=24,
    )
    assert [c.kind for c in chunks] == ["paragraph", "table", "table", "table", "paragraph"]
    assert chunks[1].text.startswith("Model | Price\n")
    assert chunks[2].context == "Prices\nModel | Price"
    assert "Model | Price" not in chunks[2].text


def test_a_sentence_longer_than_a_chunk_is_cut_at_white_space():
    long = " ".join(f"word{n}" for n in range(40)) + "."
    chunks = chunks_of(block("paragraph", long), size=16)
    assert " ".join(c.text for c in chunks) == long
    assert all(COUNT([c.text])[0] <= 17 for c in chunks)
    assert {(c.start, c.end) for c in chunks} == {(0, len(long))}


def test_headings_above_travel_as_context_and_only_above():
    filler = "one two three four five six seven eight nine ten."
    chunks = chunks_of(
        block("heading", "Leave"), block("paragraph", filler, filler), block("paragraph", filler)
    )
    assert chunks[0].text.startswith("Leave")
    assert [c.context for c in chunks] == ["", "Leave", "Leave"]


def test_a_pseudonym_in_the_context_belongs_to_the_chunk_and_is_never_cut():
    long = " ".join(["Salary of"] * 30) + " PERSON_K7M2QX4C"
    filler = "one two three four five six seven eight nine ten."
    chunks = chunks_of(block("heading", "Marta PERSON_1C76BV4W"), block("heading", long),
        block("paragraph", filler), block("paragraph", filler))  # fmt: skip
    last = chunks[-1]
    assert last.text == filler
    assert set(last.context.split()) <= {"Salary", "of", "PERSON_K7M2QX4C"}
    short = chunks_of(block("heading", "Pay of PERSON_K7M2QX4C"), *[block("paragraph", filler)] * 2)
    assert short[-1].context == "Pay of PERSON_K7M2QX4C"
    assert short[-1].placeholders == {"PERSON_K7M2QX4C"}


def test_a_first_row_that_names_somebody_is_no_header():
    rows = [f"PERSON_K7M2QX4C | {n}00 EUR per month" for n in range(6)]
    assert {c.context for c in chunks_of(block("table", *rows, joint="\n"))} == {""}


def test_the_same_document_gives_the_same_ids_and_another_version_others():
    blocks = (block("paragraph", "Same text."),)
    assert chunks_of(*blocks)[0].id == chunks_of(*blocks)[0].id


def test_nothing_gives_no_chunks():
    assert chunks_of() == []
    assert chunks_of(SafeBlock("paragraph", SafeText(""), None, 0, 0, ())) == []


def test_an_overlap_above_half_the_size_is_refused_naming_both():
    with pytest.raises(ValidationError, match=r"chunk\.overlap.*chunk\.size"):
        ChunkSettings(size=32, overlap=20)
