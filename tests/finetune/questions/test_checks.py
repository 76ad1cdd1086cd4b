import pytest

from privrag_finetune.questions import checks
from privrag_finetune.questions.recipe import Limits
from tests.finetune.questions.made import HALL, MARTA, chunk, pair

PASSAGE = chunk(HALL)
GOOD = pair("How much do I pay for ten visits?")
HITS = {
    "answer_unsure": [pair("How much do ten visits cost?", "")],
    "answer_not_verbatim": [],
    "length": [
        pair("Why not?"),
        pair(" ".join(["why"] * 31) + "?"),
        pair("How much do I pay for ten visits?", " ".join(["euro"] * 81)),
    ],
    "not_a_question": [
        pair("Tell me the price of ten visits."),
        pair("It is cold. How much do ten visits cost?"),
        pair("How much do ten visits cost? Lockers take coins."),
    ],
    "repeats_itself": [pair("What sets a dog breed apart from a dog breed?")],
    "not_self_contained": [
        pair("What does the passage say about prices?"),
        pair("What is the purpose of this document?"),
        pair("Which of the following is true of the hall?"),
        pair("Which prices are mentioned above?"),
        pair("How is this information used?"),
        pair("Who pays in such cases?"),
        pair("What does it cost?"),
        pair("When are they open?"),
        pair("Why is that so?"),
    ],
    "mixed_voice": [pair("What do we ask you to bring?"), pair("Can our staff call your home?")],
    "placeholder_lost": [
        pair("What does PERSON_4SD2GZD4 sell?"),  # garbled
        pair("What does person_4sd2gzd3 sell?"),  # not as it is written
        pair("Who sells cards?", "PERSON_K7M2QX4C"),  # valid, not of this passage
    ],
    "answer_not_grounded": [
        pair("How much do ten visits cost?", "39 euros"),
        pair("Who sells the cards?", "Ottilie"),
        pair("How do ten visits get cheaper?", "students bring certificates from school"),
        pair("Can I buy ten visits?", "it can"),
    ],
    "question_not_grounded": [pair("What is the difference between credit and debit?")],
    "answer_in_question": [pair("Do ten visits cost 38 euros?", "38 euros")],
    "copies_passage": [
        pair("Lockers at the hall take a coin of one euro?"),
        pair("Is it true that lockers at the hall take a coin of one euro today?"),
    ],
}
NEAR_MISSES = {
    "answer_unsure": [pair("How much do ten visits cost?", "38")],
    "answer_not_verbatim": [pair("How much do ten visits cost?", "euros 38")],
    "length": [pair("What does it cost?"), pair(" ".join(["why"] * 30) + "?")],
    "not_a_question": [pair("Does the hall open at 6.30 on weekdays?"), pair("Is Mr.X in?")],
    "repeats_itself": [pair("How much is a card of ten or of two visits of the hall?")],
    "not_self_contained": [
        pair("How long does it take to swim ten laps?"),
        pair("Is it possible to pay with a coin?"),
        pair("When does the hall open this week?"),
        pair("Is a card such as that of ten visits cheaper?"),
        pair("How much does a text message to the hall cost?"),
        pair("What is a context menu for?"),
        pair("Can I see the price list?"),
        pair("Who checks that they who swim have paid?"),
    ],
    "mixed_voice": [pair("What do you ask visitors to bring?"), pair("May we swim at night?")],
    "placeholder_lost": [pair(f"What does {MARTA} sell?"), pair("Who sells?", f"{MARTA}_B sells")],
    "answer_not_grounded": [
        pair("How much do ten visits cost?", "38 euros at the gate"),
        pair("Who sells the cards?", MARTA),
    ],
    "question_not_grounded": [pair("How much money do ten visits of the hall cost?")],
    "answer_in_question": [pair("Do ten visits cost 38 euros?", "38 euros at the gate")],
    "copies_passage": [
        pair("Where can I get cards of ten visits for 38 euros?"),
        pair("Do lockers at the hall take a coin?"),
    ],
}


def test_every_check_has_hits_and_near_misses():
    assert set(HITS) == set(NEAR_MISSES) == set(checks.CHECKS)
    assert set(checks.CHECKS) < set(checks.REASONS)


@pytest.mark.parametrize(
    ("reason", "one"), [(reason, one) for reason, some in HITS.items() for one in some]
)
def test_a_hit_fires(reason, one):
    assert checks.CHECKS[reason](one, PASSAGE, Limits()), one.question


@pytest.mark.parametrize(
    ("reason", "one"), [(reason, one) for reason, some in NEAR_MISSES.items() for one in some]
)
def test_a_near_miss_does_not(reason, one):
    assert not checks.CHECKS[reason](one, PASSAGE, Limits()), one.question


def test_a_good_question_has_no_fault_and_the_first_reason_counts():
    assert checks.first_fault(GOOD, PASSAGE, Limits()) is None
    assert checks.first_fault(pair("It?", "39"), PASSAGE, Limits()) == "length"


def test_a_pseudonym_of_the_headings_counts_as_the_passage_s():
    from dataclasses import replace

    from privrag.records import SafeText

    headed = replace(PASSAGE, context=SafeText("Gate of PERSON_K7M2QX4C"))
    one = pair("Where does PERSON_K7M2QX4C sell cards?")
    assert not checks.placeholder_lost(one, headed, Limits())
    assert checks.placeholder_lost(one, PASSAGE, Limits())
