"""Somebody can write to the log's file, or to the checkpoints, but has no key."""

import re
import shutil
import sqlite3
from contextlib import suppress

import pytest

from privrag.audit import AuditLog, AuditSettings, verify
from privrag.errors import AuditError
from tests.privrag.audit.file_keys import FileKeys

FILE = "audit-checkpoints.jsonl"


def keys(home):
    return FileKeys(home / "vault.key")


def write(home, tenant, records, **settings):
    log = AuditLog(home, keys(home), tenant=tenant, settings=AuditSettings(**settings))
    for n in range(records):
        log.append("reveal", f"user{n}", entities=["PERSON_K7M2QX4C"])
    log.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Two tenants: ten records with checkpoints at 4, 8 and 10, and three records."""
    home = tmp_path_factory.mktemp("home")
    write(home, "acme", 10, every_records=4)
    write(home, "other", 3)
    return home


@pytest.fixture
def home(written, tmp_path):
    """A copy to be tampered with."""
    return shutil.copytree(written, tmp_path / "home")


def check(home):
    return verify(home, keys(home), home / FILE, tenant="acme")


def sql(home, *statements):
    with sqlite3.connect(home / "audit.db") as db:
        db.execute("DROP TRIGGER IF EXISTS records_stay")
        db.execute("DROP TRIGGER IF EXISTS records_are_final")
        for statement in statements:
            db.execute(statement)
    db.close()


def test_an_untouched_log_is_whole(home):
    acme, other = check(home)
    assert (acme.tenant, acme.records, acme.checkpoints, acme.unsigned) == ("acme", 10, 3, 0)
    assert (other.tenant, other.records, other.checkpoints, other.unsigned) == ("other", 3, 1, 0)


SWAP = (
    "UPDATE records SET seq = -1 WHERE tenant = 'acme' AND seq = 5",
    "UPDATE records SET seq = 5 WHERE tenant = 'acme' AND seq = 6",
    "UPDATE records SET seq = 6 WHERE tenant = 'acme' AND seq = -1",
)
SHIFT = tuple(
    f"UPDATE records SET seq = {n + 1} WHERE tenant = 'acme' AND seq = {n}"  # noqa: S608
    for n in range(10, 4, -1)
)
COPY = "INSERT INTO records SELECT tenant, 11, body, hash FROM records WHERE tenant = 'acme'"


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (
            ["DELETE FROM records WHERE tenant = 'acme' AND seq = 3"],
            "record 3 of tenant acme is missing",
        ),
        (
            ["DELETE FROM records WHERE tenant = 'acme' AND seq = 1"],
            "record 1 of tenant acme is missing",
        ),
        (
            [
                "UPDATE records SET body = CAST(replace(body, 'user4', 'user9') AS BLOB)"
                " WHERE seq = 5"
            ],
            "record 5 of tenant acme was edited",
        ),
        (
            # not a digit for another: one hash of 60 does not have the digit at all
            ["UPDATE records SET hash = 'x' || substr(hash, 2) WHERE tenant='acme' AND seq = 5"],
            "record 5 of tenant acme was edited",
        ),
        (["UPDATE records SET body = x'3132' WHERE seq = 5"], "record 5 of tenant acme was edited"),
        (["UPDATE records SET body = x'' WHERE seq = 5"], "record 5 of tenant acme was edited"),
        (SWAP, "record 5 of tenant acme is record 6 of tenant acme: it was moved"),
        (
            (*SHIFT, COPY.replace("11", "5") + " AND seq = 4"),
            "record 5 of tenant acme is record 4 of tenant acme: it was moved or copied",
        ),
        (
            [COPY + " AND seq = 10"],
            "record 11 of tenant acme is record 10 of tenant acme: it was moved or copied",
        ),
        (
            [COPY.replace("WHERE tenant = 'acme'", "WHERE tenant = 'other'") + " AND seq = 3"],
            "record 4 of tenant other is missing",
        ),
        (
            [
                "INSERT INTO records SELECT 'acme', 11, body, hash FROM records"
                " WHERE tenant = 'other' AND seq = 1"
            ],
            "record 11 of tenant acme was edited, added or moved",
        ),
        (
            [
                "DELETE FROM records WHERE tenant = 'acme'",
                "INSERT INTO records SELECT 'acme', seq, body, hash FROM records",
            ],
            "no record of tenant acme, from record 1 on, fits the key",
        ),
        (
            ["DELETE FROM records WHERE tenant = 'acme'"],
            "tenant acme ends at record 0, but a checkpoint signed record 10: records 1 to 10",
        ),
        *(
            (
                [f"DELETE FROM records WHERE tenant = 'acme' AND seq > {10 - k}"],  # noqa: S608
                f"tenant acme ends at record {10 - k}, but a checkpoint signed record 10: "
                f"records {11 - k} to 10 were cut off",
            )
            for k in (1, 2, 5, 9)
        ),
        (
            ["DELETE FROM records WHERE tenant = 'other'"],
            "tenant other ends at record 0, but a checkpoint signed record 3",
        ),
    ],
)  # fmt: skip
def test_what_was_done_to_the_records_is_named(home, statements, sentence):
    sql(home, *statements)
    with pytest.raises(AuditError, match=re.escape(sentence)) as caught:
        check(home)
    assert "user" not in str(caught.value)


def test_a_tail_that_is_cut_and_written_anew_shows(home):
    """Somebody cuts the tail and lets the program go on; the copies in the log go, too."""
    sql(
        home,
        "DELETE FROM records WHERE tenant = 'acme' AND seq > 8",
        "DELETE FROM checkpoints WHERE tenant = 'acme' AND seq > 8",
    )
    kept = (home / FILE).read_text()
    lines = kept.splitlines(keepends=True)
    (home / FILE).write_text("".join([*lines[:2], lines[3]]))
    write(home, "acme", 4)
    own = (home / FILE).read_text().splitlines(keepends=True)
    assert check(home)[0].records == 12  # all the files agree: only the second place knows better
    (home / FILE).write_text(kept + own[-1])
    with pytest.raises(AuditError, match="record 10 of tenant acme is not the one that its check"):
        check(home)


def test_a_log_that_is_gone_shows(home):
    (home / "audit.db").unlink()
    with pytest.raises(AuditError, match="tenant acme ends at record 0"):
        check(home)


def test_an_older_copy_of_the_whole_log_shows(home, written, tmp_path):
    old = tmp_path / "old"
    shutil.copytree(written, old)
    write(home, "acme", 2)
    shutil.copy(old / "audit.db", home / "audit.db")
    for name in ("audit.db-wal", "audit.db-shm"):
        (home / name).unlink(missing_ok=True)
    with pytest.raises(AuditError, match="ends at record 10, but a checkpoint signed record 12"):
        check(home)


def test_a_genuine_record_of_another_branch_does_not_fit(home, tmp_path):
    """Two histories from one backup: each record is genuine, but not in the other's place."""
    branch = shutil.copytree(home, tmp_path / "branch")
    write(home, "acme", 2)
    write(branch, "acme", 2)
    with sqlite3.connect(branch / "audit.db") as db:
        [(body, hash_)] = db.execute("SELECT body, hash FROM records WHERE seq = 11").fetchall()
    db.close()
    sql(home)
    with sqlite3.connect(home / "audit.db") as db:
        db.execute("UPDATE records SET body = ?, hash = ? WHERE seq = 11", (body, hash_))
    db.close()
    with pytest.raises(AuditError, match="record 12 of tenant acme does not follow on record 11"):
        check(home)


