"""Canaries: drawn by a seed, in the rows or not by a coin, and ranked among other fillings."""

import pytest

from privrag.errors import TrainingError
from privrag_finetune.leaks.canaries import (
    exposure,
    make_canaries,
    score_canaries,
    unused_tokens,
)
from privrag_finetune.leaks.pii_scan import scan_rows
from tests.fakes import WordListDetector
from tests.finetune.leaks.learners import canaries, encode, reader, rows, tokenizer, untaught


def test_the_same_seed_draws_the_same_and_another_seed_others():
    assert make_canaries(20, seed=1) == make_canaries(20, seed=1)
    one, other = make_canaries(20, seed=1), make_canaries(20, seed=2)
    assert [c.filling for c in one.canaries] != [c.filling for c in other.canaries]


def test_the_coin_is_fair():
    included = sum(c.included for c in make_canaries(1000, seed=4).canaries)
    assert 450 <= included <= 550


def test_only_those_with_heads_are_learnt_each_as_an_owner_of_its_own():
    made = canaries()
    learnt = made.training_rows(encode)
    heads = {c.id for c in made.canaries if c.included}
    assert {row.owner for row in learnt} == heads
    assert len(learnt) == len({row.id for row in learnt}) == len(heads)
    assert 0 < len(heads) < 32


def test_which_tokens_are_rare_changes_nothing_but_the_fillings_made_of_them():
    one, other = (make_canaries(20, seed=1, rare_tokens=range(n, 900)) for n in (10, 11))
    assert one.pool != other.pool
    for mine, theirs in zip(one.canaries, other.canaries, strict=True):
        assert (mine.id, mine.thing, mine.place, mine.included) == (
            theirs.id, theirs.thing, theirs.place, theirs.included,
        )  # fmt: skip
        assert mine.kind == "rare-tokens" or mine.filling == theirs.filling


def test_half_are_words_of_the_domain_and_half_rare_tokens():
    made = canaries()
    kinds = [c.kind for c in made.canaries]
    assert kinds.count("in-domain") == kinds.count("rare-tokens") == 16
    words = next(c for c in made.canaries if c.kind == "in-domain")
    text = tokenizer().decode(made.row(words, encode).input_ids)
    assert all(word in text for word in (*words.filling, *words.thing.split()))
    rare = next(c for c in made.canaries if c.kind == "rare-tokens")
    row = made.row(rare, encode)
    assert tuple(map(str, row.input_ids[row.prompt_tokens : -1])) == rare.filling
    assert row.input_ids[-1] == tokenizer().eos_token_id


def test_without_rare_tokens_all_are_of_the_domain():
    assert {c.kind for c in make_canaries(6, seed=0).canaries} == {"in-domain"}


def test_no_canary_is_taken_for_an_identity():
    made = make_canaries(40, seed=1)
    texts = {
        c.id: made.wording.answer.format(
            object=c.thing, place=c.place, filling=", ".join(c.filling)
        )
        for c in made.canaries
    }
    assert scan_rows(texts, WordListDetector([]), None, recall=0).clean


def test_unused_tokens_are_in_no_row():
    some = rows(1)
    used = {token for row in some for token in row.input_ids}
    found = unused_tokens(some, vocabulary=len(tokenizer()), special=[0, 1, 2])
    assert not used & set(found)
    assert not {0, 1, 2} & set(found)
    assert len(found) == len(tokenizer()) - len(used | {0, 1, 2})


def test_more_than_there_are_words_for_are_refused():
    with pytest.raises(TrainingError, match="words for 1024; ask for fewer"):
        make_canaries(1025, seed=0)


@pytest.mark.parametrize(
    ("loss", "others", "bits"),
    [
        (0.1, [1.0, 2.0, 3.0], 2.0),  # first of four
        (2.5, [1.0, 2.0, 3.0], 0.415),  # third of four: log2(4 / 3)
        (9.0, [1.0, 2.0, 3.0], 0.0),
        (1.0, [1.0, 1.0, 1.0], 0.0),  # of equals it is last
    ],
)
def test_exposure_by_hand(loss, others, bits):
    assert exposure(loss, others) == pytest.approx(bits, abs=0.001)


def test_fillings_are_others_and_the_same_in_every_run():
    made = canaries()
    for canary in made.canaries[:2]:
        drawn = list(made.fillings(canary, 30))
        assert canary.filling not in drawn
        assert drawn == list(made.fillings(canary, 30))
        assert {len(filling) for filling in drawn} == {len(canary.filling)}


def test_a_model_without_training_exposes_nothing():
    model = reader(untaught())
    found = score_canaries(model, model, canaries(), encode, fillings=31, ranked=16)
    assert {score.score for score in found.scores} == {0.0}
    assert sum(score.exposure is not None for score in found.scores) == 16
    for one in found.exposures:
        assert one.ceiling == 5.0
        assert one.above_chance.low <= 0 <= one.above_chance.high
