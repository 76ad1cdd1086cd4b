"""After an end nothing of it can be opened from the files."""

import random
import sqlite3

import pytest

from privrag.errors import VaultError
from privrag.vault import FileKeyProvider, Mention, Vault

ANN = Mention("PERSON", "Ann Lee", "ann lee", ("lee",))
RAY = Mention("PERSON", "Ann Ray", "ann ray", ("ray",))


@pytest.fixture
def vault(tmp_path):
    with Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key")) as opened:
        yield opened


def all_bytes(tmp_path) -> bytes:
    return b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def wrapped_keys(tmp_path) -> dict[str, bytes]:
    db = sqlite3.connect(tmp_path / "vault.db")
    rows = db.execute(
        "SELECT e.pseudonym, k.wrapped FROM entities e JOIN data_keys k ON k.entity = e.id"
    ).fetchall()
    db.close()
    return dict(rows)


def test_no_key_of_a_destroyed_entity_is_in_any_file_however_pages_were_filled(vault, tmp_path):
    draw = random.Random(7)
    numbers = list(range(3000))
    people = {
        n: Mention("PERSON", f"P {n} " + "x" * draw.randrange(60), f"p {n}", (f"f{n % 50}",))
        for n in numbers
    }
    tokens = {}
    for start in range(0, 3000, 50):
        some = numbers[start : start + 50]
        given = vault.assign([people[n] for n in some], version=f"v{start}")
        tokens |= dict(zip(some, given, strict=True))
    kept = wrapped_keys(tmp_path)
    destroyed = []
    for n in draw.sample(numbers, 40):
        destroyed += vault.erase(tokens[n])
        vault.assign([Mention("PERSON", f"N {n}", f"n {n}")], version=f"n{n}")
    for start in draw.sample(range(0, 3000, 50), 30):
        gone = [tokens[n] for n in numbers[start : start + 50]]
        vault.release(f"v{start}")
        destroyed += gone
    found = all_bytes(tmp_path)
    assert not any(kept[token] in found for token in destroyed)
    assert sum(key in found for token, key in kept.items() if token not in set(destroyed)) > 1000
    assert vault.verify().damaged == ()


def test_erased_differs_from_unknown_and_the_name_is_unknown(vault):
    ann, ray = vault.assign([ANN, RAY], version="v1")
    assert vault.erase(ann + "_B") == (ann,)
    assert vault.surface([ann, ray]) == {ray: "Ann Ray"}
    assert vault.erased([ann, ann + "_B", ray, "PERSON_K7M2QX4C"]) == {ann, ann + "_B"}
    assert vault.find([("PERSON", "ann lee"), ("PERSON", "lee")]) == {}
    [again] = vault.assign([ANN], version="v2")
    assert again != ann
    assert vault.erased([again]) == set()


def test_erasing_takes_everything_of_the_person(vault):
    many = [Mention("PERSON", f"Ann Lee {n}", "ann lee") for n in range(30)]
    tokens = vault.assign(many, version="v1")
    [ray] = vault.assign([RAY], version="v2")
    vault.merge(tokens[0], ray)
    vault.alias(ray, ("PERSON", "ann weber"))
    gone = vault.erase(ray)
    assert {tokens[0], tokens[26], ray} < set(gone)
    assert vault.count() == 0
    assert vault.find([("PERSON", f) for f in ("ann lee", "ann ray", "ann weber")]) == {}
    assert vault.release("v1") == 0
    assert vault.verify().damaged == ()


def test_an_unknown_pseudonym_cannot_be_erased(vault):
    with pytest.raises(VaultError, match="the vault knows no PERSON_K7M2QX4C"):
        vault.erase("PERSON_K7M2QX4C")


def test_an_erased_pseudonym_is_never_given_out_again(vault, monkeypatch):
    [ann] = vault.assign([ANN], version="v1")
    vault.erase(ann)
    drawn = iter([ann, "PERSON_K7M2QX4C"])
    monkeypatch.setattr("privrag.vault.assign.new_pseudonym", lambda _: next(drawn))
    assert vault.assign([RAY], version="v2") == ["PERSON_K7M2QX4C"]


def test_a_reader_elsewhere_that_keeps_the_log_is_said(vault, tmp_path, monkeypatch):
    monkeypatch.setattr("privrag.vault.destroy._WAIT_SECONDS", 0.1)
    [ann] = vault.assign([ANN], version="v1")
    reader = sqlite3.connect(tmp_path / "vault.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entities").fetchone()
    vault.opened.db.execute("PRAGMA busy_timeout = 10")
    with pytest.raises(VaultError, match="keeps the log"):
        vault.erase(ann)
    assert vault.erased([ann]) == {ann}
    reader.execute("COMMIT")
    reader.close()
    vault.verify()
    assert (tmp_path / "vault.db-wal").stat().st_size == 0


def test_suppressed_forms_are_known_again_and_stand_nowhere(vault, tmp_path):
    forms = [("PERSON", "ottoline quackenbush"), ("PERSON", "quackenbush")]
    vault.suppress(forms)
    vault.suppress(forms[:1])
    asked = [*forms, ("PERSON", "ann lee"), ("EMAIL", "quackenbush")]
    assert vault.suppressed(asked) == set(forms)
    assert b"quackenbush" not in all_bytes(tmp_path).lower()
    keys = FileKeyProvider(tmp_path / "vault.key")
    with Vault.open(tmp_path / "vault.db", keys, tenant="b") as other:
        assert other.suppressed(asked) == set()
    assert vault.verify().damaged == ()


def test_without_a_version_nothing_is_stored(vault, tmp_path):
    [ann] = vault.assign([ANN], version="v1")
    before = [(tmp_path / name).read_bytes() for name in ("vault.db", "vault.db-wal")]
    known, new = vault.assign([ANN, RAY], version=None)
    assert known == ann
    assert vault.assign([RAY], version=None) != [new]
    assert vault.surface([new]) == {}
    assert [(tmp_path / name).read_bytes() for name in ("vault.db", "vault.db-wal")] == before
