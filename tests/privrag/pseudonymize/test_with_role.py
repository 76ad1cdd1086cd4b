"""`Zolta Quirm (chair)`: a role in brackets announces a person. All people are invented."""

import pytest

from privrag.pseudonymize.matches import DocumentText
from privrag.pseudonymize.recognizers.with_role import find_with_roles


def found(text):
    document = DocumentText.join([("paragraph", text)])
    return [document.text[m.start : m.end] for m in find_with_roles(document)]


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("- Zenobia Quackenbush (chair)", ["Zenobia Quackenbush"]),
        ("Ulla Wrexley-Tann (minutes), Bram Quirm (by phone)", ["Ulla Wrexley-Tann", "Bram Quirm"]),
        ("It was said by Zolta Jane Quirm (HR, from 10:00).", ["Zolta Jane Quirm"]),
        ("Zolta Quirm (Vorsitz)", ["Zolta Quirm"]),
        ("Zolta Plumber (chair)", ["Zolta Plumber"]),
    ],
)
def test_a_name_before_a_role_is_a_person(text, people):
    assert found(text) == people


@pytest.mark.parametrize(
    "text",
    [
        "The Review Board (chair: to be named) meets.",
        "Annual Report (minutes)",
        "Microsoft Teams (online)",
        "see Zolta.Quirm (staff)",
        "Zolta Quirm (see below)",
        "New Zealand (remote)",
        "Plumber Electrician (remote)",
    ],
)
def test_other_words_before_brackets_are_not(text):
    assert found(text) == []
