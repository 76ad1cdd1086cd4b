"""Every view knows which characters of the text its words were read from."""

import base64

import pytest

from privrag.leak.views import views_of_text

NAME = "Anna Lee"


def cut(text, words=NAME):
    """(how, what is left) of each view in which the words stand, once they are cut out."""
    found = set()
    for view, extent in views_of_text(text):
        at = view.text.find(words)
        if at >= 0:
            start, end = extent(at, at + len(words))
            found.add((view.how, text[:start] + "|" + text[end:]))
    return found


def b64(text, encode=base64.b64encode):
    return encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("how", "written"),
    [
        ("plain", "Anna Lee"),
        ("escaped", "Anna%20Lee"),
        ("escaped", "%41nna%2520Lee"),
        ("escaped", "Anna&#32;Lee"),
        ("escaped", "\\u0041nna\\u0020Lee"),
        ("escaped", "\\u0041nna%20Lee"),
        ("escaped", "An\u200bna Lee"),
        ("utf-16", "Anna Lee".encode("utf-16-le").decode()),
        ("utf-16", "Anna Lee".encode("utf-16-be").decode()),
        ("base64", b64("Anna Lee")),
        ("base64", b64("to Anna Lee: yes")),
        ("base64", b64(">>Anna Lee<<??", base64.urlsafe_b64encode)),
        ("hex", b"Anna Lee".hex()),
        ("hex", b"Anna Lee".hex().upper()),
    ],
)
def test_the_extent_of_a_form_is_what_was_written(how, written):
    for before, after in (("", ""), ("Zoë asks ", ", ü!"), ("%C3%BC q=", " & co"), ("5\n", "\n\n")):
        found = cut(before + written + after)
        assert (how, f"{before}|{after}") in found, (before, found)


def test_a_word_below_a_run_of_base64_is_no_part_of_it():
    assert ("base64", "|\nRegards") in cut(f"{b64('to Anna Lee, yes')}\nRegards")


def test_a_run_of_base64_in_several_lines_is_cut_as_a_whole():
    text = base64.encodebytes(b"x" * 54 + b"Anna Lee" + b"y" * 40).decode()
    assert cut(f"a: {text}") == {("base64", "a: |\n")}


@pytest.mark.parametrize("name", ["Ann Lee", "Bo Linds"])
def test_the_shortest_names_are_found_encoded(name):
    assert {how for how, _ in cut(f"x {b64(name)} {name.encode().hex()}", name)} == {
        "base64",
        "hex",
    }
