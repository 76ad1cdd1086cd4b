import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from privrag.errors import VaultError
from privrag.pseudonym import base, is_valid
from privrag.vault import FileKeyProvider, Mention, Vault

ANN = Mention("PERSON", "Ann Lee", "ann lee", ("lee",))
MS_LEE = Mention("PERSON", "Ms. Lee", "ann lee")
LEEDS = Mention("PERSON", "Ann Leeds", "ann leeds", ("leeds",))
BOB = Mention("PERSON", "Bob Lee", "bob lee", ("lee",))


@pytest.fixture
def keys(tmp_path: Path) -> FileKeyProvider:
    return FileKeyProvider(tmp_path / "keys" / "vault.key")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "vault.db"


@pytest.fixture
def vault(path: Path, keys: FileKeyProvider):
    with Vault.open(path, keys) as opened:
        yield opened


def test_a_mention_gets_the_same_token_every_time(vault, path, keys):
    [token] = vault.assign([ANN], version="v1")
    assert is_valid(token)
    assert token.startswith("PERSON_")
    assert vault.assign([ANN, ANN], version="v2") == [token, token]
    vault.close()
    with Vault.open(path, keys) as again:
        assert again.assign([ANN], version="v1") == [token]
        assert again.count() == 1


def test_surfaces_of_one_entity_share_its_pseudonym_and_restore_exactly(vault):
    first, second, other = vault.assign([ANN, MS_LEE, LEEDS], version="v1")
    assert second == first + "_B"
    assert base(second) == first != base(other)
    assert vault.surface([first, second, other]) == {
        first: "Ann Lee",
        second: "Ms. Lee",
        other: "Ann Leeds",
    }


def test_an_unknown_suffix_gives_the_first_surface_and_an_unknown_token_nothing(vault):
    [token] = vault.assign([ANN], version="v1")
    assert vault.surface([token + "_Q", "PERSON_K7M2QX4C", "no token", ""]) == {
        token + "_Q": "Ann Lee"
    }
    assert vault.surface([]) == {}


def test_the_27th_surface_goes_on_in_a_further_entity_and_stays_there(vault):
    mentions = [Mention("PERSON", f"Ann Lee {n}", "ann lee", ("lee",)) for n in range(53)]
    tokens = vault.assign(mentions, version="v1")
    assert tokens[25] == tokens[0] + "_Z"
    assert [base(t) for t in tokens[:26]] == [tokens[0]] * 26
    assert [base(t) for t in tokens[26:52]] == [tokens[26]] * 26
    assert tokens[52] not in (tokens[0], tokens[26])
    assert vault.count() == 3
    assert vault.assign(mentions, version="v1") == tokens
    assert vault.assign(mentions[::-1], version="v2") == tokens[::-1]
    found = vault.find([("PERSON", "ann lee"), ("PERSON", "lee")])
    assert found == {("PERSON", "ann lee"): tokens[0], ("PERSON", "lee"): tokens[0]}


def test_find_names_an_entity_only_when_it_is_the_only_one(vault):
    ann, leeds, bob = vault.assign([ANN, LEEDS, BOB], version="v1")
    forms = [("PERSON", form) for form in ("ann lee", "bob lee", "leeds", "lee", "ann")]
    assert vault.find(forms) == {
        ("PERSON", "ann lee"): ann,
        ("PERSON", "bob lee"): bob,
        ("PERSON", "leeds"): leeds,
    }
    assert vault.find([("EMAIL", "ann lee")]) == {}  # the label counts
    assert vault.find([]) == {}


def test_a_canonical_form_wins_over_another_entitys_further_form(vault):
    _, lee = vault.assign([ANN, Mention("PERSON", "Lee", "lee")], version="v1")
    assert vault.find([("PERSON", "lee")]) == {("PERSON", "lee"): lee}


def test_find_writes_nothing(vault, path):
    vault.assign([ANN], version="v1")
    before = (path.read_bytes(), path.with_name("vault.db-wal").read_bytes())
    vault.find([("PERSON", "nobody"), ("PERSON", "ann lee")])
    assert (path.read_bytes(), path.with_name("vault.db-wal").read_bytes()) == before


