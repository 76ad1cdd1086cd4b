"""User names made of a known name are found, ordinary words are not."""

import pytest

from privrag.leak.values import KnownValues

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
