# ruff: noqa: RUF001 - digits and spaces as they may come
"""Raw personal data in what a model writes goes, in whatever pieces it comes. All invented."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privrag import guard as guard_module
from privrag.guard import MAX_HELD, Guard, mark

KEY_LINES = "\n".join(["MIIEpAIBAAKCAQEA7bq4f0hB2p0gQm8S3Vd1"] * 4)
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{KEY_LINES}\nabc=\n-----END RSA PRIVATE KEY-----"
ESCAPED_KEY = KEY.replace("\n", "\\n")


def guarded(*pieces, **given):
    guard = Guard(**given)
    out = [*(guard.feed(piece) for piece in pieces), guard.flush()]
    return "".join(out), guard.guarded


def every_two_cuts(text):
    return [[text[:i], text[i:]] for i in range(1, len(text))]


@pytest.mark.parametrize(
    ("text", "out"),
    [
        ("Write to marta@example.org, please.", "Write to (e-mail address removed), please."),
        ("marta%40example%2Eorg", "(e-mail address removed)"),
        ("marta%2540example.org!", "(e-mail address removed)!"),
        ("a marta&#64;example.org b", "a (e-mail address removed) b"),
        ("ma\u200brta@exa\u00admple.org.", "(e-mail address removed)."),
        ('{"to":"marta@example.org","n":5}', '{"to":"(e-mail address removed)","n":5}'),
        ("[write](mailto:marta@example.org)", "[write](mailto:(e-mail address removed))"),
        ("邮箱marta@example.org。电话590-555-0126", None),
        ("Card 4111 1111 1111 1111 ok", "Card (card number removed) ok"),
        ("Card 4111-1111-1111-1111.", "Card (card number removed)."),
        ("４１１１ １１１１ １１１１ １１１１", "(card number removed)"),
        ("4111%201111%201111%201111 x", "(card number removed) x"),
        ("&#52;111 1111 &#49;111 1111 x", "(card number removed) x"),
        ("4111\u200b 1111\u200b 1111 \u200b1111", "(card number removed)"),
        ("Card 4539.1488.0343.6467.", "Card (card number removed)."),
        ("4 5 3 9 1 4 8 8 0 3 4 3 6 4 6 7 ok", "(card number removed) ok"),
        ("Card 4539\n1488\n0343\n6467\nok", "Card (card number removed)\nok"),
        ("45391488\r\n  03436467 ok", "(card number removed) ok"),
        ("a john@corp。example b", "a (e-mail address removed) b"),
        ("a bWFydGFAZXhhbXBsZS5vcmc= b", "a (e-mail address removed) b"),
        ("a 6d61727461406578616d706c652e6f7267, b", "a (e-mail address removed), b"),
        ("6d 61 72 74 61 40 65 78 61 6d 70 6c 65 2e 6f 72 67 b", "(e-mail address removed) b"),
        ("IBAN GB29 NWBK 6016 1331 9268 19, yes", "IBAN (bank account number removed), yes"),
        ("DE89 3704 0044 0532 0130 00 and", "(bank account number removed) and"),
        ("SSN 914-27-6083", "SSN (social security number removed)"),
        ("914-27-\u200b6083", "(social security number removed)"),
        ("call (590) 555-0126 now", "call (phone number removed) now"),
        ("call +49 30 1234567 now", "call (phone number removed) now"),
        ("at 192.168.1.20:8080", "at (IP address removed):8080"),
        ("key AKIAIOSFODNN7EXAMPLE.", "key (secret removed)."),
        (f"x {KEY}\nafter", "x (secret removed)\n\nafter"),
        (f'"{ESCAPED_KEY}" after', '"(secret removed)" after'),
        (f"{'a' * 600}marta@example.org b", None),
        ("m" + "%2561" * 300 + "%2540example.org b", None),
        ("PERSON_K7M2QX4C and EMAIL_1V4YYZ53 x@y", "PERSON_K7M2QX4C and EMAIL_1V4YYZ53 x@y"),
    ],
)
def test_a_value_goes_wherever_the_text_is_cut(text, out):
    whole, count = guarded(text)
    assert out is None or whole == out
    assert "example.org" not in whole
    assert count == whole.count(" removed)")
    for pieces in [*every_two_cuts(text), list(text)]:
        assert guarded(*pieces) == (whole, count)


ORDINARY = (
    "On 12 May 2024, at 10:30, PERSON_K7M2QX4C paid 1,200.50 EUR (3 x 400) for version 1.4.0.\n"
    "| 250 | 300 | 1200 |\n\nfor (int i = 0; i < 10; i++) { a[i] = f(x, 3.5e-7); } // 50 %\n"
    "Prix : 12 000,00 € ; 100 % of AT&T; see [1], [2] and http://x.example/a%20b?c=1&d=2.\n"
    "Years:\n2019\n2020\n2021\n2022\n\n4.539 and 1.488, 3.14159265358979323846, aGVsbG8gd29ybGQ=\n"
    "第3章は2024年5月に公開された。GB29 is no account, 4111 no card.   \t\n\n"
)


def test_ordinary_text_passes_as_it_is():
    for pieces in [[ORDINARY], list(ORDINARY), *every_two_cuts(ORDINARY)]:
        assert guarded(*pieces) == (ORDINARY, 0)


_WORDS = st.sampled_from(
    [
        *("marta", "@", "example", ".org", " ", "\n", ",", "(", "4111", " 1111", "-1111", "%40"),
        *("%25", "40", "&#64;", "\u200b", "DE89", " 3704 0044 0532 0130 00", "+49 30 1234567"),
        *("PERSON_K7M2QX4C", "-----BEGIN PRIVATE KEY-----", "MIIEpAIBAAKCAQEA7bq4", "电"),
        *("-----END PRIVATE KEY-----", "ghp_EXAMPLENOTAREALGITHUBTOKEN", "914-27-6083", "é", "1"),
    ]
)


@given(st.lists(_WORDS, max_size=25).map("".join), st.randoms(use_true_random=False))
def test_the_output_does_not_depend_on_the_pieces(text, random):
    cuts = sorted(random.choices(range(len(text) + 1), k=6))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole = guarded(text)
    assert guarded(*pieces) == whole
    assert guarded(*text) == whole


@given(st.lists(_WORDS, max_size=40).map("".join), st.randoms(use_true_random=False))
def test_nor_where_words_are_too_long_to_hold(text, random):
    held, kept = guard_module.MAX_HELD, guard_module._KEPT
    guard_module.MAX_HELD, guard_module._KEPT = 96, 48
    try:
        test_the_output_does_not_depend_on_the_pieces.hypothesis.inner_test(text, random)
    finally:
        guard_module.MAX_HELD, guard_module._KEPT = held, kept


@given(st.lists(_WORDS, max_size=25).map("".join))
def test_what_comes_out_holds_nothing_more_to_take_out(text):
    out, _ = guarded(text)
    assert guarded(out)[0].count("@example.org") == out.count("@example.org")


def test_a_word_goes_out_when_the_next_begins():
    guard = Guard()
    assert guard.feed("The contract ends") == "The contract "
    assert guard.feed(" on 12") == "ends on "
    assert guard.feed(" May") == "12 "
    assert guard.feed("!") == ""
    assert guard.flush() == "May!"


def test_never_more_is_held_back_than_promised():
    guard, text = Guard(), "a1" * 3000 + "4 " * 3000 + "\u200b" * 3000 + " " * 3000
    out = 0
    for number, character in enumerate(text, 1):
        out += len(guard.feed(character))
        assert number - out <= MAX_HELD


def test_what_the_model_was_sent_may_come_back():
    sent = "The hotline is 0800 123 4567, the desk desk@example.org."
    told = "Call 0800-123-4567 or desk%40example.org, not 0800 765 4321."
    assert guarded(told, sent=[sent]) == (
        "Call 0800-123-4567 or desk%40example.org, not (phone number removed).",
        1,
    )


def test_what_the_asker_typed_may_come_back():
    told = "You are marta@example.org, he is femi@example.org."
    assert guarded(told, words=["marta%40example.org"]) == (
        "You are marta@example.org, he is (e-mail address removed).",
        1,
    )


@pytest.mark.parametrize("label", ["EMAIL", "PHONE", "IBAN", "CARD", "SSN", "IP", "SECRET"])
def test_a_mark_is_plain_text_that_names_the_type(label):
    assert guarded(mark(label)) == (mark(label), 0)
    assert not set(mark(label)) & set("*_`[]<>#|\\")


HOSTILE = r"""
from privrag.guard import Guard
for unit in ("a", "1", "@", "a@", "a@b.c", "1 ", "%", "%25", "&amp;", "\u200b", "eyJ-", "(1)", "::",
             "a:", "1.", "+4 ", "4111 ", "DE12 ", "-----BEGIN PRIVATE KEY-----", "ghp_", " ", "电"):
    guard, text = Guard(), (unit * 1_000_000)[:1_000_000]
    for at in range(0, len(text), 5000):
        guard.feed(text[at:at + 5000])
    guard.flush()
print("done")
"""


@pytest.mark.slow
def test_a_megabyte_of_anything_is_read_in_bounded_time():
    """22 MB in all, about a minute and a half on two busy cores; the limit is for the quadratic."""
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE], capture_output=True, text=True, timeout=900, check=True
    )
    assert done.stdout == "done\n"
