"""A row of dots between a label and its value is read as a colon. All people are invented."""

import pytest

from privrag.pseudonymize.cut_words import join_cut_words
from privrag.pseudonymize.leaders import with_colons
from privrag.pseudonymize.matches import DocumentText
from privrag.pseudonymize.recognizers.labelled import find_labelled_ids
from privrag.pseudonymize.recognizers.person import find_people
from privrag.records import Entity


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("SUPERVISOR ...... ZOLTA QUIRM", "SUPERVISOR: ZOLTA QUIRM"),
        ("Badge No. . . . . 00417", "Badge No: 00417"),
        ("Name \u2026 Zolta\nTel.....555", "Name: Zolta\nTel: 555"),
        ("Badge No. ..... 00417", "Badge No.: 00417"),
        ("Name ... Zolta   Tel ... 555", "Name: Zolta   Tel: 555"),
    ],
)
def test_leaders_are_colons(text, read):
    assert with_colons(text).text == read


@pytest.mark.parametrize(
    "text",
    ["def f(...): x", "He said [...] so", "and so on ...", "a..b, 1.2.3", "Signed ......\n", ""],
)
def test_other_dots_stay(text):
    assert with_colons(text).text == text


@pytest.mark.parametrize(
    ("find", "text", "value"),
    [
        (find_people, "SUPERVISOR ...... ZOLTA PIERCE-QUIRM\n", "ZOLTA PIERCE-QUIRM"),
        (find_people, "x\nSupervisor ......... Zolta Pierce-Quirm", "Zolta Pierce-Quirm"),
        (find_labelled_ids, "BADGE ........... 00417", "00417"),
    ],
)
def test_the_value_behind_a_leader_is_found_where_it_stands(find, text, value):
    whole = join_cut_words(text, signs=False)
    found = find(DocumentText.join([("paragraph", whole.text)]))
    moved = whole.spread([Entity(m.label, m.start, m.end, m.score, "test") for m in found])
    assert value in [text[e.start : e.end] for e in moved]
