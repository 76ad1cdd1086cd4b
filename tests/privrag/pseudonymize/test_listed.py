"""Lists of people in minutes: each is one person. Everybody is invented."""

import pytest

from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.profile import DetectSettings
from privrag.pseudonymize.recognizers import pattern_recognizers

RECOGNIZERS = pattern_recognizers(DetectSettings(countries=("DE", "GB")))


def people(text):
    document = DocumentText.join([("paragraph", text)])
    matches = [m for find in RECOGNIZERS.values() for m in find(document)]
    return [text[m.start : m.end] for m in resolve(document, matches) if m.label == "PERSON"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Present: Ravenquirm (chair), Wöhrl, Trelawney, Mme Delphine Quirm-Roche",
            ["Ravenquirm", "Wöhrl", "Trelawney", "Delphine Quirm-Roche"],
        ),
        (
            "Vote: for — Wöhrl, Trelawney; abstained — Quirm-Roche",
            ["Wöhrl", "Trelawney", "Quirm-Roche"],
        ),
        ("Present: Wöhrl, Trelawney; apologies: Tann.", ["Wöhrl", "Trelawney", "Tann"]),
        ("In favour: Wöhrl, Tann, against: Quirm", ["Wöhrl", "Tann", "Quirm"]),
        ("apologies: Babajide-Quirm", ["Babajide-Quirm"]),
        ("Attendees: Lee, Ann, Tann, Bo and Quirm", ["Lee, Ann", "Tann, Bo", "Quirm"]),
        ("Verteiler: Wöhrl, Ann Trelawney", ["Wöhrl", "Ann Trelawney"]),
        ("Present: Wöhrl, Baker, Tann. It began at nine.", ["Wöhrl", "Baker", "Tann"]),
        ("Distribution: Finance, Legal, Trelawney, IT", ["Trelawney"]),
        ("Present: Wöhrl, Trelawney, Plumber", ["Wöhrl", "Trelawney", "Plumber"]),
        ("cc: Lee, Ann; Zoltan, Bo", ["Lee, Ann", "Zoltan, Bo"]),
        ("Attendees: May Long, Zolta Quirm, Will Power", ["May Long", "Zolta Quirm", "Will Power"]),
        ("Absent: Quirm, Z., Tann, V.", ["Quirm, Z", "Tann, V"]),
    ],
)
def test_each_of_a_list_is_one_person(text, names):
    assert people(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Present: voltage, current",
        "Distribution: Finance, Legal and Support",
        "Distribution: Engineering, Purchasing",
        "Distribution: Plumber, Cashier, Legal",
        "The charger is present: Type 2, Phase 1",
        "for: Release, Production",
    ],
)
def test_lists_of_things_name_nobody(text):
    assert people(text) == []


def test_lists_are_looked_for_once_a_document():
    assert "listed" not in RECOGNIZERS
    document = DocumentText.join([("paragraph", "Present: Ravenquirm (chair), Wöhrl")])
    assert [m.recognizer for m in RECOGNIZERS["people"](document)] == ["listed.person"] * 2
