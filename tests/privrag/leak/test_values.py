"""Every value that the vault hides is found, and user names made of a name; ordinary words not."""

import pytest

from privrag.leak.patterns import suspects
from privrag.leak.values import KnownValues
from privrag.pseudonym import IN_CLEAR_ELSEWHERE, LABELS, SEARCHED

NAMES = ("Anna Maria Lee", "Jürgen Müller", "Marta Lindqvist", "Max Power", "Ed Mark", "Fay Allen")


def found(text, *values):
    known = KnownValues(values or [("PERSON", name) for name in NAMES])
    return [(text[m.start : m.end], m.doubt, m.ordinary) for m in known.search(text)]


@pytest.mark.parametrize(
    "written",
    [
        "anna_lee", "anna-lee", "anna.lee", "lee.anna", "AnnaLee", "annaLee", "Anna_Lee",
        "ANNA_LEE", "anna_lee92", "anna.maria.lee", "AnnaMariaLee", "juergen.mueller",
        "jurgen_muller", "JuergenMueller", "jürgen_müller", "marta_lindqvist",
    ],
)  # fmt: skip
def test_given_name_and_surname_with_a_sign_or_a_capital_between_are_certain(written):
    for text in (written, f"see @{written}, please", f"/home/{written}/x", f"{written}-cv.pdf"):
        ((words, doubt, _),) = found(text)
        assert (words, doubt) == (written, ""), text


@pytest.mark.parametrize(
    ("written", "doubt"),
    [
        ("annalee", "name in one word"),
        ("martalindqvist", "name in one word"),
        ("Martalindqvist7", "name in one word"),
        ("mlindqvist", "initial and surname"),
        ("m.lindqvist", "initial and surname"),
        ("lindqvist_m", "initial and surname"),
        ("@alee", "initial and surname"),
        ("alee92", "initial and surname"),
    ],
)
def test_what_is_very_likely_the_name_is_suspected(written, doubt):
    assert found(f"see {written} there") == [(written.removeprefix("@"), doubt, False)]


@pytest.mark.parametrize(
    "written", ["marta lindqvist", "lindqvist marta", "lindqvist, marta", "marta\nlindqvist"]
)
def test_a_full_name_in_lower_case_is_certain_if_no_word_of_it_is_ordinary(written):
    assert found(f"please ask {written} about the rent") == [(written, "", False)]


@pytest.mark.parametrize("written", ["max power", "marta/lindqvist", "marta: lindqvist"])
def test_in_lower_case_ordinary_words_and_words_apart_are_only_suspected(written):
    assert [doubt for _, doubt, _ in found(f"the {written} here")] == ["name in lower case"]


def test_an_initial_in_lower_case_is_never_certain():
    assert [d for _, d, _ in found("the q zoltan here", ("PERSON", "Q. Zoltan"))] == [
        "name in lower case"
    ]


@pytest.mark.parametrize(
    ("written", "doubt"),
    [
        ("max_power", "name in lower case"),  # a setting
        ("maxPower", "name in one word"),
        ("marked", "name in one word"),
        ("fallen", "initial and surname"),
    ],
)
def test_what_may_be_another_word_is_only_suspected(written, doubt):
    ((words, why, _),) = found(f"a {written} b")
    assert (words, why) == (written, doubt)


@pytest.mark.parametrize(
    "text",
    [
        "alee",
        "anna and lee",
        "annabel_lee",
        "anna_leeds",
        "annaleeds",
        "m-power",
        "e.mark",
        "Anna Lee",
    ],
)
def test_near_misses_of_a_user_name(text):
    assert found(text) == []


def test_an_address_with_the_name_in_it_is_one_value():
    values = [("PERSON", "Marta Lindqvist"), ("EMAIL", "marta.lindqvist@corp.com")]
    assert found("to marta.lindqvist@corp.com", *values) == [
        ("marta.lindqvist@corp.com", "", False)
    ]
    assert found("to marta.lindqvist@home.net", *values) == [("marta.lindqvist", "", False)]


