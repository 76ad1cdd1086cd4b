"""Names of which one part is an ordinary word, an initial or `Jr.`. All people are invented."""

import pytest

from privrag.pseudonymize.matches import DocumentText, Match, resolve
from privrag.pseudonymize.names.parts import complete_names
from privrag.pseudonymize.propagate import propagate
from privrag.pseudonymize.recognizers.name_run import find_name_runs
from privrag.pseudonymize.recognizers.person import find_people


def people(text, *known):
    """The names that the recognizers find, completed; `known` are those of the model."""
    document = DocumentText.join([("paragraph", text)])
    found = [*find_people(document), *find_name_runs(document)]
    found += [
        Match("PERSON", text.index(k), text.index(k) + len(k), 0.6, "model", 1) for k in known
    ]
    accepted = resolve(document, found)
    accepted = resolve(document, [*accepted, *complete_names(document, accepted)])
    return [text[m.start : m.end] for m in accepted]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Mr. Public signed", "Public"),
        ("Mrs Order and", "Order"),
        ("Ms. Anna Public came", "Anna Public"),
        ("Mr. Will Public came", "Will Public"),
        ("Mr. and Mrs. Public live here", "Public"),
        ("Sgt. Report spoke", "Report"),
        ("Frau Anlage kommt", "Anlage"),
    ],
)
def test_what_follows_a_title_is_a_name_whatever_the_word(text, name):
    assert people(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "Mr President, I object",
        "Mr Vice Chairman",
        "Dear Sir or Madam",
        "Herr Vermieter kommt",
        "a delay of 10 ms Default",
        "12 Elm Dr Suite 5",
        "Dr. Who knows",
    ],
)
def test_offices_and_function_words_behind_a_title_are_no_names(text):
    assert people(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("John Q. Public Jr. came", "John Q. Public Jr"),
        ("Robert Quirm, Jr., was here", "Robert Quirm, Jr"),
        ("Henry Quirm III signed", "Henry Quirm III"),
        ("Anna B. Early wrote", "Anna B. Early"),
    ],
)
def test_initials_and_generation_belong_to_the_name(text, name):
    assert people(text) == [name]


def test_a_name_cut_at_its_initial_is_completed():
    assert people("Zeno Q. Public came", "Zeno") == ["Zeno"]
    assert people("John Q. Public came", "John Q") == ["John Q. Public"]


def test_a_generation_is_not_taken_for_the_surname():
    document = DocumentText.join([("paragraph", "Henry Quirm III. Part III by Quirm")])
    name = Match("PERSON", 0, 15, 0.9, "t")
    assert [document.text[m.start : m.end] for m in propagate(document, [name])] == [
        "Henry Quirm",
        "Quirm",
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Will Smith", "Will Smith"),
        ("Rose Smith came", "Rose Smith"),
        ("In the room May Smith sat", "May Smith"),
    ],
)
def test_a_first_name_that_is_a_word_belongs_to_the_surname_behind_it(text, name):
    assert people(text, "Smith") == [name]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Will Smith come?", "Smith"),
        ("In May Smith came", "Smith"),
        ("Will Anna come?", "Anna"),
    ],
)
def test_a_month_or_verb_before_a_name_is_no_part_of_it(text, name):
    assert people(text, name) == [name]


def test_a_first_name_that_is_a_word_counts_where_no_sentence_begins():
    assert people("I saw Will Quirm there") == ["Will Quirm"]
    assert people("Open the Grant Access form. In April Siemens paid. the Art Museum") == []


@pytest.mark.parametrize("text", ["Ask Rose", "He told Grant to leave", "Thank Mark for it"])
def test_who_is_asked_or_told_is_a_person(text):
    assert len(people(text)) == 1


@pytest.mark.parametrize("text", ["Rose is red", "Ask April Industries", "The grant", "Ask May-5"])
def test_words_that_are_also_given_names_are_left_elsewhere(text):
    assert people(text) == []


def test_last_first_behind_by_may_be_any_word():
    assert people("Rent: paid by Public, John") == ["Public, John"]
    assert people("General Public, John and all") == ["John"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('From: "alice walker" <alice@q.example>', ["alice walker"]),
        ("To: bo tann <b@q.example>, ANNA LEE <a@q.example>", ["bo tann", "ANNA LEE"]),
        ("Cc: anna <a@q.example>", ["anna"]),
        ("From: support team <s@q.example>", []),
        ("From: noreply <s@q.example>", []),
    ],
)
def test_display_name_in_a_mail_header_counts_in_any_case(text, names):
    assert people(text) == names


@pytest.mark.parametrize(
    ("text", "known", "name"),
    [
        ("saw Bolzimar Quirm there", "Quirm", "Bolzimar Quirm"),
        ("Borrower: Bolzimar Quirm", "Quirm", "Bolzimar Quirm"),
        ("?name=Bolzima+Quirm 200", "Quirm", "Bolzima+Quirm"),
        ("Zolta VAN DEN QUIRM came", "Zolta VAN", "Zolta VAN DEN QUIRM"),
        ("mother: Bolzima Quirm", "Quirm", "Bolzima Quirm"),
    ],
)
def test_no_given_name_stays_beside_a_hidden_surname(text, known, name):
    assert name in people(text, known)


@pytest.mark.parametrize(
    "text",
    [
        "the Colleague Quirm",
        "The German Quirm came",
        "Reportedly Quirm came",
        "Acme Bolzi Quirm came",
        "der Teamleiter Quirm und die anderen",
        "a bolzi or two. Bolzi Quirm",
        "ABC Quirm",
    ],
)
def test_ordinary_words_and_german_nouns_before_a_surname_are_no_part_of_it(text):
    assert people(text, "Quirm") == ["Quirm"]
