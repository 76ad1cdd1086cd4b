"""What a question asks for, and which sentence names it."""

import pytest

from privrag.answer_kind import asked_kinds, names_one_of

ANN, CALL, MAIL = "PERSON_4SD2GZD3", "PHONE_EF8JW5G5", "EMAIL_DRNSKQS4"


@pytest.mark.parametrize(
    ("question", "names", "does_not"),
    [
        ("Who signed the lease?", f"{ANN} signed it.", "It was signed in May."),
        ("How many days are left?", "There are 7 days.", "There are some days."),
        ("What is the e-mail address of the desk?", f"Write to {MAIL}.", f"Call {CALL}."),
        ("What is the phone number of the desk?", f"Call {CALL}.", f"Write to {MAIL}."),
        ("By which date is it due?", "It is due on DATE_4SD2GZD3.", "It is due soon."),
        ("In which room does she sit?", "Room A 321.", "In a large room."),
    ],
)
def test_a_sentence_names_what_is_asked_for(question, names, does_not):
    kinds = asked_kinds(question)
    assert names_one_of(kinds, names, given=frozenset())
    assert not names_one_of(kinds, does_not, given=frozenset())


def test_whoever_is_in_the_question_is_no_answer():
    kinds = asked_kinds(f"Who is the manager of {ANN}?")
    assert not names_one_of(kinds, f"{ANN}_B works in sales.", given=frozenset({ANN}))
    assert names_one_of(kinds, f"{ANN}_B reports to PERSON_K7M2QX4C.", given=frozenset({ANN}))


def test_digits_of_a_pseudonym_are_no_number():
    assert not names_one_of(asked_kinds("How many?"), f"Ask {ANN}.", given=frozenset())


@pytest.mark.parametrize("question", ["Describe the heating.", "Welche Farbe hat die Tür?", ""])
def test_of_another_question_nothing_is_expected(question):
    assert asked_kinds(question) == frozenset()
