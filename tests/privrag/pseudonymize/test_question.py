"""Questions and chats in the space of the documents. All people are invented."""

import re
import time
from collections import Counter

import pytest

from privrag.errors import ContextTooLongError, PseudonymError
from privrag.pseudonym import base, placeholders
from privrag.pseudonymize.profile import DetectSettings
from privrag.pseudonymize.question import _merge, question_of
from privrag.pseudonymize.replace import pseudonymize_document
from privrag.records import BLOCK_SEPARATOR, Block, Document, Entity
from privrag.vault import FileKeyProvider, Vault
from tests.fakes import WordListDetector

PEOPLE = ("Marta Lindqvist", "Femi Adeyemi")


@pytest.fixture
def vault(tmp_path):
    keys = FileKeyProvider(tmp_path / "vault.key")
    with Vault.open(tmp_path / "vault.db", keys, tenant="default") as opened:
        yield opened


def asked(vault, *texts, limit=100_000):
    return question_of(
        texts,
        WordListDetector(PEOPLE),
        vault,
        settings=DetectSettings(max_question_characters=limit),
    )


def test_the_same_words_get_the_same_pseudonym_in_every_turn(vault):
    first, second = asked(vault, "Where is Marta Lindqvist?", "And Marta Lindqvist's phone?")
    assert first.placeholders == second.placeholders
    assert first.text == f"Where is {next(iter(first.placeholders))}?"


def test_a_surname_joins_the_full_name_of_an_earlier_turn(vault):
    detector = WordListDetector(("Marta Lindqvist", "Lindqvist", "Femi"))
    texts = ["You serve Marta Lindqvist.", "Who is Lindqvist?", "And Femi?"]
    turns = question_of(texts, detector, vault)
    assert turns[0].placeholders == turns[1].placeholders != turns[2].placeholders
    assert sorted(turns[-1].ephemeral.values()) == ["Femi", "Lindqvist", "Marta Lindqvist"]


def test_a_pseudonym_is_one_beside_letters_too(vault):
    (question,) = asked(vault, "PrefixMarta Lindqvists mail")
    (token,) = placeholders(question.text)
    assert question.text == f"Prefix {token} s mail"
    assert question.ephemeral == {token: "Marta Lindqvist"}


def test_more_spellings_than_letters_are_all_kept_apart(vault):
    spellings = [f"Femi{' ' * n}Adeyemi" for n in range(1, 31)]
    detector = WordListDetector(spellings)
    (question,) = question_of([" / ".join(spellings)], detector, vault)
    assert sorted(question.ephemeral.values()) == sorted(spellings)
    assert len({base(token) for token in question.ephemeral}) > 1


def test_a_chat_that_is_too_long_is_refused(vault):
    with pytest.raises(ContextTooLongError, match="longer than 100 characters"):
        asked(vault, "0123456789" * 6, "0123456789" * 6, limit=100)


def document(*texts):
    blocks, at = [], 0
    for text in texts:
        blocks.append(Block("paragraph", text, None, at, at + len(text)))
        at += len(text) + len(BLOCK_SEPARATOR)
    return Document("0" * 64, "file:///d.txt", "d", "text/plain", tuple(blocks), None)


class FirstOnly(WordListDetector):
    """Finds things in the first block and overlooks them in every other."""

    def detect(self, blocks):
        return [found if n == 0 else [] for n, found in enumerate(super().detect(blocks))]


@pytest.mark.parametrize(
    ("left", "safe"),
    [
        ("Write to a.b@example.org.", False),
        ("Write to a.b@example.organic or xa.b@example.org", True),
        ("Nothing else.", True),
    ],
)
def test_a_document_in_which_something_found_remains_is_refused(vault, left, safe):
    whole = document("Mail a.b@example.org", left)
    blocks = [(b.kind, b.text) for b in whole.blocks]
    found = FirstOnly(()).detect([*blocks, ("heading", whole.title)])
    if safe:
        pseudonymize_document(whole, found, vault, version="v")
    else:
        with pytest.raises(PseudonymError, match=r"^an e-mail address .* would remain") as refusal:
            pseudonymize_document(whole, found, vault, version="v")
        assert "a.b@" not in str(refusal.value)


@pytest.mark.parametrize(
    ("label", "value", "refused"),
    [
        ("CARD", "123", False),
        ("CARD", "4111 1111 1111 1111", True),
        ("SECRET", "4471", False),
        ("SECRET", "8852#", False),
        ("SECRET", "toor77", True),
        ("SSN", "078-05-1120", True),
    ],
)
def test_only_what_identifies_by_itself_must_be_gone_everywhere(vault, label, value, refused):
    whole = document(f"It is {value}.", f"Room {value} is free.")
    found = [[Entity(label, 6, 6 + len(value), 1.0, "fake")], [], []]
    if refused:
        with pytest.raises(PseudonymError, match="would remain"):
            pseudonymize_document(whole, found, vault, version="v")
    else:
        safe, _ = pseudonymize_document(whole, found, vault, version="v")
        assert safe.blocks[1].text == whole.blocks[1].text


