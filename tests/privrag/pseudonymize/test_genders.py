"""A title of the other gender divides two people of one surname. Everybody is invented."""

import pytest

from privrag.pseudonym import base
from privrag.pseudonymize.linking.canonical import link
from privrag.pseudonymize.linking.genders import NAMES_OF_MEN, NAMES_OF_WOMEN, contradicts
from privrag.pseudonymize.linking.mentions import mentions_of
from privrag.pseudonymize.question import question_of
from privrag.pseudonymize.replace import pseudonymize_document
from privrag.records import Block, Document, Entity
from privrag.vault import FileKeyProvider, Flag, Vault
from tests.fakes import WordListDetector


def test_no_name_is_on_both_lists_and_none_has_a_capital_or_an_accent():
    assert not NAMES_OF_MEN & NAMES_OF_WOMEN
    assert all(n.isascii() and n.islower() for n in NAMES_OF_MEN | NAMES_OF_WOMEN)
    unclear = {"andrea", "jean", "simone", "kim", "robin", "gabriele", "michele", "nicola", "jan"}
    assert not unclear & (NAMES_OF_MEN | NAMES_OF_WOMEN)


@pytest.mark.parametrize(
    ("surface", "name", "divides"),
    [
        ("Mr Lee", "grace lee", True),
        ("Mr. Lee", "anne-marie lee", True),
        ("Herrn Dr. Lee", "katrin lee", True),
        ("Monsieur Lee", "hélène lee", True),
        ("Mrs Lee", "oliver lee", True),
        ("MISS LEE", "peter lee", True),
        ("Frau Lee", "jürgen van lee", True),
        ("Mr Lee", "oliver lee", False),
        ("Mrs Lee", "grace lee", False),
        ("Dr Lee", "grace lee", False),
        ("Mr Lee", "andrea lee", False),
        ("Mr Lee", "zolta lee", False),
        ("Lee", "grace lee", False),
        ("Mrozek", "grace mrozek", False),
    ],
)
def test_only_a_sure_title_contradicts_a_sure_given_name(surface, name, divides):
    assert contradicts(surface, name) is divides


@pytest.mark.parametrize(
    ("surfaces", "forms"),
    [
        (["Grace Lee", "Mr Lee", "Mrs Lee", "Lee"], ["grace lee", "lee", "grace lee", "grace lee"]),
        (["Grace Lee", "Mr G. Lee"], ["grace lee", "g lee"]),
        (["Grace Lee", "Tom Lee", "Mr Lee"], ["grace lee", "tom lee", "lee"]),
        (["Grace Lee", "Mr Grace Lee"], ["grace lee", "grace lee"]),
    ],
)
def test_the_part_with_such_a_title_stays_a_form_of_its_own(surfaces, forms):
    assert link([("PERSON", one) for one in surfaces]) == forms


def test_it_is_flagged_and_seeks_nobody():
    *_, mention = mentions_of([("PERSON", "Grace Lee"), ("PERSON", "Mr Lee")], "doc")
    assert mention.flags == Flag.AMBIGUOUS
    assert (mention.canonical, mention.seeks, mention.alone) == ("lee", (), ())


@pytest.fixture
def vault(tmp_path):
    with Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key")) as opened:
        yield opened


def tokens(text, vault, words):
    found, at = [], 0
    for word in words:
        at = text.index(word, at)
        found.append(Entity("PERSON", at, at + len(word), 1.0, "fake"))
        at += len(word)
    block = Block("paragraph", text, None, 0, len(text))
    document = Document("0" * 64, "file:///d.txt", "offer", "t", (block,), None)
    safe, masked = pseudonymize_document(document, [found, []], vault, version="v")
    return safe.blocks[0].text, [m.pseudonym for m in masked]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Patient: Grace Baker. Mr Baker, her husband, drove.", ["Grace Baker", "Baker"]),
        ("Patient: Grace Baker. Mr Baker, her husband, drove.", ["Grace Baker", "Mr Baker"]),
        ("Kundin: Katrin Vogel. Herrn Dr. Vogel sei Dank.", ["Katrin Vogel", "Vogel"]),
        ("Oliver Stone came. Mrs.\u00a0Stone left.", ["Oliver Stone", "Stone"]),
        ("Claire Dupont vient. Monsieur Dupont paie.", ["Claire Dupont", "Dupont"]),
    ],
)
def test_the_title_divides_where_detection_left_it_outside(vault, text, words):
    _, (full, part) = tokens(text, vault, words)
    assert base(full) != base(part)
    (question,) = question_of([text], WordListDetector(words), vault)
    assert len({base(token) for token in question.placeholders}) == 2
    assert base(part) in question.may_mean


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Grace Baker came. Mrs Baker left.", ["Grace Baker", "Baker"]),
        ("Zolta Quirm came. Mr Quirm left.", ["Zolta Quirm", "Quirm"]),
        ("Grace Baker came. Ask Dr. Baker.", ["Grace Baker", "Baker"]),
        ("Grace Baker came. No mr. Baker.", ["Grace Baker", "Baker"]),
    ],
)
def test_other_titles_stay_outside_and_the_part_joins(vault, text, words):
    safe, (full, part) = tokens(text, vault, words)
    assert base(full) == base(part)
    assert text[text.rindex("Baker" if "Baker" in text else "Quirm") - 4 :][:3].strip() in safe


def test_a_name_and_title_in_a_text_that_detection_missed_do_not_stop_the_document(vault):
    text = "Grace Baker came. Mr Baker left. `Mr Baker`"
    safe, _ = tokens(text, vault, ["Grace Baker", "Baker"])
    assert safe.endswith("`Mr Baker`")
