"""One form per entity, and which mentions of a document are one person. All invented."""

import pytest

from privrag.pseudonymize.linking.canonical import alias_forms, canonical, contradicted, link
from privrag.pseudonymize.linking.mentions import mentions_of


@pytest.mark.parametrize(
    ("label", "surface", "form"),
    [
        ("PERSON", "Ms Ann  Lee", "ann lee"),
        ("PERSON", "Lee, Ann", "ann lee"),
        ("PERSON", "LEE, ANN", "ann lee"),
        ("PERSON", "Ann Lee's", "ann lee"),
        ("PERSON", "Ann Lee’s", "ann lee"),
        ("PERSON", "Prof. Dr. Kai von der Heide", "kai von der heide"),
        ("PERSON", "A. Lee", "a lee"),
        ("PERSON", "Ann Lee, PhD", "ann lee"),
        ("PERSON", "Jess", "jess"),
        ("EMAIL", "Ann.Lee@Quirm.EXAMPLE", "ann.lee@quirm.example"),
        ("PHONE", "(030) 23125-123", "+493023125123"),
        ("PHONE", "+49 30 23125123", "+493023125123"),
        ("PHONE", "+49 (0)30 23125123", "+493023125123"),
        ("PHONE", "555-0123", "5550123"),
        ("IBAN", "de89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("CARD", "4111-1111 1111-1111", "4111111111111111"),
        ("SSN", "123-45-6789", "123456789"),
        ("ID", "k-20931/a", "K20931A"),
        ("SECRET", "Hunter2!", "Hunter2!"),
        ("IP", "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_spellings_of_one_thing_have_one_form(label, surface, form):
    assert canonical(label, surface) == form


@pytest.mark.parametrize("label", ["PERSON", "PHONE", "ID", "EMAIL", "SECRET", "IBAN"])
@pytest.mark.parametrize("surface", ["Dr", "'s", "-", ".", "Ms"])
def test_no_surface_has_an_empty_form(label, surface):
    assert canonical(label, surface)


@pytest.mark.parametrize(
    ("surface", "forms"),
    [
        ("Ann Lee", ("lee",)),
        ("Ann Marie Lee", ("ann lee", "lee")),
        ("Kai von der Heide", ("heide", "kai heide", "von der heide")),
        ("Lee", ()),
    ],
)
def test_a_person_is_also_asked_for_by_surname(surface, forms):
    assert alias_forms("PERSON", surface) == forms
    assert alias_forms("ID", surface) == ()


@pytest.mark.parametrize(
    ("surfaces", "forms"),
    [
        (["Ann Lee", "Lee", "Ms Lee", "A. Lee", "Lee, Ann", "ANN LEE", "Ann"], ["ann lee"] * 7),
        (["Ann Lee", "Bo Lee", "Ms Lee"], ["ann lee", "bo lee", "lee"]),
        (["Ann Lee", "Bo Lee", "B. Lee"], ["ann lee", "bo lee", "bo lee"]),
        (["Ann Lee", "Abe Lee", "A. Lee"], ["ann lee", "abe lee", "a lee"]),
        (["Ann Lee", "Ann Marie Lee"], ["ann marie lee", "ann marie lee"]),
        (["Ann Lee", "Ann Marie Lee", "Lee", "Ann"], ["ann marie lee"] * 4),
        (
            ["Ann Lee", "Ann Marie Lee", "Ann Rose Lee"],
            ["ann lee", "ann marie lee", "ann rose lee"],
        ),
        (["Kai von der Heide", "von der Heide", "Heide"], ["kai von der heide"] * 3),
        (["Ann Lee", "Bo Tan"], ["ann lee", "bo tan"]),
        (["Lee"], ["lee"]),
    ],
)
def test_an_alias_joins_the_only_person_it_fits(surfaces, forms):
    assert link([("PERSON", s) for s in surfaces]) == forms


def test_other_labels_are_never_joined():
    assert link([("PERSON", "Ann Lee"), ("ID", "Lee"), ("EMAIL", "lee@q.example")]) == [
        "ann lee",
        "LEE",
        "lee@q.example",
    ]


def test_north_american_numbers_meet_their_international_form():
    assert (
        canonical("PHONE", "(415) 555-0123")
        == canonical("PHONE", "+1 415-555-0123")
        == "+14155550123"
    )


class _Counted(list):
    """Surfaces that count how often they are gone through."""

    times = 0

    def __iter__(self):
        self.times += 1
        return super().__iter__()


def test_people_are_linked_before_the_vault_asks_for_the_first_mention():
    surfaces = _Counted([("PERSON", "Ann Lee"), ("PERSON", "Lee"), ("ID", "PA-7")])
    coming = mentions_of(surfaces, "document")
    before = surfaces.times
    assert [m.canonical for m in coming] == ["ann lee", "ann lee", "PA7"]
    assert surfaces.times == before + 1


def test_only_of_people_a_title_is_weighed():
    values = [("ID", _Unread("PA-7"))]
    assert contradicted(values) == {}


class _Unread(str):
    """A value whose form nobody asks for."""

    __slots__ = ()

    def isascii(self):
        raise AssertionError
