import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privrag.errors import VaultError
from privrag.pseudonym import (
    LABELS,
    LOOSE_PATTERN,
    MAX_TOKEN_LENGTH,
    PATTERN,
    TYPE_WORDS,
    Token,
    bare,
    base,
    check_character,
    find_all,
    find_lookalikes,
    is_valid,
    new_pseudonym,
    normalise,
    placeholders,
    possible_prefix_start,
)

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ANN = "PERSON_K7M2QX4C"  # the example of the documentation is a valid token


def test_the_documented_example_is_valid_and_others_are_well_formed():
    assert is_valid(ANN)
    assert is_valid(ANN + "_B")
    for label in LABELS:
        token = new_pseudonym(label)
        assert is_valid(token)
        assert PATTERN.fullmatch(token + "_Z")


def test_labels_are_plain_words_with_type_words():
    assert all(re.fullmatch("[A-Z]+", label) for label in LABELS)
    assert {"PERSON", "EMAIL", "PHONE", "IBAN", "SECRET", "LITERAL"} <= set(LABELS)
    assert all(PATTERN.search(words) is None for words in TYPE_WORDS.values())


def test_an_unknown_label_is_refused():
    with pytest.raises(VaultError, match="unknown entity type 'DRAGON'"):
        new_pseudonym("DRAGON")


def test_the_check_of_a_single_symbol_is_its_weight():
    # weights 2, 4, 8, 16, then x^5 = x^4 + x^3 + x + 1 = 27, 13, 26
    ones = ["0" * i + "1" + "0" * (6 - i) for i in range(7)]
    expected = [2, 4, 8, 16, 27, 13, 26]
    assert [ALPHABET.index(check_character(body)) for body in ones] == expected


@pytest.mark.parametrize("code", ["K7M2QX4C", "00000000", "R0SBS8ZK"])
def test_every_single_substitution_is_caught(code):
    for i in range(8):
        for symbol in set(ALPHABET) - {code[i]}:
            assert not is_valid(f"ID_{code[:i]}{symbol}{code[i + 1 :]}")


def test_every_adjacent_swap_is_caught_at_every_place_for_every_pair():
    for i in range(7):
        for a in ALPHABET:
            for b in set(ALPHABET) - {a}:
                body = ["0"] * 7
                body[i] = a
                if i < 6:
                    body[i + 1] = b
                    code = "".join(body) + check_character("".join(body))
                else:  # the last random symbol against the check: only where that one is b
                    code = "".join(body) + check_character("".join(body))
                    if code[7] == a:
                        continue
                swapped = code[:i] + code[i + 1] + code[i] + code[i + 2 :]
                assert is_valid(f"ID_{code}")
                assert not is_valid(f"ID_{swapped}"), (i, a, b)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (f"{ANN} signed", [ANN]),
        (f"({ANN}_B).", [f"{ANN}_B"]),
        (f"{ANN}'s, {ANN}-x /{ANN}/", [ANN, ANN, ANN]),
        (f"由{ANN}签署", [ANN]),  # letters touch every word there
        (f"{ANN}_X_Y", []),  # nor half of it
        (f"{ANN}_BX", []),
        (f"{ANN}_", []),
        (f"{ANN}X", []),
        (f"{ANN}_A", []),  # aliases begin at _B
        (f"X{ANN}", []),
        (f"MY_{ANN}", []),
        ("PERSON_K7M2QX4D", []),  # wrong check
        ("PERSON_K7M2QX4", []),
        ("PERSON_K7M2QX4O", []),  # no letter O in Crockford base32
        ("person_k7m2qx4c", []),
        ("DRAGON_K7M2QX4C", []),
    ],
)
def test_tokens_are_found_whole_or_not_at_all(text, tokens):
    found = find_all(text)
    assert [token.token for token in found] == tokens
    assert [text[token.start : token.end] for token in found] == tokens


def test_lookalikes_are_found_as_models_rewrite_them():
    text = r"person_k7m2qx4c, PERSON\_K7M2QX4C\_B and PERSON_K7M2QX4D"
    assert find_lookalikes(text) == [
        Token("PERSON_K7M2QX4C", 0, 15),
        Token("PERSON_K7M2QX4C_B", 17, 36),
    ]
    assert find_lookalikes("per\u017fon_\u212a7m2qx4c") == []  # long s, Kelvin sign


def test_normal_form_base_and_placeholders():
    assert normalise(r"Person\_k7m2qx4c\_b") == f"{ANN}_B"
    assert base(f"{ANN}_B") == base(ANN) == ANN
    assert placeholders(f"{ANN}_C met {ANN} and PERSON_K7M2QX4D") == {ANN}
    assert placeholders("") == frozenset()


def test_bare_replaces_valid_tokens_by_type_words():
    assert bare(f"{ANN}_B, {ANN} and PERSON_K7M2QX4D") == "a person, a person and PERSON_K7M2QX4D"
    assert bare("") == ""


@pytest.mark.parametrize(
    ("buffer", "held"),
    [
        ("Dear P", "P"),
        ("Dear PERSON", "PERSON"),
        ("Dear PERSON\\", "PERSON\\"),
        ("Dear PERSON_K7M2", "PERSON_K7M2"),
        (f"Dear {ANN}", ANN),  # may go on with _B
        (f"Dear {ANN}_", f"{ANN}_"),
        (f"Dear {ANN}_B", f"{ANN}_B"),  # may go on with a letter, and then is none
        (f"Dear {ANN},", ""),
        ("Dear XP", ""),
        ("Dear PX", ""),
        ("", ""),
    ],
)
def test_only_a_possible_beginning_of_a_token_is_held_back(buffer, held):
    assert buffer[possible_prefix_start(buffer) :] == held


def test_characters_before_start_are_context_only():
    assert possible_prefix_start("P", 1) == 1
    assert possible_prefix_start("xP", 1) == 2
    assert possible_prefix_start(" P", 1) == 1


@given(st.text(alphabet="xP \\_", max_size=5), st.sampled_from(LABELS), st.sampled_from(["", "_B"]))
def test_every_cut_of_every_token_is_held_from_its_start(before, label, suffix):
    token = new_pseudonym(label) + suffix
    for form in (token, token.lower(), token.replace("_", "\\_")):
        text = before + form
        match = LOOSE_PATTERN.search(text)
        if match is not None:
            for cut in range(match.start() + 1, match.end() + 1):
                start = possible_prefix_start(text[:cut])
                assert start <= match.start()
                assert cut - start <= MAX_TOKEN_LENGTH
