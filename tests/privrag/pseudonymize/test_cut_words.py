"""Words cut at the end of a line are found whole, and hidden where they stand. People invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privrag.pseudonymize.cut_words import join_cut_words
from privrag.pseudonymize.detect import Detector
from privrag.pseudonymize.linking.canonical import canonical
from privrag.records import Entity


def letters(text):
    return [c for c in text if c.isalnum()]


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ("Marta Achter-\nberg came.", "Marta Achterberg came."),
        ("Anna-\nLena and PX-\n  1234", "Anna-Lena and PX-1234"),
        ("j.miller@ex-\r\nample.org", "j.miller@example.org"),
        ("2020-\n2021", "2020-2021"),
        ("one -\n- two", "one -\n- two"),
        ("nothing cut - at all", "nothing cut - at all"),
    ],
)
def test_words_are_joined(text, joined):
    assert join_cut_words(text).text == joined


@given(st.lists(st.sampled_from(["ab", "Cd", "-\n", "-\n  ", " ", "7", "."]), max_size=12))
def test_what_was_found_is_moved_back_to_where_it_stands(parts):
    text = "".join(parts)
    joined = join_cut_words(text)
    assert letters(joined.text) == letters(text)
    for start in range(len(joined.text)):
        for end in range(start + 1, len(joined.text) + 1):
            (moved,) = joined.spread([Entity("ID", start, end, 1.0, "test")])
            surface = text[moved.start : moved.end]
            assert letters(surface) == letters(joined.text[start:end])
            if joined.text[start].isalnum() and joined.text[end - 1].isalnum():
                assert (surface[0], surface[-1]) == (joined.text[start], joined.text[end - 1])


@pytest.mark.parametrize(("cut", "whole"), [("Achter-\nberg", "Achterberg"), ("A-\nB", "A-B")])
def test_a_cut_name_has_the_form_of_the_whole_one(cut, whole):
    assert canonical("PERSON", f"Marta {cut}") == canonical("PERSON", f"Marta {whole}")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cut_name_and_address_are_found_where_they_stand():
    text = "The report was written by Marta Linds-\ntrom. Write to m.linds-\ntrom@example.org now."
    (found,) = Detector().detect([("paragraph", text)])
    spans = {(e.label, text[e.start : e.end]) for e in found}
    assert spans == {
        ("PERSON", "Marta Linds-\ntrom"),
        ("EMAIL", "m.linds-\ntrom@example.org"),
    }
