"""One name for one thing in question and passage. All invented."""

from privrag.pseudonymize.align import align
from privrag.records import Chunk, SafeSentence, SafeText, Source

TEXT = "The plant in Zeltingen is old. Zeltingen has two."
PLACE = "LOCATION_K7M2QX4C"


def chunk(text=TEXT):
    source = Source("d", "v", "t", "c", ("*",))
    sentences = (SafeSentence(0, 30, 100, 130), SafeSentence(31, len(text), 131, 100 + len(text)))
    return Chunk("1", source, SafeText(text), SafeText(""), 100, 100 + len(text), 1, "paragraph",
                 sentences, frozenset())  # fmt: skip


def test_a_place_of_the_question_gets_its_pseudonym_in_the_passage():
    aligned = align(chunk(), {PLACE: "Zeltingen"})
    assert aligned.text == f"The plant in {PLACE} is old. {PLACE} has two."
    assert aligned.placeholders == {PLACE}


def test_sentences_keep_their_place_in_the_document():
    aligned = align(chunk(), {PLACE: "Zeltingen"})
    first, second = aligned.sentences
    assert aligned.text[first.safe_start : first.safe_end] == f"The plant in {PLACE} is old."
    assert (second.start, second.end) == (131, 100 + len(TEXT))
    assert aligned.text[second.safe_start :] == f"{PLACE} has two."


def test_a_part_of_a_word_stays():
    assert align(chunk("Zeltingens plant."), {PLACE: "Zeltingen"}).text == "Zeltingens plant."


def test_people_are_not_looked_for():
    """Who is named in a document has a pseudonym there already."""
    assert align(chunk(), {"PERSON_K7M2QX4C": "Zeltingen"}) == chunk()


def test_a_pseudonym_in_the_passage_stays_whole():
    text = f"{PLACE} is old."
    assert align(chunk(text), {"ORG_K7M2QX4C": "LOCATION"}).text == text
