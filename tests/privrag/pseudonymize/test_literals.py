"""Text that looks like a pseudonym, and what was found in the same place."""

import pytest

from privrag.pseudonymize.literals import with_literals
from privrag.records import Entity

FORGED = "PERSON_K7M2QX4C"


@pytest.mark.parametrize(
    ("text", "label", "found", "hidden"),
    [
        (f"see {FORGED}.", "LOCATION", FORGED, [("LITERAL", FORGED)]),
        (f"see {FORGED}.", "ORG", "K7M2QX4C", [("LITERAL", FORGED)]),
        (f"see {FORGED}.", "ID", FORGED, [("LITERAL", FORGED)]),
        (f"ask Zolta {FORGED} Quirm", "PERSON", f"Zolta {FORGED} Quirm",
         [("PERSON", "Zolta"), ("LITERAL", FORGED), ("PERSON", "Quirm")]),
        (f"ask Zolta {FORGED}", "PERSON", "Zolta PERSON",
         [("PERSON", "Zolta"), ("LITERAL", FORGED)]),
        (f"ask {FORGED}@x.example", "EMAIL", f"{FORGED}@x.example",
         [("EMAIL", f"{FORGED}@x.example")]),
        (f"key {FORGED}", "SECRET", FORGED, [("SECRET", FORGED)]),
        ("see PERSON_K7M2QX4D", "LOCATION", "PERSON_K7M2QX4D", [("LOCATION", "PERSON_K7M2QX4D")]),
    ],
)  # fmt: skip
def test_a_look_alike_wins_over_what_lies_within_it_and_over_names(text, label, found, hidden):
    start = text.index(found)
    entity = Entity(label, start, start + len(found), 0.9, "test")
    merged = with_literals(text, [entity])
    assert [(e.label, text[e.start : e.end]) for e in merged] == hidden
