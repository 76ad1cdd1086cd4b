import math

import pytest

from privrag.risk import left_in_clear, risks

PLAIN = "PERSON_4SD2GZD3 pays the rent for the station on time."


def order(**texts: str) -> list[str]:
    return [risk.document for risk in risks(texts.items())]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She was born on 3 May 1981.", ("DATE", "3 may 1981")),
        ("Due 2024-03-12.", ("DATE", "2024-03-12")),
        ("He is 47 years old.", ("AGE", "47 years old")),
        ("It costs EUR 1,250.50 a month.", ("AMOUNT", "eur 1,250.50")),
        ("She is a single mother.", ("GROUP", "single mother")),
        ("They moved to Aarhus Nord later.", ("NAMED", "aarhus nord")),
        ("Our falconer resigned.", ("RARE", "falconer")),
    ],
)
def test_what_is_left_in_clear_is_found_under_its_type(text, expected):
    assert expected in left_in_clear(text)


def test_pseudonyms_and_the_first_word_of_a_sentence_are_nothing_left():
    assert left_in_clear("PERSON_4SD2GZD3 met DATE_00000000. Rent is due.") == set()


def test_a_document_with_a_birthday_and_a_place_outranks_one_without():
    texts = {
        "bare": PLAIN,
        "place": f"{PLAIN} It lies near Aarhus.",
        "both": f"{PLAIN} Born on 3 May 1981, she lives near Ribe.",
    }
    assert order(**texts) == ["both", "place", "bare"]


def test_what_every_document_holds_tells_less_than_what_one_holds():
    shared = dict.fromkeys("abc", f"{PLAIN} Signed on 1 January 2024.")
    assert order(**shared, d=f"{PLAIN} Signed on 7 June 2023.")[0] == "d"


def test_bits_and_score_are_those_of_the_formula():
    (risk,) = risks([("a", "They moved to Aarhus now.")], population=4)
    rare = [words for kind, words in left_in_clear("They moved to Aarhus now.") if kind == "RARE"]
    assert rare == ["moved"]
    assert risk.bits == pytest.approx((1 + 0.25) * math.log2(2))
    assert risk.score == pytest.approx(1 - 2 ** (-1.25 / 2))


def test_only_the_three_that_tell_most_count_of_each_type():
    dates = " ".join(f"on {day} May 1981," for day in range(1, 9))
    (risk,) = risks([("a", f"It was {dates} then.")])
    assert (risk.left["DATE"].items, risk.left["DATE"].bits) == (8, pytest.approx(3.0))


def test_nothing_left_is_no_risk_and_needs_no_advice():
    (risk,) = risks([("a", "PERSON_4SD2GZD3 pays.")])
    assert (risk.score, risk.bits, risk.advice) == (0.0, 0.0, None)
    assert risks([]) == []


def test_advice_names_the_type_that_tells_most():
    risk = risks([("a", "Hired on 3 May 1981 and on 4 May 1982.")])[0]
    assert "quarter" in (risk.advice or "")


def test_a_name_left_may_be_anybodys_so_the_advice_is_to_look():
    risk = risks([("a", "The yard of Zolta Quirm near Aarhus Nord is closed.")])[0]
    assert "word_lists" in (risk.advice or "")


def test_the_words_that_make_the_score_are_there_the_telling_ones_first():
    texts = {"a": f"{PLAIN} It lies near Aarhus and near Ribe.", "b": f"{PLAIN} It is near Ribe."}
    first = risks(texts.items())[0]
    assert [one.words for one in first.left["NAMED"].found] == ["aarhus", "ribe"]
    assert first.left["NAMED"].found[0].bits > first.left["NAMED"].found[1].bits
    assert "aarhus" not in repr(first)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hired in Q2 1981.", ("DATE", "q2 1981")),
        ("She is 40 to 49.", ("AGE", "40 to 49")),
        ("It costs 1,000 to 10,000 EUR.", ("AMOUNT", "1,000 to 10,000 eur")),
    ],
)
def test_a_coarser_value_is_left_in_clear_too(text, expected):
    assert left_in_clear(text) >= {expected}
    assert {words for kind, words in left_in_clear(text) if kind == expected[0]} == {expected[1]}
