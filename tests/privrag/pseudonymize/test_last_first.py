"""`Lindqvist, Marta` is one person, also where a sentence goes on behind it. All are invented."""

import pytest

from privrag.pseudonymize.linking.canonical import canonical, link
from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.recognizers.name_run import find_name_runs
from privrag.pseudonymize.recognizers.person import find_people


def people(text, kind="paragraph"):
    document = DocumentText.join([(kind, text)])
    matches = resolve(document, [*find_people(document), *find_name_runs(document)])
    return [document.text[m.start : m.end] for m in matches]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Smith, John signed it.", ["Smith, John"]),
        ("Lindqvist, Marta signed the lease.", ["Lindqvist, Marta"]),
        ("It rained. Quirm, Anna M. stayed in.", ["Quirm, Anna M"]),
        ("It rained. Quirm, Anna Maria stayed in.", ["Quirm, Anna Maria"]),
        ("- Quirm-Tann, Marta keeps the keys", ["Quirm-Tann, Marta"]),
        ("2. O'Quirm, John paid", ["O'Quirm, John"]),
        ("Present:\nvan der Quirm, Anna was late", ["van der Quirm, Anna"]),
        ("Quirm, John's report is late.", ["Quirm, John"]),
        ("Quirm, Marta and her lawyer left.", ["Quirm, Marta"]),
        ('He wrote: "Quirm, Marta owes me."', ["Quirm, Marta"]),
        ("Miller, Anna kam gestern.", ["Miller, Anna"]),
    ],
)
def test_at_the_start_of_a_sentence_it_is_one_person(text, names):
    assert people(text) == names


def test_in_a_cell_too():
    assert people("4 | Quirm, Marta signed | yes", kind="table") == ["Quirm, Marta"]


@pytest.mark.parametrize(
    "text",
    [
        "Yesterday, John signed.",
        "However, Anna was late.",
        "Unfortunately, John is out.",
        "Gestern, Anna war da.",
        "Hier, Marta est venue.",
        "Berlin, Marta said, is cold.",
        "Denmark, Marta said, is flat.",
        "Microsoft, John said, is big.",
        "Price, John said, is the problem.",
        "Smith, Anna and John agreed.",
        "Anna, John signed it.",
        "We saw Quirm, Anna said, and left.",
        "He met Mr. Quirm, Anna told us.",
        "Present were Tann,\nQuirm, Anna left early.",
        "The gloop is shut. Gloop, Anna said, is back.",
    ],
)
def test_near_misses_stay_apart(text):
    assert not [name for name in people(text) if "," in name]


def test_it_is_the_same_person_as_the_name_in_its_usual_order():
    written = [("PERSON", "Lindqvist, Marta"), ("PERSON", "Marta Lindqvist")]
    assert link(written) == ["marta lindqvist"] * 2
    assert canonical("PERSON", "Smith, John") == canonical("PERSON", "John Smith")
