"""Who was forgotten does not come back under a further name. Everybody is invented."""

import pytest

from privrag import preview as module
from privrag.home import open_vault
from privrag.preview import preview
from privrag.pseudonym import placeholders
from privrag.pseudonymize.linking.mentions import mentions_of
from privrag.pseudonymize.question import question_of
from privrag.pseudonymize.replace import pseudonymize_document
from privrag.records import Block, Document
from privrag.settings import load_settings
from privrag.vault import FileKeyProvider, Vault
from tests.fakes import WordListDetector

NAMES = ["Zolta A. Quirm", "Zolta Ann Quirm", "ZOLTA QUIRM", "Zolta Quirm", "Quirm, Zolta",
         "Quirm Zolta", "Otto Quirm", "Z. Quirm", "Quirm"]  # fmt: skip
FORGOTTEN = [
    "Zolta Quirm called. Zolta A. Quirm called.",
    "Zolta A. Quirm called. Zolta Quirm called. Quirm left.",
    "ZOLTA QUIRM called. Zolta A. Quirm called.",
    "Quirm, Zolta called. Zolta Ann Quirm called. Z. Quirm called.",
    "Quirm Zolta called. Zolta A. Quirm called.",
    "Quirm Zolta called.",
]


def with_forgotten(vault, *, others=()):
    surfaces = [("PERSON", name) for name in ("Zolta Quirm", *others)]
    zolta = vault.assign(mentions_of(surfaces, "other"), version="other")[0]
    vault.suppress_people([zolta])
    vault.erase(zolta)


@pytest.fixture(params=[(), ("Otto Quirm",)])
def vault(tmp_path, request):
    with Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key")) as opened:
        with_forgotten(opened, others=request.param)
        yield opened


def written(text, vault):
    block = Block("paragraph", text, None, 0, len(text))
    document = Document("0" * 64, "file:///d.txt", "offer", "t", (block,), None)
    found = [*WordListDetector(NAMES).detect([("paragraph", text)]), []]
    return pseudonymize_document(document, found, vault, version="v")[0].blocks[0].text


@pytest.mark.parametrize("text", FORGOTTEN)
def test_each_spelling_beside_a_longer_one_is_masked_and_nothing_is_stored(vault, text):
    before = vault.count()
    assert placeholders(written(text, vault)) == set()
    assert vault.count() == before


@pytest.mark.parametrize("text", FORGOTTEN)
def test_a_question_is_masked_too(vault, text):
    (question,) = question_of([text], WordListDetector(NAMES), vault)
    assert question.placeholders == set()


def test_who_has_the_same_surname_stays(vault):
    text = "Otto Quirm called. Z. Quirm called. Quirm called."
    assert len(placeholders(written(text, vault))) >= 2


def test_a_preview_shows_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "Detector", lambda _: WordListDetector(NAMES))
    home, file = tmp_path / "home", tmp_path / "letter.txt"
    file.write_text(FORGOTTEN[0])
    with open_vault(home, load_settings(home)) as opened:
        with_forgotten(opened)
    assert preview(home, file)["text"].strip() == "a person called. a person called."
