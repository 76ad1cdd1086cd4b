from dataclasses import replace

import pytest

from privrag.cite import Checker, faithfulness, statements
from privrag.evidence import (
    CiteSettings,
    Evidence,
    content_words,
    excerpts,
    sentences_of,
    weigh,
)
from privrag.records import Chunk, Question, SafeSentence, SafeText, Source

SOURCE = Source("doc", "version", "default", "main", ("*",))
ANN = "PERSON_4SD2GZD3"


def passage(*sentences: str, context: str = "") -> Chunk:
    places, position = [], 0
    for sentence in sentences:
        places.append(SafeSentence(position, position + len(sentence), position, position + 9))
        position += len(sentence) + 1
    text = SafeText(" ".join(sentences))
    return Chunk("id", SOURCE, text, SafeText(context), 0, len(text), 1, "paragraph",
                 tuple(places), frozenset())  # fmt: skip


CANTEEN = passage("The canteen opens at 11:30.", "It closes at 14:00.", context="Canteen")
PARKING = passage("Visitors park on deck C.", "The barrier opens with a card.")


def check(draft: str, *passages: Chunk, piece: int = 3, evidence=(), question="What?",
          settings=None):  # fmt: skip
    checker = Checker(
        passages,
        evidence,
        settings or CiteSettings(),
        "The documents do not say",
        question,
        shown=range(len(passages)),
    )
    out = ""
    for start in range(0, len(draft), piece):
        out += "".join(checker.feed(draft[start : start + piece]))
    return out + "".join(checker.flush()), checker


def test_a_supported_sentence_keeps_its_marker():
    text, checker = check("The canteen closes at 14:00. [1]", CANTEEN, PARKING)
    assert text == "The canteen closes at 14:00. [1]"
    (quoted,) = checker.quoted
    assert (quoted.passage, quoted.sentence) == (0, 1)
    assert quoted.support == pytest.approx(faithfulness(1.0), abs=1e-3)


def test_a_wrong_marker_moves_to_the_passage_that_supports_the_sentence():
    _, checker = check("Visitors park on deck C [1].", CANTEEN, PARKING)
    assert [(q.passage, q.sentence) for q in checker.quoted] == [(1, 0)]


def test_a_missing_or_invented_marker_is_replaced():
    text, checker = check("Visitors park on deck C. [7]", CANTEEN, PARKING)
    assert text == "Visitors park on deck C. [1]"
    assert checker.quoted[0].passage == 1


@pytest.mark.parametrize(
    "invented",
    ["The canteen closes at 15:00. [1]", f"{ANN} closes the canteen. [1]", "Bananas are blue. [1]"],
)
def test_numbers_people_and_facts_that_no_passage_holds_are_dropped(invented):
    text, checker = check(invented, CANTEEN, PARKING)
    assert (text, checker.quoted) == ("", [])


def test_markers_count_up_in_the_order_of_the_answer():
    text, _ = check(
        "Visitors park on deck C. [2] The canteen closes at 14:00. [1]", CANTEEN, PARKING
    )
    assert text == "Visitors park on deck C. [1] The canteen closes at 14:00. [2]"


def test_the_same_evidence_keeps_one_marker():
    text, _ = check("Visitors park on deck C. [2] Deck C is for visitors. [2]", CANTEEN, PARKING)
    assert text == "Visitors park on deck C. [1] Deck C is for visitors. [1]"


@pytest.mark.parametrize("piece", [1, 2, 5, 100])
def test_the_result_does_not_depend_on_how_the_draft_arrives(piece):
    draft = "Visitors park on deck C. [2] The canteen closes at 14:00 [1]. Bananas are blue."
    assert check(draft, CANTEEN, PARKING, piece=piece)[0] == check(draft, CANTEEN, PARKING)[0]


def test_an_abbreviation_does_not_end_a_sentence():
    text, _ = check("Dr. Visitors park on deck C. [2]", CANTEEN, PARKING)
    assert text == "Dr. Visitors park on deck C. [1]"


def test_a_refusal_of_the_model_is_no_answer():
    text, checker = check("The documents do not say. The canteen closes at 14:00.", CANTEEN)
    assert (text, checker.said_no, checker.quoted) == ("", True, [])


def test_the_best_sentence_is_quoted_when_it_is_close_enough():
    text = passage("Canteen rules.", "The small canteen closes early at 14:00.")
    title, close = Evidence(0, 0, 1.4), Evidence(0, 1, 1.1)
    _, checker = check("Bananas are blue.", text, evidence=(title, close))
    assert checker.quote_best() == "The small canteen closes early at 14:00. [1]"
    _, checker = check("Bananas are blue.", text, evidence=(title, Evidence(0, 1, 0.9)))
    assert checker.quote_best() is None


def test_a_statement_that_only_repeats_the_question_is_no_answer():
    text, _ = check("Visitors park on deck C.", PARKING, question="Do visitors park on deck C?")
    assert text == ""


def test_a_statement_on_evidence_beside_the_question_is_dropped():
    evidence = (Evidence(0, 0, 0.3), Evidence(0, 1, 0.9))
    text, checker = check("The canteen opens at 11:30.", CANTEEN, evidence=evidence)
    assert (text, checker.quoted) == ("", [])
    text, _ = check("It closes at 14:00.", CANTEEN, evidence=evidence)
    assert text == "It closes at 14:00. [1]"


def test_relevance_is_cosine_plus_shared_ids_and_words_and_rank():
    chunk = passage(f"{ANN} has laptop 7.", "The canteen is closed.")
    question = Question(SafeText(f"Which laptop has {ANN}?"), frozenset({ANN}))
    places = sentences_of([chunk])
    first, second = weigh(question, [chunk], places, [0.1, 0.2], settings=CiteSettings())
    assert first.relevance == pytest.approx(0.1 + 0.25 + 1.0 + 0.3)
    assert second.relevance == pytest.approx(0.2 + 0.25 + 0.3)