def test_a_user_name_that_may_be_any_word_counts_behind_its_sign_only():
    values = [("USERNAME", "charger"), ("USERNAME", "moon_boots")]
    assert found("the charger of @charger and moon_boots", *values) == [
        ("@charger", "", False),
        ("moon_boots", "", False),
    ]


HIDDEN = {
    "IP": "203.0.113.77",
    "URL": "https://www.social.example/u/83121",
    "USERNAME": "@moon_boots",
    "ADDRESS": "Algade 7, 4000 Roskilde",
    "ID": "EMP-48213",
    "SECRET": "kq7Vb2xZ",
    "MAC": "aa:bb:cc:dd:ee:ff",
    "CRYPTO": "bc1qinvented0address",
    "ACCOUNT": "12 3456 7890",
    "PHONE": "+45 20 12 34 56",
    "IBAN": "DK50 0040 0440 1162 43",
    "CARD": "4111 1111 1111 1111",
    "SSN": "123-45-6789",
    "EMAIL": "marta.lindqvist@corp.com",
    "PERSON": "Marta Lindqvist",
}


@pytest.mark.parametrize("label", sorted(SEARCHED))
def test_every_type_that_stands_nowhere_in_clear_is_searched_for(label):
    value = HIDDEN[label]
    known = KnownValues([(label, value)])
    (match,) = known.search(f"client {value} connected")
    assert (match.label, match.sure, known.count) == (label, True, 1)


def test_every_type_that_is_not_searched_for_may_stand_in_clear_or_is_no_identity():
    assert set(LABELS) - SEARCHED == IN_CLEAR_ELSEWHERE | {"AGE", "LITERAL", "MISC"}
    known = KnownValues([("ORG", "Tarnfield Council"), ("DATE", "12 May 2024"), ("PERSON", "Lee")])
    assert (known.count, known.of) == (0, 3)


def test_values_are_counted_once_whatever_their_forms():
    known = KnownValues([("PERSON", "Marta Lindqvist"), ("PHONE", "+45 20 12 34 56")] * 2)
    assert (known.count, known.of) == (2, 2)


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("GET https://social.example/u/83121 200", ["https://social.example/u/83121"]),
        ("see WWW.Social.example/U/83121/.", ["WWW.Social.example/U/83121"]),
        ("social.example/u/83121?tab=1", ["social.example/u/83121"]),
        ("social.example/u/831215 and antisocial.example/u/83121", []),
        ("social.example/u/83 and https://social.example", []),
    ],
)
def test_a_web_address_is_found_with_and_without_its_scheme(text, hits):
    assert [words for words, _, _ in found(text, ("URL", HIDDEN["URL"]))] == hits


def test_the_address_of_a_whole_site_is_only_suspected_and_its_pages_are_others():
    site = ("URL", "https://tarnfield.example/")
    assert found("from https://tarnfield.example, ok", site) == [
        ("https://tarnfield.example", "web address", False)
    ]
    assert found("https://tarnfield.example/jobs https://tarnfield.example.org", site) == []


def test_a_name_within_a_web_address_stays_certain():
    values = [("URL", "https://marta-lindqvist.example"), ("PERSON", "Marta Lindqvist")]
    assert ("marta-lindqvist", "", False) in found("at https://marta-lindqvist.example", *values)


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("client 203.0.113.77 connected", ["203.0.113.77"]),
        ("recv from 10.20.0.9:8080", ["10.20.0.9"]),
        ("[2001:db8:0:1::77]", ["2001:db8:0:1::77"]),
        ("127.0.0.1 0.0.0.0 255.255.255.0 224.0.0.251 ::1", []),
        ("version 10.12.0.4, v12.1.0.3 and 1.2.3.4 and 10.1.2.3.4 and 300.1.1.20", []),
        ("at 12:34:56, std::map, aa:bb:cc:dd:ee:ff", []),
    ],
)
def test_an_ip_address_is_suspected_by_its_form(text, hits):
    assert [text[s.start : s.end] for s in suspects(text)] == hits
