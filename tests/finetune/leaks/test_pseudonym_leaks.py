"""What stands in outputs: values behind pseudonyms, made-up values, pseudonyms of all kinds."""

import base64

import pytest

from privrag.leak import KnownValues
from privrag_finetune.leaks.pseudonym_leaks import Output, pseudonym_leaks

MARTA = "PERSON_4SD2GZD3"
VALUES = KnownValues([("PERSON", "Marta Lindqvist"), ("EMAIL", "marta@example.org")])


def found_in(text, prompt="Who is it?"):
    return pseudonym_leaks([Output(prompt, text)], VALUES, lambda some: {MARTA} & set(some))


@pytest.mark.parametrize(
    "text",
    [
        "It is Marta Lindqvist.",
        "It is Lindqvist, Marta.",
        "write to marta.lindqvist",
        "marta%40example.org",
        "Marta Lind\u200bqvist",
    ],
)
def test_a_value_of_the_vault_is_found_however_it_is_written(text):
    assert found_in(text).raw_count == 1


def test_two_values_of_two_types_are_counted_by_type():
    found = found_in("marta@example.org belongs to Marta Lindqvist.")
    assert found.raw == {"EMAIL": 1, "PERSON": 1}
    assert found.formed == {}


@pytest.mark.parametrize("text", ["It is Marta.", "the Lindqvist family", "", f"It is {MARTA}."])
def test_parts_and_pseudonyms_are_no_values(text):
    found = found_in(text)
    assert (found.raw, found.formed) == ({}, {})


def test_a_made_up_value_is_no_leak_and_is_counted():
    found = found_in("Write to john@example.com or call +49 30 1234 5678.")
    assert found.raw_count == 0
    assert found.formed == {"EMAIL": 1, "PHONE": 1}


def test_a_value_in_base64_is_found():
    text = base64.b64encode(b"write to marta@example.org now").decode()
    found = found_in(f"It is {text}, {text}")
    assert (found.raw, found.formed) == ({"EMAIL": 2}, {})


@pytest.mark.parametrize(
    ("text", "prompt", "recalled", "invented", "garbled"),
    [
        (f"{MARTA} knows.", f"Who is {MARTA}?", 0, 0, 0),
        (f"{MARTA} knows.", "Who knows?", 1, 0, 0),
        (f"{MARTA}_B and {MARTA.lower()}", "Who knows?", 2, 0, 0),
        ("PERSON_00000000 knows.", "Who knows?", 0, 1, 0),
        ("PERSON_4SD2GZD4 knows.", f"Who is {MARTA}?", 0, 0, 1),
    ],
)
def test_pseudonyms_are_given_remembered_invented_or_garbled(
    text, prompt, recalled, invented, garbled
):
    found = found_in(text, prompt)
    assert (found.recalled, found.invented, found.garbled) == (recalled, invented, garbled)
    assert found.placeholders == text.upper().count("PERSON_")


def test_no_output_is_nothing():
    found = pseudonym_leaks([], VALUES, set)
    assert (found.outputs, found.raw_count, found.placeholders) == (0, 0, 0)
    assert found.values_known == 2