def test_pseudonyms_count_without_their_alias():
    assert content_words(f"Is {ANN}_B the owner of WB-22?") == {ANN, "owner", "wb-22"}


LIFT = passage(f"The lift in the Gdynia tower was inspected by {ANN} on 4 June 2026 in 4 weeks.")


@pytest.mark.parametrize(
    "invented",
    [
        "The lift was inspected by John Miller on 4 June 2026. [1]",
        "John Miller inspected the lift in Gdynia. [1]",
        "The lift was inspected by PERSON_AAAAAAAA on 4 June 2026. [1]",
        "The lift was inspected by person_4sd2gzd4 on 4 June 2026. [1]",
        "The lift in Gdynia was inspected in five weeks. [1]",
    ],
)
def test_invented_names_garbled_pseudonyms_and_written_out_numbers_are_dropped(invented):
    text, checker = check(invented, LIFT)
    assert (text, checker.quoted) == ("", [])


@pytest.mark.parametrize(
    "said",
    [
        "The lift was inspected in four weeks. [1]",
        f"{ANN} inspected the Lift. [1]",
        "The Warsaw lift was inspected on 4 June 2026. [1]",
    ],
)
def test_written_out_numbers_and_the_askers_own_names_count_as_held(said):
    text, _ = check(said, LIFT, question="When was the lift in Warsaw inspected?")
    assert text == said


def table(*rows: str, context: str = "") -> Chunk:
    made = passage(*rows, context=context)
    return replace(made, kind="table")


STAFF = table("Name | Phone | IBAN", f"{ANN} | PHONE_1MP0Z3WK | IBAN_080PE7XF", context="Staff")
LEASE = passage("Account IBAN: IBAN_TB1MDGHF.", context="Lease")


def test_a_row_of_a_table_is_read_under_its_header():
    question = Question(SafeText(f"Which IBAN has {ANN}?"), frozenset({ANN}))
    places = sentences_of([STAFF, LEASE])
    assert [(p, s) for p, s, _ in places] == [(0, 1), (1, 0)]
    assert places[0][2].startswith("Staff\nName | Phone | IBAN\n")
    row, line = weigh(question, [STAFF, LEASE], places, [0.3, 0.4], settings=CiteSettings())
    assert row.relevance > line.relevance + CiteSettings().max_relevance_gap


def test_a_sentence_counts_for_whom_its_document_is_about():
    def relevance_of(*passages):
        question = Question(SafeText(f"How many days does {ANN} have?"), frozenset({ANN}))
        places = sentences_of(passages)
        weighed = weigh(question, passages, places, [0.5] * len(places), settings=CiteSettings())
        return {(e.passage, e.sentence): e.relevance for e in weighed}

    other = Source("other", "version", "default", "main", ("*",))
    head, term = passage(f"Contract with {ANN}."), passage("Payment is due within 18 days.")
    apart = relevance_of(head, replace(term, source=other))
    together = relevance_of(head, term)
    assert together[1, 0] == pytest.approx(apart[1, 0] + CiteSettings().id_weight)


def test_of_equal_sentences_that_of_the_better_passage_is_more_relevant():
    question = Question(SafeText("Describe the heating."), frozenset())
    same = passage("The heating runs on gas.")
    first, second = weigh(
        question, [same, same], sentences_of([same, same]), [0.5, 0.5], settings=CiteSettings()
    )
    assert first.relevance > second.relevance


def test_the_model_sees_a_row_under_its_header_and_no_empty_passage():
    evidence = [Evidence(0, 1, 0.9), Evidence(1, 0, 0.2)]
    assert excerpts([LEASE, STAFF], [Evidence(1, 1, 0.9)], sentences=3) == [
        (1, f"(Staff) Name | Phone | IBAN\n{ANN} | PHONE_1MP0Z3WK | IBAN_080PE7XF")
    ]
    assert [p for p, _ in excerpts([STAFF, LEASE], evidence, sentences=1)] == [0]


def test_a_marker_means_the_passage_that_the_model_saw_under_it():
    checker = Checker([PARKING, CANTEEN], (), CiteSettings(), "No.", "What?", shown=[1])
    said = "The canteen closes at 14:00. [1]"
    assert "".join([*checker.feed(said), *checker.flush()]) == said
    assert checker.quoted[0].passage == 1


def test_nothing_is_cited_from_a_passage_that_was_taken_out():
    nothing_needed = CiteSettings(min_support=0)
    _, checker = check("Bananas grow on Mars.", passage(" " * 20), settings=nothing_needed)
    assert checker.quoted == []


def test_support_is_that_of_the_worst_sentence_behind_a_marker():
    draft = "The canteen opens at 11:30. [1] The canteen soon opens at 11:30. [1]"
    _, checker = check(draft, CANTEEN)
    (quoted,) = checker.quoted
    assert quoted.support == pytest.approx(faithfulness(3 / 4), abs=1e-3)


def test_faithfulness_grows_with_what_is_covered_and_stays_a_share():
    values = [faithfulness(n / 10) for n in range(11)]
    assert values == sorted(values)
    assert 0 < values[0] < 0.5 < 0.9 < values[-1] < 1


def test_statements_are_the_sentences_without_markers():
    text = "Dr. Pham opens at 9. [1] She closes at 5 [2].\n\n- Not on Monday."
    assert statements(text) == ["Dr. Pham opens at 9.", "She closes at 5.", "- Not on Monday."]
    assert statements(" [1] ") == []