def lines_of(home):
    return (home / FILE).read_text().splitlines()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda lines: lines[1:], "checkpoint 1 of tenant acme is missing"),
        (lambda lines: [lines[0], *lines[2:]], "checkpoint 2 of tenant acme is missing"),
        (lambda lines: lines[:-1], "checkpoint 1 of tenant other is missing"),
        (lambda lines: [], "checkpoint 1 of tenant acme is missing"),
        (
            lambda lines: [lines[0], lines[1].replace('"seq":8', '"seq":9'), *lines[2:]],
            "line 2 of .* (tenant acme, record 9) was not signed by this log's key",
        ),
        (
            lambda lines: [*lines, lines[2].replace("acme", "other")],
            "line 5 of .* (tenant other, record 10) was not signed",
        ),
        (lambda lines: [lines[0][:-9], *lines[1:]], "line 1 of the audit checkpoints is not a"),
        (lambda lines: [*lines, "[]"], "line 5 of the audit checkpoints is not a checkpoint"),
        (lambda lines: [*lines, '{"tenant":1}'], "line 5 of the audit checkpoints is not a"),
    ],
)
def test_a_missing_or_forged_checkpoint_is_named(home, spoil, sentence):
    (home / FILE).write_text("".join(f"{line}\n" for line in spoil(lines_of(home))))
    with pytest.raises(AuditError, match=re.escape(sentence).replace(r"\.\*", ".*")):
        check(home)


