"""The sparse vectors: ids are one exact token, length matters mildly, languages are real."""

import random
from typing import get_args

import pytest

from privrag.index.bm25 import SparseEncoder
from privrag.index.settings import Language
from privrag.records import SafeText
from tests.privrag.index.examples import embedded

ENGLISH = SparseEncoder("english")


def question(text):
    return set(ENGLISH.question(SafeText(text)).indices)


def passage(text):
    weights = ENGLISH.passage(embedded(1, text=text).chunk)
    return dict(zip(weights.indices, weights.values, strict=True))


@pytest.mark.parametrize(
    "text",
    [
        "PERSON_K7M2QX4C",
        "PERSON_K7M2QX4C_B",
        "PERSON_K7M2QX4C's",
        "(PERSON_K7M2QX4C_Z),",
        "K7M2QX4C",
    ],
)
def test_a_pseudonym_is_one_token_whatever_stands_around_it(text):
    assert question(text) == question("PERSON_K7M2QX4C") == set(passage(text))
    assert len(question(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "PERSON_K7M2QX4D",  # another check character
        "PERSON_7KM2QX4C",
        "PERSON_K7M2QX4",
        "PERSON_K7M2QX4CC",
        "a person",
        "B",
    ],
)
def test_other_words_are_not_that_token(text):
    assert not question(text) & question("PERSON_K7M2QX4C_B")


@pytest.mark.parametrize("text", ["MAX_RETRIES", "PERSON_K7M2QX4CX_B", "xPERSON_K7M2QX4C"])
def test_near_misses_are_left_to_the_tokenizer(text):
    assert len(question(text)) > 1


@pytest.mark.parametrize("language", get_args(Language))
def test_every_language_keeps_ids_apart(language):
    rng = random.Random(1)
    ids = ["".join(rng.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=8)) for _ in range(300)]
    encoder = SparseEncoder(language)
    tokens = [tuple(encoder.question(SafeText(f"PERSON_{i}_B")).indices) for i in ids]
    assert all(len(token) == 1 for token in tokens)
    assert len(set(tokens)) == len(ids)


def test_a_pseudonym_between_letters_of_another_script_is_still_a_token():
    assert question("PERSON_K7M2QX4C") < question("田中PERSON_K7M2QX4C_Bさん")


def test_endings_and_stop_words_do_not_matter():
    assert question("the running of leases") == question("run lease")
    assert question("of the") == set()
    assert passage("") == {}


def test_a_word_weighs_more_when_repeated_and_less_in_a_long_passage():
    (token,) = question("lease")
    once, twice = passage("lease")[token], passage("lease lease")[token]
    assert once < twice < 2 * once
    average = passage("lease " + " ".join(f"w{n}" for n in range(59)))[token]
    assert average == pytest.approx(1.0)  # BM25 of one occurrence at average length
    assert passage("lease " + " ".join(f"w{n}" for n in range(200)))[token] < average