class Labelled:
    """Finds the given words under the given labels."""

    def __init__(self, **labels: str) -> None:
        self._labels = labels

    def detect(self, blocks):
        return [
            [
                Entity(label, text.index(words), text.index(words) + len(words), 1.0, "fake")
                for label, words in self._labels.items()
                if words in text
            ]
            for _, text in blocks
        ]


def stored(vault, detector, text):
    block = Block("paragraph", text, None, 0, len(text))
    document = Document("d", "d", "", "text/plain", (block,), None)
    found = detector.detect([("paragraph", text)])
    safe, _ = pseudonymize_document(document, [*found, []], vault, version="v")
    return safe.placeholders


@pytest.mark.parametrize("words", ["5 %", "€500", "12,5%"])
def test_an_amount_has_the_same_form_in_a_question_as_in_a_document(vault, words):
    detector = Labelled(AMOUNT=words)
    known = stored(vault, detector, f"They paid {words} more.")
    (question,) = question_of([f"Who paid {words}?"], detector, vault)
    assert question.placeholders == known


def test_a_known_organisation_is_not_the_person_in_its_name(vault):
    stored(vault, Labelled(PERSON="Marta Lindqvist"), "Here is Marta Lindqvist.")
    firm = Labelled(ORG="Marta Lindqvist Partners")
    known = stored(vault, firm, "Ask Marta Lindqvist Partners.")
    (question,) = question_of(["What about Marta Lindqvist Partners?"], firm, vault)
    assert question.placeholders & known
    assert question.text.startswith("What about ORG_")


@pytest.mark.parametrize("asked_by", ["12 March 1998", "March 12, 1998", "12.03.1998"])
def test_a_date_is_found_in_another_spelling_and_takes_no_word_with_it(vault, asked_by):
    known = stored(vault, Labelled(DATE="12 March 1998"), "On 12 March 1998 he paid.")
    (question,) = question_of([f"What about {asked_by} regarding rent?"], Labelled(), vault)
    assert question.placeholders == known
    assert question.text.startswith("What about DATE_")
    assert question.text.endswith(" regarding rent?")


def test_a_number_of_thousands_is_one_word_of_a_question(vault):
    stored(vault, Labelled(DATE="10"), "In 10 they met.")
    known = stored(
        vault, Labelled(AMOUNT="10,000 Turkish liras (TRL"), "10,000 Turkish liras (TRL)"
    )
    (question,) = question_of(["What about 10,000 Turkish liras (TRL)?"], Labelled(), vault)
    assert question.placeholders == known
    (question,) = question_of(["What about EUR 10,000?"], Labelled(), vault)
    assert question.text == "What about EUR 10,000?"


def looked_up(vault, name):
    """What the vault is asked for a question about somebody, besides the rows of who was found."""
    statements = []
    vault.opened.db.set_trace_callback(statements.append)
    question_of([f"What does {name} owe?"], Labelled(PERSON=name), vault)
    vault.opened.db.set_trace_callback(None)
    rows = ("SELECT entity,", "SELECT e.id, e.tenant,")
    return [re.sub(r"\(.*", "", one) for one in statements if not one.startswith(rows)]


def test_who_is_unknown_takes_the_path_of_who_is_known(vault):
    stored(vault, Labelled(PERSON="Marta Lindqvist"), "Here is Marta Lindqvist.")
    known, unknown = (Counter(looked_up(vault, n)) for n in ("Marta Lindqvist", "Linnea Marquist"))
    assert known.keys() == unknown.keys()
    assert known["BEGIN"] == unknown["BEGIN"] > 3


@pytest.mark.parametrize("name", ["van der Quirm", "The Harbour of Quirm", "harbour of Quirm"])
def test_a_known_name_that_no_model_sees_is_found_beside_small_words(vault, name):
    stored(vault, Labelled(ORG=name), f"Here is {name} again.")
    (question,) = question_of([f"What did the {name} of this port owe to it?"], Labelled(), vault)
    assert re.fullmatch(r"What did (the )?ORG_\w+ of this port owe to it\?", question.text)
    (question,) = question_of([f"what does {name.lower()} owe?"], Labelled(), vault)
    assert re.fullmatch(r"what does ORG_\w+ owe\?", question.text)


@pytest.mark.parametrize("label", ["ID", "USERNAME", "ORG"])
def test_a_name_written_as_one_word_is_that_person_as_in_documents(vault, label):
    [anna] = stored(vault, Labelled(PERSON="Anna Lee"), "Here is Anna Lee.")
    detector = Labelled(**{label: "anna_lee"})
    (token,) = stored(vault, detector, "Ask anna_lee for it.")
    (question,) = question_of(["What did anna_lee say?"], detector, vault)
    assert base(token) == anna
    assert question.placeholders == {token} or question.placeholders == {anna}


@pytest.mark.alone
def test_a_long_chat_is_merged_in_bounded_time():
    text = "Zolta Quirm, " * 20_000
    places = range(0, len(text), 13)
    known = [Entity("PERSON", at, at + 5, 1.0, "vault") for at in places]
    found = [Entity("ORG", at, at + 11, 1.0, "fake") for at in places]
    begun = time.process_time()
    merged = _merge(text, known, found)
    assert time.process_time() - begun < 10
    assert [text[e.start : e.end] for e in merged] == ["Zolta", "Quirm"] * 20_000