def test_a_value_shared_by_two_types_is_two_entities(vault):
    a, b = vault.assign([Mention("ID", "42", "42"), Mention("ACCOUNT", "42", "42")], version="v1")
    assert (a[:3], b[:8]) == ("ID_", "ACCOUNT_")
    assert vault.count() == 2


def test_release_destroys_exactly_who_is_mentioned_nowhere_else(vault):
    ann, leeds = vault.assign([ANN, LEEDS], version="v1")
    vault.assign([ANN], version="v2")
    assert vault.release("v1") == 1
    assert vault.surface([ann, leeds]) == {ann: "Ann Lee"}
    assert vault.find([("PERSON", "ann leeds"), ("PERSON", "leeds")]) == {}
    assert vault.release("v1") == 0
    assert vault.release("never seen") == 0
    assert vault.release("v2") == 1
    assert vault.count() == 0
    [again] = vault.assign([ANN], version="v3")
    assert again != ann  # erasing cut the link for good


def test_a_destroyed_key_is_in_no_file(vault, path):
    vault.assign([ANN], version="v1")
    with sqlite3.connect(path) as db:
        [[wrapped]] = db.execute("SELECT wrapped FROM data_keys").fetchall()
    db.close()
    files = [path, path.with_name("vault.db-wal")]
    assert any(wrapped in file.read_bytes() for file in files)
    vault.release("v1")
    assert not any(wrapped in file.read_bytes() for file in files)


def test_no_value_stands_in_any_file_in_clear(vault, tmp_path):
    mentions = [
        Mention("PERSON", "Ottoline Quackenbush", "ottoline quackenbush", ("quackenbush",)),
        Mention("EMAIL", "ottoline@quackenbush.example", "ottoline@quackenbush.example"),
    ]
    vault.assign(mentions, version="v1")
    everything = b"".join(
        file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()
    ).lower()
    assert b"person_" in everything
    for value in (b"ottoline", b"quackenbush", b"example"):
        assert value not in everything


def test_the_file_is_private_and_durable(vault, path):
    vault.assign([ANN], version="v1")
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    settings = {
        name: vault.opened.db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
    }
    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
    }


def test_tenants_in_one_file_do_not_see_each_other(path, keys):
    with Vault.open(path, keys, tenant="a") as a, Vault.open(path, keys, tenant="b") as b:
        [of_a] = a.assign([ANN], version="v1")
        assert b.find([("PERSON", "ann lee")]) == {}
        assert b.surface([of_a]) == {}
        assert (a.count(), b.count(), b.release("v1")) == (1, 0, 0)
        assert b.assign([ANN], version="v1") != [of_a]
        assert a.blind("uri", "x") != b.blind("uri", "x")
        with pytest.raises(VaultError):
            b.unseal(a.seal("x", context="c"), context="c")


def test_sealed_text_opens_in_its_context_only(vault):
    sealed = vault.seal("Ann's file.pdf", context="uri")
    assert b"Ann" not in sealed
    assert vault.seal("Ann's file.pdf", context="uri") != sealed
    assert vault.unseal(sealed, context="uri") == "Ann's file.pdf"
    for data, context in [(sealed, "title"), (sealed[:-1], "uri"), (b"", "uri")]:
        with pytest.raises(VaultError, match="cannot be opened"):
            vault.unseal(data, context=context)


def test_blind_is_stable_and_keyed_by_kind(vault):
    assert vault.blind("uri", "x") == vault.blind("uri", "x")
    assert len(vault.blind("uri", "x")) == 64
    assert len({vault.blind("uri", "x"), vault.blind("uri", "y"), vault.blind("acl", "x")}) == 3


@pytest.mark.parametrize(
    ("mention", "said"),
    [
        (Mention("DRAGON", "Smaug", "smaug"), "unknown entity type 'DRAGON'"),
        (Mention("PERSON", "", "smaug"), "no surface or no canonical"),
        (Mention("PERSON", "Smaug", ""), "no surface or no canonical"),
    ],
)
def test_a_wrong_mention_is_refused_and_nothing_written(vault, mention, said):
    with pytest.raises(VaultError, match=said) as caught:
        vault.assign([ANN, mention], version="v1")
    assert "maug" not in str(caught.value)
    assert vault.count() == 0


