import pytest

from privrag.pseudonymize.linking.canonical import ambiguous_people, link
from privrag.pseudonymize.linking.homonyms import identifiers_of
from privrag.pseudonymize.replace import pseudonymize_document
from privrag.records import Block, Document, Entity
from privrag.vault import FileKeyProvider, Flag, Vault

ANN, BOB = ("PERSON", "Ann Lee"), ("PERSON", "Bob Ray")


@pytest.mark.parametrize(
    ("surfaces", "expected"),
    [
        (
            [ANN, ("EMAIL", "X1@a.example"), ("ID", "E-42")],
            {"ann lee": (("EMAIL", "x1@a.example"), ("ID", "E42"))},
        ),
        (
            [ANN, BOB, ("EMAIL", "ann.lee@a.example")],
            {"ann lee": (("EMAIL", "ann.lee@a.example"),)},
        ),
        ([ANN, BOB, ("EMAIL", "office@a.example"), ("ID", "E-42")], {}),
        ([ANN, ("PERSON", "Bob Lee"), ("EMAIL", "lee@a.example")], {}),  # whose?
        ([("PERSON", "Lee"), ("EMAIL", "lee@a.example")], {}),  # nobody in full
        ([ANN, ("LOCATION", "Aarhus")], {}),
        ([], {}),
    ],
)
def test_an_identifier_is_somebodys_only_if_it_can_be_nobody_elses(surfaces, expected):
    assert identifiers_of(surfaces) == expected


def test_a_part_that_fits_two_people_is_ambiguous_and_joins_neither():
    surfaces = [ANN, ("PERSON", "Bob Lee"), ("PERSON", "Lee"), ("PERSON", "Ann"), BOB]
    assert ambiguous_people(surfaces) == {"lee"}
    assert link(surfaces) == ["ann lee", "bob lee", "lee", "ann lee", "bob ray"]


def test_two_documents_of_one_name_with_two_addresses_are_flagged(tmp_path):
    def take_in(text: str, vault: Vault, version: str) -> None:
        entities = [
            Entity(label, text.index(words), text.index(words) + len(words), 1.0, "fake")
            for label, words in (("PERSON", "Ann Lee"), ("EMAIL", text.split()[-1]))
        ]
        block = Block("paragraph", text, None, 0, len(text))
        document = Document("0" * 64, "file:///a", "a", "text/plain", (block,), None)
        pseudonymize_document(document, [entities, []], vault, version=version)

    keys = FileKeyProvider(tmp_path / "vault.key")
    with Vault.open(tmp_path / "vault.db", keys) as vault:
        take_in("Ann Lee, write to ann@a.example", vault, "v1")
        take_in("Ann Lee, write to ann@a.example", vault, "v2")
        assert vault.flagged() == []
        take_in("Ann Lee, write to ann@b.example", vault, "v3")
        [shown] = vault.flagged(Flag.HOMONYM_RISK)
        assert (shown.label, shown.documents) == ("PERSON", 3)