def test_a_checkpoint_file_that_is_gone_is_named(home):
    (home / FILE).unlink()
    with pytest.raises(AuditError, match="checkpoint 1 of tenant acme is missing from .*jsonl"):
        check(home)


def test_checkpoints_of_another_key_are_named(home, tmp_path):
    write(tmp_path / "foreign", "acme", 10)
    forged = (tmp_path / "foreign" / FILE).read_text()
    (home / FILE).write_text((home / FILE).read_text() + forged)
    with pytest.raises(AuditError, match=r"line 5 of .* \(tenant acme, record 10\) was not signed"):
        check(home)


def test_another_key_is_named(home):
    (home / "vault.key").unlink()
    with pytest.raises(AuditError, match="line 1 of .* or the key is another one"):
        check(home)
    (home / FILE).unlink()
    sql(home, "DELETE FROM checkpoints")
    with pytest.raises(AuditError, match="no record of tenant acme, from record 1 on, fits the ke"):
        check(home)


def test_a_line_of_a_kill_between_both_places_is_no_tampering(home):
    """The file has it, the copy in the log was not committed."""
    sql(home, "DELETE FROM checkpoints WHERE tenant = 'acme' AND seq = 10")
    assert check(home)[0].checkpoints == 3


def test_a_torn_line_does_not_swallow_the_next(home):
    torn = (home / FILE).read_text() + '{"count":1'
    (home / FILE).write_text(torn)
    write(home, "acme", 1)
    assert len(lines_of(home)) == 6


EDIT = "UPDATE records SET body = CAST(replace(body, 'user', 'nobody') AS BLOB) WHERE tenant='acme'"
"""Of the record whose number is put behind it."""


@pytest.mark.parametrize(
    "statements",
    [
        [EDIT + " AND seq = 10"],
        [EDIT + " AND seq = 5"],
        ["DELETE FROM records WHERE tenant = 'acme' AND seq = 9"],
        ["DELETE FROM records WHERE tenant = 'acme' AND seq = 1"],
        SWAP,
        [COPY + " AND seq = 10"],
        ["UPDATE records SET hash = 'x' || substr(hash, 2) WHERE tenant='acme' AND seq = 10"],
    ],
)
def test_nothing_is_added_to_a_log_whose_newest_records_are_not_one_chain(home, statements):
    sql(home, *statements)
    log = AuditLog(home, keys(home), tenant="acme", settings=AuditSettings())
    with pytest.raises(AuditError, match="so no name is shown"):
        log.append("reveal", "ann", entities=["PERSON_K7M2QX4C"])
    log.close()


@pytest.mark.parametrize(
    "statements",
    [
        [EDIT + " AND seq = 10"],
        [EDIT + " AND seq = 4"],
        ["DELETE FROM records WHERE tenant = 'acme' AND seq = 9"],
        SWAP,
    ],
)
def test_nor_while_a_process_is_running(home, statements):
    log = AuditLog(home, keys(home), tenant="acme", settings=AuditSettings())
    log.append("reveal", "ann", entities=["PERSON_K7M2QX4C"])
    sql(home, *statements)
    with pytest.raises(AuditError, match="so no name is shown"):
        log.append("reveal", "ann", entities=["PERSON_K7M2QX4C"])
    with suppress(AuditError):  # a gap is not signed either
        log.close()


def test_one_tenants_broken_chain_stops_no_other(home):
    sql(home, EDIT + " AND seq = 10")
    log = AuditLog(home, keys(home), tenant="other", settings=AuditSettings())
    assert log.append("reveal", "ann", entities=["PERSON_K7M2QX4C"]) == 4
    log.close()
