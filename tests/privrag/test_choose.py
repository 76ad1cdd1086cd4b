"""Copies, mixed documents and MMR: hand-computed cases, and what holds for any hits."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privrag.choose import ChooseSettings, choose_passages
from privrag.records import Hit, SafeText
from tests.privrag.index.examples import embedded, numbers

LEASE = "the tenant pays the rent on the first day of every month to the owner"  # 15 words, 11 runs


def hits(*texts, documents=None, contexts=None, scores=None):
    """One hit a text, best first; each of another document."""
    return [
        Hit(
            embedded(
                number,
                text=text,
                document=(documents or {}).get(number, f"d{number}"),
                context=SafeText((contexts or {}).get(number, "")),
            ).chunk,
            scores[number] if scores else 1.0 - number / 100,
            "fused",
        )
        for number, text in enumerate(texts)
    ]


def chosen(found, *, k=10, **settings):
    """The numbers of the hits, where nothing but these settings is on."""
    own = ChooseSettings(**({"near_duplicates": 0} | settings))
    return numbers(choose_passages(found, k=k, settings=own))


def test_a_copy_comes_behind_all_others():
    found = hits(LEASE, LEASE.upper().lower(), "the canteen opens at noon")
    assert chosen(found, near_duplicates=1.0) == [0, 2, 1]
    assert chosen(found, near_duplicates=1.0, k=2) == [0, 2]
    assert chosen(found) == [0, 1, 2]


@pytest.mark.parametrize(("share", "order"), [(0.9, [0, 2, 1]), (0.92, [0, 1, 2])])
def test_as_many_runs_as_asked_make_a_copy(share, order):
    """One more word at the end makes twelve runs, of which the first passage holds eleven."""
    found = hits(LEASE, f"{LEASE} alone", "the canteen opens at noon")
    assert chosen(found, near_duplicates=share) == order


def test_a_hit_that_says_more_is_no_copy_and_one_that_says_less_is():
    longer = f"{LEASE} and keeps the stairs clean in winter and the yard in summer"
    rest = "the canteen opens at noon"
    assert chosen(hits(LEASE, longer, rest), near_duplicates=0.9) == [0, 1, 2]
    assert chosen(hits(longer, LEASE, rest), near_duplicates=0.9) == [0, 2, 1]


@pytest.mark.parametrize("fact", ["1200", "1.200,50", "PERSON_K7M2QX4C", "Aarhus", "iPhone"])
def test_a_fact_that_the_better_one_lacks_is_never_passed_over(fact):
    long = " ".join(f"{LEASE} {word}" for word in ("gladly", "always", "early", "twice"))
    found = hits(long, f"{long} {fact}", "the canteen opens at noon")
    assert chosen(found, near_duplicates=0.5) == [0, 1, 2]
    below = hits(long, long, "the canteen opens at noon", contexts={1: f"Rules {fact}"})
    assert chosen(below, near_duplicates=0.5) == [0, 1, 2], "the same words under another heading"
    assert chosen(hits(f"{long} {fact}", long, "noon"), near_duplicates=0.5) == [0, 2, 1]


def test_texts_of_few_or_no_words_are_copies_of_their_like_alone():
    found = hits("see page", "see page", "see a page", "***", "---")
    assert chosen(found, near_duplicates=0.9) == [0, 2, 3, 1, 4]


def test_no_more_of_one_document_than_wanted_while_others_have_any():
    texts = [f"text number {n}" for n in range(6)]
    documents = {0: "a", 1: "a", 2: "a", 3: "b", 4: "b", 5: "c"}
    found = hits(*texts, documents=documents)
    assert chosen(found, per_document=1) == [0, 3, 5, 1, 2, 4]
    assert chosen(found, per_document=2) == [0, 1, 3, 4, 5, 2]
    assert chosen(found, per_document=1, k=3) == [0, 3, 5]


def test_a_copy_takes_no_place_of_its_document():
    found = hits(LEASE, LEASE, "the canteen opens at noon", documents={1: "b", 2: "b"})
    assert chosen(found, per_document=1, near_duplicates=1.0) == [0, 2, 1]


def test_mmr_weighs_score_against_likeness_to_what_was_chosen():
    """Places 1, .5, 0 of the scores; the second shares half of the first's words, the third none.

    At .5: first (.5); then the second .25 - .25 = 0 and the third 0 - 0 = 0, the better ranked of
    equals. At .4 the second is .2 - .3 = -.1 and the third 0.
    """
    found = hits("red lamp", "red door", "blue gate", scores=[3.0, 2.0, 1.0])
    assert chosen(found, mmr_lambda=0.5) == [0, 1, 2]
    assert chosen(found, mmr_lambda=0.4) == [0, 2, 1]
    assert chosen(found, mmr_lambda=0.4, k=2) == [0, 2]


def test_mmr_mixes_no_scores_of_two_stages():
    read, rest = hits("red lamp", "red lamp", "blue gate", "green roof")[:2], hits("x", "y")
    tail = [Hit(h.chunk, 900.0, "fused") for h in rest]
    front = [Hit(h.chunk, -h.score, "reranked") for h in read]
    stages = [hit.stage for hit in choose_passages([*front, *tail], k=4, settings=_mmr(0.1))]
    assert stages == ["reranked", "reranked", "fused", "fused"]


def _mmr(weight):
    return ChooseSettings(near_duplicates=0, mmr_lambda=weight)


WORDS = st.lists(st.sampled_from(["rent", "day", "tenant", "lamp", "12", "Aarhus"]), max_size=12)
FOUND = st.lists(st.tuples(WORDS, st.sampled_from("abc")), max_size=14).map(
    lambda rows: hits(
        *(" ".join(words) for words, _ in rows),
        documents={n: document for n, (_, document) in enumerate(rows)},
    )
)
SETTINGS = st.builds(
    ChooseSettings,
    near_duplicates=st.sampled_from([0.0, 0.5, 0.9, 1.0]),
    mmr_lambda=st.sampled_from([0.0, 0.3, 0.7, 1.0]),
    per_document=st.integers(0, 3),
)


@given(FOUND, SETTINGS)
def test_nothing_is_lost_or_doubled(found, settings):
    everything = choose_passages(found, k=50, settings=settings)
    assert sorted(numbers(everything)) == list(range(len(found)))
    assert all(hit in found for hit in everything)


@given(FOUND, SETTINGS, st.integers(1, 20))
def test_the_first_of_many_are_those_of_few(found, settings, k):
    everything = choose_passages(found, k=50, settings=settings)
    assert choose_passages(found, k=k, settings=settings) == everything[:k]


@given(FOUND, st.integers(1, 20))
def test_switched_off_the_order_is_that_of_the_scores(found, k):
    off = ChooseSettings(near_duplicates=0, mmr_lambda=1, per_document=0)
    assert choose_passages(found, k=k, settings=off) == found[:k]


@given(FOUND, st.integers(1, 3))
def test_no_document_has_more_than_its_share_before_every_document_has_had_it(found, most):
    documents = [
        hit.chunk.source.document
        for hit in choose_passages(
            found, k=50, settings=ChooseSettings(near_duplicates=0, per_document=most)
        )
    ]
    first = sum(min(most, documents.count(name)) for name in set(documents))
    assert all(documents[:first].count(name) <= most for name in set(documents))


@pytest.mark.alone
def test_switched_off_it_costs_nothing():
    found = hits(*(f"{LEASE} {n}" for n in range(300)))
    off = ChooseSettings(near_duplicates=0)
    start = time.process_time()
    for _ in range(1000):
        choose_passages(found, k=10, settings=off)
    assert time.process_time() - start < 0.2, "a thousand times"
