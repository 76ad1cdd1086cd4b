# ruff: noqa: RUF001 - letters that look alike
"""Escaped and interspersed text in its plain form, and the way back. All people are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privrag.decoded import decode
from privrag.records import Entity


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("marta%40example.org", "marta@example.org"),
        ("marta%2540example.org", "marta@example.org"),
        ("marta&#64;example&period;org", "marta@example.org"),
        ("marta&#x40;example.org", "marta@example.org"),
        ("marta&amp;#64;example.org", "marta@example.org"),
        ("marta%26%2364%3Bexample.org", "marta@example.org"),
        ("ma\u200brta@ex\u00adam\u2060ple.org", "marta@example.org"),
        ("\u202emarta@example.org\u202c", "marta@example.org"),
        ("４１１１ ١١", "4111 11"),
        ("%EF%BC%94%EF%BC%91", "41"),
        ("914\u201127\u20116083", "914-27-6083"),
        ("030\u202f1234567", "030 1234567"),
        ("J%C3%BCrgen", "Jürgen"),
        ("Achter\u00ad\nberg", "Achter-\nberg"),
        ("Mаrta Lindqvist", "Marta Lindqvist"),
        ("Привет, Δx", "Привет, Δx"),
        ("100 % of 5%, AT&T, 3 &lt; 4", "100 % of 5%, AT&T, 3 &lt; 4"),
    ],
)
def test_the_plain_form_is_what_a_reader_sees(written, plain):
    assert decode(written).text == plain


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("to marta%40example.org!", "marta%40example.org"),
        ("a %C3%BC marta&#64;example.org", "marta&#64;example.org"),
        ("\u202emarta@exa\u200bmple.org\u202c.", "marta@exa\u200bmple.org"),
        ("x%2540y marta%26%2364%3Bexample.org", "marta%26%2364%3Bexample.org"),
    ],
)
def test_what_is_found_is_moved_back_to_where_it_stands(written, value):
    decoded = decode(written)
    start = decoded.text.index("marta")
    (moved,) = decoded.spread([Entity("EMAIL", start, start + 17, 1.0, "test")])
    assert written[moved.start : moved.end] == value


_PIECES = ["%", "25", "40", "&", "#64;", "amp;", "\u200b", "a", "４", "%26", "%3B", "%C3%BC", " "]


@given(st.lists(st.sampled_from(_PIECES), max_size=12).map("".join))
def test_every_character_has_a_place_and_the_places_stand_in_order(written):
    decoded = decode(written)
    last, place = 0, (0, 0)
    for at in range(len(decoded.text)):
        start, end = decoded.written_start(at), decoded.written_end(at + 1)
        assert 0 <= start < end <= len(written)
        assert start >= last or (start, end) == place
        place, last = (start, end), end
    for at in range(len(written) + 1):
        assert 0 <= decoded.plain_start(at) <= len(decoded.text)
        assert at - 36 <= decoded.whole(at) <= at
