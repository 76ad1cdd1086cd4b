# ruff: noqa: RUF001 - letters that look alike
"""Text that is made to get past the recognizers: no crash, no leak. All people are invented."""

from typing import get_args

import pytest

from privrag.errors import ContextTooLongError
from privrag.pseudonymize.detect import Detector
from privrag.pseudonymize.profile import DetectSettings, Label
from privrag.pseudonymize.question import question_of
from privrag.pseudonymize.replace import pseudonymize_document
from privrag.records import Block, Document
from privrag.vault import FileKeyProvider, Vault

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u202e\U000e0041"
ZERO = "\u200b"

HIDDEN = [
    "ma\u200brta@exam\u00adple.org",
    "marta%40example.org",
    "marta%2540example%2Eorg",
    "marta&#64;example.org",
    "marta&#x40;example&period;org",
    "\u202emarta@example.org\u202c",
    "mаrta@example.org",  # with a Cyrillic letter
    "DE89 37\u200b04 0044 0532 0130 00",
    "DE89%203704%200044%200532%200130%2000",
    "４１１１ １１１１ １１１１ １１１１",
    "4111\u20111111\u20111111\u20111111",
    "914-27\u2060-6083",
    "914-27-6083",
    "%2B49%2030%201234567",
    "+49\u202f30\u202f1234567",
    "AKIA\u200bIOSFODNN7EXAMPLE",
    "\uff21KIAIOSFODNN7EXAMPLE",
]


@pytest.fixture(scope="module")
def detector():
    """Without the name model: these are found by form."""
    found = {"EMAIL", "PHONE", "IBAN", "CARD", "SSN", "ID", "IP", "SECRET"}
    return Detector(
        DetectSettings(actions={label: "keep" for label in get_args(Label) if label not in found})
    )


@pytest.fixture
def vault(tmp_path):
    keys = FileKeyProvider(tmp_path / "vault.key")
    with Vault.open(tmp_path / "vault.db", keys, tenant="default") as opened:
        yield opened


def asked(text, detector, vault, limit=100_000):
    settings = DetectSettings(max_question_characters=limit)
    (question,) = question_of([text], detector, vault, settings=settings)
    return question


def stored(text, detector, vault, kind="paragraph"):
    """The safe text of a document of one block, and what its pseudonyms stand for."""
    block = Block(kind, text, None, 0, len(text))
    document = Document("0" * 64, "file:///a.txt", "a", "text/plain", (block,), None)
    found = detector.detect([(kind, text), ("paragraph", "a")])
    safe, masked = pseudonymize_document(document, found, vault, version="1")
    return safe.blocks[0].text, [text[m.entity.start : m.entity.end] for m in masked]


def core(value):
    """Without escapes at its ends, which may stay."""
    return value.removeprefix("%").strip(INVISIBLE)


@pytest.mark.parametrize("value", HIDDEN)
def test_a_hidden_value_in_a_question_is_replaced_and_comes_back_as_typed(value, detector, vault):
    text = f"Please note {value} for me."
    question = asked(text, detector, vault)
    assert core(value) not in question.text
    restored = question.text
    for token, words in question.ephemeral.items():
        restored = restored.replace(token, words)
    assert restored == text
    assert max(map(len, question.ephemeral.values())) >= len(core(value)) - 1


@pytest.mark.parametrize("kind", ["paragraph", "table", "code"])
@pytest.mark.parametrize("value", HIDDEN)
def test_a_hidden_value_in_a_document_is_replaced_where_it_stands(value, kind, detector, vault):
    safe, masked = stored(f"Please note {value} for me.", detector, vault, kind)
    assert core(value) not in safe
    assert safe.startswith("Please note ")
    assert safe.endswith(" for me.")
    assert len(masked) == 1


def test_hidden_and_plain_spellings_are_one_entity(detector, vault):
    plain = asked("marta@example.org", detector, vault).placeholders
    text = "marta@example.org, marta%40example.org and mar\u200bta@example.org"
    question = asked(text, detector, vault)
    assert len(question.placeholders) == len(plain) == 1


def test_fake_pseudonyms_are_words_of_the_asker(detector, vault):
    question = asked("PERSON_K7M2QX4C " * 3000, detector, vault)
    assert "PERSON_" not in question.text
    assert set(question.ephemeral.values()) == {"PERSON_K7M2QX4C"}


def test_ten_megabytes_are_refused_in_one_sentence(detector, vault):
    with pytest.raises(ContextTooLongError, match="longer than 100000 characters together"):
        asked("7" * 10_000_000, detector, vault)


@pytest.mark.parametrize(
    "unit", ["7", "7 ", "\u200b", "%37", "a@b", "aа1", "\u202e", "é\u0301", "&"]
)
def test_a_long_question_of_one_thing_is_answered(unit, detector, vault):
    text = (unit * 20_000)[:20_000]
    question = asked(text, detector, vault)
    assert question.text == text or question.placeholders


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "An\u200bna Lind\u00adqvist",
        "\u202bAnna Lindqvist\u202c",
        "Аnna Lindqvist",  # with a Cyrillic letter
        "Anna%20Lindqvist",
        "Anna\u00a0Lindqvist",
        "ANNA LINDQVIST",
        "Ａｎｎａ Ｌｉｎｄｑｖｉｓｔ",
    ],
)
def test_a_hidden_name_is_found_by_the_name_model(name, vault):
    detector = Detector()
    text = f"Yesterday Ms. {name} signed the contract for the depot."
    safe, masked = stored(text, detector, vault)
    assert "indqvist" not in safe.casefold()
    assert [m for m in masked if "Lind" in m or len(m) >= len("Lindqvist")]


def test_a_name_that_the_vault_knows_is_found_in_any_case(detector, vault):
    from tests.fakes import WordListDetector

    stored("Marta Lindqvist signed.", WordListDetector(["Marta Lindqvist"]), vault)
    for spelling in (
        "MARTA LINDQVIST",
        "marta lindqvist",
        "Mar\u200bta Lindqvist",
        "Mаrta Lindqvist",
    ):
        question = asked(f"where is {spelling}".replace("where", "Where"), detector, vault)
        assert "indqvist" not in question.text.casefold(), spelling
