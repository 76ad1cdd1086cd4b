"""A register has more mentions than are planned at once: what they share, they still share."""

import pytest

from privrag.errors import VaultError
from privrag.pseudonym import base
from privrag.vault import FileKeyProvider, Flag, Mention, Vault
from privrag.vault import assign as assigning

ANN = "ann lee"
MAIL, OTHER_MAIL = (("EMAIL", "ann@mail.example"),), (("EMAIL", "lee@mail.example"),)


@pytest.fixture
def vault(tmp_path, monkeypatch):
    monkeypatch.setattr(assigning, "_AT_ONCE", 2)
    with Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key")) as opened:
        yield opened


def mentions(*surfaces, beside=()):
    return [Mention("PERSON", one, ANN, beside=beside) for one in surfaces]


def test_one_person_in_several_slices_is_one(vault):
    names = ["Ann Lee", "A. Lee", "Lee, Ann", "ANN LEE", "Ann Lee"]
    tokens = vault.assign(iter(mentions(*names)), version="v1")
    assert {base(token) for token in tokens} == {tokens[0]}
    assert tokens[0] == tokens[-1]
    assert [vault.surface([token])[token] for token in tokens] == names
    assert vault.versions_of(tokens[:1]) == {"v1"}
    assert vault.verify().damaged == ()


def test_what_one_document_has_beside_a_person_tells_of_no_other(vault):
    both = [*mentions("Ann Lee", "Lee, Ann", beside=MAIL), *mentions("A. Lee", beside=OTHER_MAIL)]
    vault.assign(both, version="v1")
    assert vault.flagged(Flag.HOMONYM_RISK) == []
    third = (("EMAIL", "other@mail.example"),)
    vault.assign(mentions("Ann Lee", "A. Lee", "Lee, Ann", beside=third), version="v2")
    assert len(vault.flagged(Flag.HOMONYM_RISK)) == 1
    assert vault.verify().damaged == ()


def test_one_bad_mention_in_the_last_slice_leaves_nothing(vault):
    with pytest.raises(VaultError, match="no surface"):
        vault.assign([*mentions("Ann Lee", "A. Lee"), Mention("PERSON", "", "")], version="v1")
    assert vault.count() == 0
    assert vault.verify().damaged == ()
