"""Names where capitals say nothing: minutes in capitals, chats without any. All are invented."""

import pytest

from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.propagate import propagate
from privrag.pseudonymize.recognizers.capitals import find_in_capitals
from privrag.pseudonymize.recognizers.person import find_people


def people(text, *, everywhere=False):
    document = DocumentText.join([("paragraph", text)])
    found = resolve(document, [*find_in_capitals(document), *find_people(document)])
    if everywhere:
        found = resolve(document, [*found, *propagate(document, found)])
    return [text[m.start : m.end] for m in found]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("MR QUIRM-TANN REPORTED IT", ["QUIRM-TANN"]),
        ("MRS ZOLTA QUIRM FELL", ["ZOLTA QUIRM"]),
        ("DR. ZOLTA QUIRM AND MR TANN", ["ZOLTA QUIRM", "TANN"]),
        ("MR QUIRM SLIPPED", ["QUIRM"]),
        ("MR Z. QUIRM LEFT", ["Z. QUIRM"]),
        ("HERR QUIRM, WERK 2", ["QUIRM"]),
        ("MR BAKER CAME", ["BAKER"]),
        ("MR HARDING LEFT", ["HARDING"]),
        ("MRS ANNA FIELDING REPORTED", ["ANNA FIELDING"]),
        ("MR QUIRM'S REPORT", ["QUIRM"]),
        ("PRESENT: ANNA QUIRM WELCOMED ALL", ["ANNA QUIRM"]),
    ],
)
def test_a_title_in_capitals_makes_a_name_of_the_words_behind_it(text, names):
    assert people(text) == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ask mr. quirm about it", ["quirm"]),
        ("dr quirm will write to mrs tann", ["quirm", "tann"]),
        ("mrs. anna quirm wants", ["anna quirm"]),
        ("ask mr harding", ["harding"]),
        ("contact: zolta quirm, 2 elm row", ["zolta quirm"]),
    ],
)
def test_a_title_or_label_makes_a_name_of_small_letters(text, names):
    assert people(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "MS OFFICE AND MS SQL",
        "MS AZURE",
        "THE DR SITE AND DR PLANS",
        "MR PRESIDENT, I OBJECT",
        "MISS RATE",
        "a delay of 10 ms default",
        "12 elm dr suite 4",
        "12 quirm dr tannville",
        "dr report",
        "contact: support team, or us",
        "ABC/TEST MR",
        "Dr. med. Something",
    ],
)
def test_words_behind_what_looks_like_a_title_stay(text):
    assert people(text) == []


def test_a_remark_in_brackets_does_not_end_a_list_of_those_present():
    text = "PRESENT: ANNA QUIRM (CHAIR), ZOLTA TANN-AAL (MINUTES), DR. BOBBA ORN"
    assert people(text) == ["ANNA QUIRM", "ZOLTA TANN-AAL", "BOBBA ORN"]


def test_a_name_of_a_ticket_is_one():
    assert people("pax QUIRM/ZOLTA MRS, seat 4") == ["QUIRM/ZOLTA"]


def test_a_name_written_small_in_one_line_is_hidden_in_capitals_in_another():
    text = "MRS ZOLTA QUIRM FELL. SHE SAID THAT ZOLTA'S ARM HURTS.\nzolta q. was told; quirm wept."
    found = people(text, everywhere=True)
    assert found[:2] == ["ZOLTA QUIRM", "ZOLTA"]
    assert "zolta q" in found
