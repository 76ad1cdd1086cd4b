"""What a follow-up question is searched as. Invented people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privrag.pseudonym import new_pseudonym, placeholders
from privrag.records import Question, SafeText
from privrag.rewrite import (
    RewriteSettings,
    accepted,
    candidates_of,
    is_follow_up,
    refers,
    rewriting_messages,
)

ANN, BEN = "PERSON_K7M2QX4C", "PERSON_4SD2GZD3"
DAY = new_pseudonym("DATE")
SETTINGS = RewriteSettings()


def said(text: str, **fields) -> Question:
    return Question(SafeText(text), placeholders(text), **fields)


def talk(*texts: str):
    """Turns of user and assistant, the user first."""
    return [(("user", "assistant")[n % 2], said(text)) for n, text in enumerate(texts)]


def searched(question: str, *before: str, **settings):
    return candidates_of(said(question), talk(*before), RewriteSettings(**settings))


@pytest.mark.parametrize(
    "question",
    [
        "And when does it close?",
        "What about the north yard?",
        "Where does she work?",
        "opening hours",
        "Und wann schließt es?",
        "Where does the new director of the harbour company in Quirm live with her family?",
    ],
)
def test_a_question_that_leans_on_what_was_said_is_a_follow_up(question):
    assert is_follow_up(question, SETTINGS)


@pytest.mark.parametrize(
    "question",
    [
        "How many pallets did the northern warehouse ship to customers in March?",
        "Which department orders replacement parts for the harbour cranes every spring?",
    ],
)
def test_a_long_question_that_refers_to_nothing_stands_alone(question):
    assert not is_follow_up(question, SETTINGS)
    (only,) = searched(question, "Who leads the yard?", "Ann.")
    assert (only.question.text, only.weight) == (question, 1.0)


def test_words_of_other_words_refer_to_nothing():
    assert not refers("Which items sit on the theme shelf?")


def test_the_words_of_the_users_turn_before_stand_before_the_question():
    alone, further = searched("And when does it close?", "Where is the canteen?", "On deck C.")
    assert alone.question.text == "And when does it close?"
    assert further.question.text == "canteen And when does it close?"
    assert (alone.weight, further.weight) == pytest.approx((0.6, 0.4))


def test_without_turns_before_it_nothing_is_added():
    assert len(searched("And when does it close?")) == 1
    system = [("system", said("You are a pirate."))]
    assert len(candidates_of(said("And it?"), system, SETTINGS)) == 1


def test_off_is_off():
    assert len(searched("And it?", "Where is the canteen?", by="off")) == 1


def test_whom_the_answer_named_is_inherited_by_a_pronoun():
    alone, further = searched("What is her phone number?", "Who leads the drill?", f"{ANN} does.")
    assert alone.question.placeholders == further.question.placeholders == {ANN}
    assert alone.question.text == "What is her phone number?"


def test_a_pronoun_means_who_was_named_last():
    talked = (f"Who is {ANN}?", "The director.", "Since when?", f"Since {BEN} left.")
    alone, _ = searched("Where does she live?", *talked)
    assert alone.question.placeholders == {BEN}
    earlier = (f"Who is {ANN}?", "The director.", "Since when?", "For years.")
    assert searched("Where does she live?", *earlier)[0].question.placeholders == {ANN}


def test_a_new_name_takes_the_place_of_the_one_before():
    alone, further = searched(f"And {BEN}?", f"Where does {ANN} live?", f"{ANN} lives in Quirm.")
    assert further.question.text == f"live And {BEN}?"
    assert further.question.placeholders == alone.question.placeholders == {BEN}


def test_a_date_takes_no_persons_place():
    alone, _ = searched(f"What did she earn on {DAY}?", f"Who is {ANN}?", "The director.")
    assert alone.question.placeholders == {ANN, DAY}


def test_a_list_of_people_is_nobody_in_particular():
    crowd = " ".join(new_pseudonym("PERSON") for _ in range(9))
    alone, _ = searched("Where do they live?", "Who is in the club?", crowd)
    assert alone.question.placeholders == frozenset()


def test_what_a_name_may_mean_goes_with_it():
    before = said(f"Who is {ANN}?", may_mean={BEN: ANN}, one_word=frozenset({BEN}))
    earlier = [("user", before), ("assistant", said("The director."))]
    alone, _ = candidates_of(said("Where does she live?"), earlier, SETTINGS)
    assert alone.question.may_mean == {BEN: ANN}
    assert alone.question.one_word == {BEN}


@given(
    question=st.text(max_size=80),
    before=st.lists(st.text(max_size=80), max_size=6),
    names=st.lists(st.sampled_from([ANN, BEN, DAY, ""]), min_size=7, max_size=7),
    weight=st.floats(0, 1),
)
def test_nobody_is_named_whom_the_conversation_does_not_name(question, before, names, weight):
    turns = [f"{text} {name}" for text, name in zip(before, names, strict=False)]
    found = searched(f"{question} {names[-1]}", *turns, weight=weight)
    known = placeholders(" ".join([*turns, question, names[-1]]))
    for one in found:
        assert one.question.placeholders | placeholders(one.question.text) <= known
    assert sum(one.weight for one in found) == pytest.approx(1)
    assert found[0].question.text == f"{question} {names[-1]}"


EARLIER = talk(f"Who is {ANN}?", "The director of the yard.")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (f"Where does {ANN} live?", f"Where does {ANN} live?"),
        (f'Question: "Where does {ANN} live?"\n', f"Where does {ANN} live?"),
        ("Where does the director live?", "Where does the director live?"),
        (f"Where does {BEN} live?", None),
        (f"Where does {ANN[:-1]}{'A' if ANN[-1] != 'A' else 'B'} live?", None),
        (f"Where does {ANN} live?\nShe lives in Quirm.", None),
        (f"Where does {ANN} live? And why? And since when?", None),
        ("I cannot help with that.", None),
        (f"Where does {ANN} " + "really " * 90 + "live?", None),
        ("", None),
    ],
)
def test_what_a_model_writes_is_kept_if_it_is_one_question_of_this_conversation(written, kept):
    assert accepted(SafeText(written), said("Where does she live?"), EARLIER) == kept


def test_a_name_of_the_question_may_not_be_lost():
    assert accepted(SafeText("And the director?"), said(f"And {BEN}?"), EARLIER) is None


def test_a_written_question_is_the_heavier_one():
    written = SafeText(f"Where does {ANN} live?")
    alone, whole = candidates_of(
        said("Where does she live?"), EARLIER, RewriteSettings(by="model"), rewritten=written
    )
    assert whole.question.text == whole.question.keywords == written
    assert whole.question.placeholders == {ANN}
    assert (alone.weight, whole.weight) == pytest.approx((0.3, 0.7))


def test_the_model_reads_the_last_turns_without_the_clients_instructions():
    turns = [("system", said("You are a pirate.")), *EARLIER]
    told, asked = rewriting_messages(said("Where does she live?"), turns, SETTINGS)
    assert told.role == "system"
    assert asked.content.startswith(f"Conversation:\nuser: Who is {ANN}?\nassistant: The director")
    assert asked.content.endswith("Last question: Where does she live?")
    assert "pirate" not in asked.content