def test_odd_surfaces_come_back_exactly(vault):
    odd = ["\ud800", "\0", "O'Brien", "PERSON_K7M2QX4C", "李", "😀", "a" * 100_000]
    tokens = vault.assign([Mention("MISC", text, text) for text in odd], version="v1")
    assert [vault.surface(tokens)[token] for token in tokens] == odd


def test_no_mention_shows_its_words_in_a_repr():
    assert repr(ANN) == "Mention(label='PERSON')"


def test_nothing_to_assign_is_fine(vault):
    assert vault.assign([], version="v1") == []


def test_a_closed_vault_says_so(vault):
    vault.close()
    vault.close()
    with pytest.raises(VaultError, match="was closed"):
        vault.count()


def test_threads_agree_on_one_entity(vault):
    mentions = [Mention("PERSON", f"P{n}", f"p{n}") for n in range(40)]
    results: dict[int, list[str]] = {}

    def work(number: int) -> None:
        order = mentions[number:] + mentions[:number]
        tokens = dict(zip(order, vault.assign(order, version=f"v{number}"), strict=True))
        results[number] = [tokens[mention] for mention in mentions]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert all(result == results[0] for result in results.values())
    assert vault.count() == 40


def test_short_ids_of_other_tools_collide_but_ours_are_unique(vault):
    # A 32-bit hash of the value collides near 100,000 values; ours are drawn and checked.
    mentions = [Mention("EMAIL", f"u{n}@x.example", f"u{n}@x.example") for n in range(3000)]
    assert len(set(vault.assign(mentions, version="v1"))) == 3000


def test_a_pseudonym_already_given_out_is_drawn_again(vault, monkeypatch):
    [taken] = vault.assign([ANN], version="v1")
    drawn = iter([taken, taken, "PERSON_K7M2QX4C"])
    monkeypatch.setattr("privrag.vault.assign.new_pseudonym", lambda _: next(drawn))
    assert vault.assign([LEEDS], version="v1") == ["PERSON_K7M2QX4C"]


class TestOpening:
    def test_a_vault_without_its_key_is_refused_and_no_key_is_made(self, vault, path, tmp_path):
        vault.assign([ANN], version="v1")
        other = FileKeyProvider(tmp_path / "elsewhere" / "vault.key")
        with pytest.raises(VaultError, match="is missing; put it back"):
            Vault.open(path, other)
        assert not (tmp_path / "elsewhere").exists()

    def test_another_key_is_refused_and_nothing_damaged(self, vault, path, keys, tmp_path):
        [token] = vault.assign([ANN], version="v1")
        vault.close()
        before = path.read_bytes()
        other = FileKeyProvider(tmp_path / "other.key")
        other.create()
        for tenant in ("default", "new"):
            with pytest.raises(VaultError, match="does not belong to the vault"):
                Vault.open(path, other, tenant=tenant)
        assert path.read_bytes() == before
        with Vault.open(path, keys) as again:
            assert again.surface([token]) == {token: "Ann Lee"}

    def test_a_file_that_is_no_vault_is_refused(self, path, keys):
        keys.create()
        path.parent.mkdir()
        path.write_bytes(b"not a database, but a long enough text to be read as one" * 40)
        with pytest.raises(VaultError, match="damaged or not a vault"):
            Vault.open(path, keys)

    def test_a_newer_schema_is_refused(self, vault, path, keys):
        vault.close()
        with sqlite3.connect(path) as db:
            db.execute("UPDATE meta SET schema_version = 99")
        db.close()
        with pytest.raises(VaultError, match="has schema 99, this privrag reads 3"):
            Vault.open(path, keys)

    def test_a_vault_that_another_process_holds_says_so(self, vault, path, monkeypatch):
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        vault.opened.db.execute("PRAGMA busy_timeout = 10")
        with pytest.raises(VaultError, match="another process has been writing"):
            vault.assign([ANN], version="v1")
        holder.execute("ROLLBACK")
        holder.close()
        assert len(vault.assign([ANN], version="v1")) == 1
