"""What a caller of the log may rely on."""

import json
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest

from privrag.audit import AuditLog, AuditSettings, Disclosures, checkpoint_path, verify
from privrag.audit.checkpoint import parse_checkpoint
from privrag.audit.store import AuditStore
from privrag.errors import AuditError
from tests.opened import full_disk
from tests.privrag.audit.file_keys import FileKeys
from tests.service.scripted import eventually

ANN, BOB = "PERSON_K7M2QX4C", "PERSON_4SD2GZD3"


def keys(home):
    return FileKeys(home / "vault.key")


def opened(home, *, tenant="acme", **settings):
    return AuditLog(home, keys(home), tenant=tenant, settings=AuditSettings(**settings))


def bodies(home):
    with sqlite3.connect(home / "audit.db") as db:
        rows = db.execute("SELECT body FROM records ORDER BY tenant, seq").fetchall()
    db.close()
    return [json.loads(body) for (body,) in rows]


def signed(home, settings=None):
    path = checkpoint_path(home, settings or AuditSettings())
    lines = path.read_text().splitlines() if path.exists() else []
    return [parse_checkpoint(line).seq for line in lines]


def test_a_record_says_who_did_what_to_whom_and_no_more(tmp_path):
    log = opened(tmp_path)
    seq = log.append("reveal", "ann", entities=[BOB, ANN], counts={"entities": 2}, purpose="ask")
    log.close()
    [record] = bodies(tmp_path)
    assert seq == 1
    assert record.pop("time").endswith("+00:00")
    assert record == {
        "seq": 1,
        "tenant": "acme",
        "actor": "ann",
        "action": "reveal",
        "entities": [BOB, ANN],
        "counts": {"entities": 2},
        "purpose": "ask",
        "policy": "",
        "result": "ok",
        "prev": "0" * 64,
    }


def test_nothing_is_made_before_the_first_record(tmp_path):
    log = opened(tmp_path)
    assert (log.head().seq, log.newest(5), log.checkpoint().seq) == (0, [], 0)
    log.close()
    assert not (tmp_path / "audit.db").exists()


def test_both_files_are_private(tmp_path):
    log = opened(tmp_path)
    log.append("sync", "owner")
    log.close()
    for name in ("audit.db", "audit-checkpoints.jsonl"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_second_opening_goes_on_where_the_first_ended(tmp_path):
    for n in range(3):
        log = opened(tmp_path)
        assert log.append("sync", "owner") == n + 1
        log.close()
    [found] = verify(tmp_path, keys(tmp_path), tmp_path / "audit-checkpoints.jsonl", tenant="acme")
    assert (found.records, found.checkpoints, found.unsigned) == (3, 3, 0)


def test_each_tenant_has_a_chain_of_its_own(tmp_path):
    acme, other = opened(tmp_path), opened(tmp_path, tenant="other")
    assert [acme.append("sync", "a"), other.append("sync", "b"), acme.append("sync", "c")] == [
        1, 1, 2,
    ]  # fmt: skip
    assert [r.actor for r in acme.newest(9)] == ["a", "c"]
    assert acme.public_key != other.public_key
    acme.close()
    other.close()
    found = verify(tmp_path, keys(tmp_path), tmp_path / "audit-checkpoints.jsonl", tenant="acme")
    assert [(v.tenant, v.records) for v in found] == [("acme", 2), ("other", 1)]


def test_a_row_is_neither_changed_nor_deleted_by_accident(tmp_path):
    log = opened(tmp_path)
    log.append("sync", "owner")
    with sqlite3.connect(tmp_path / "audit.db") as db:
        for statement in ("DELETE FROM records", "UPDATE records SET seq = 9"):
            with pytest.raises(sqlite3.IntegrityError, match="never"):
                db.execute(statement)
    db.close()
    log.close()


def test_a_checkpoint_comes_after_so_many_records_and_at_the_end(tmp_path):
    log = opened(tmp_path, every_records=2)
    for expected in ([], [2], [2], [2, 4], [2, 4]):
        log.append("sync", "owner")
        assert signed(tmp_path) == expected
    log.close()
    assert signed(tmp_path) == [2, 4, 5]
    log.close()
    assert signed(tmp_path) == [2, 4, 5]


def test_a_checkpoint_comes_after_so_many_minutes_without_a_further_record(tmp_path):
    log = opened(tmp_path, every_minutes=0.001)
    log.append("sync", "owner")
    assert eventually(lambda: signed(tmp_path) == [1])
    log.append("sync", "owner")
    assert eventually(lambda: signed(tmp_path) == [1, 2])
    log.close()
    assert signed(tmp_path) == [1, 2]


def test_the_public_key_alone_checks_a_checkpoint(tmp_path):
    log = opened(tmp_path)
    log.append("sync", "owner")
    public, other = log.public_key, opened(tmp_path, tenant="other").public_key
    log.close()
    [line] = (tmp_path / "audit-checkpoints.jsonl").read_text().splitlines()
    assert parse_checkpoint(line).signed_by(public)
    assert not parse_checkpoint(line).signed_by(other)
    assert not parse_checkpoint(line.replace('"seq":1', '"seq":2')).signed_by(public)


@pytest.mark.parametrize("limit", [1, 2, 9])
def test_the_newest_records_of_one_actor(tmp_path, limit):
    log = opened(tmp_path)
    for actor in ("ann", "bob", "ann"):
        log.append("sync", actor)
    assert [r.seq for r in log.newest(limit)] == [1, 2, 3][-limit:]
    assert [r.seq for r in log.newest(limit, actor="ann")] == [1, 3][-limit:]
    log.close()


class TestFailingClosed:
    def test_a_full_disk_is_one_clear_error_and_leaves_no_half_record(self, tmp_path):
        log = opened(tmp_path)
        log.append("sync", "owner")
        with full_disk(), pytest.raises(AuditError, match=r"audit\.db cannot be used \(SQLITE_"):
            log.append("reveal", "ann", entities=[ANN])
        assert log.append("sync", "owner") == 2
        log.close()

    def test_a_place_that_is_no_file(self, tmp_path):
        (tmp_path / "audit.db").mkdir()
        with pytest.raises(AuditError, match="cannot be used"):
            opened(tmp_path).append("reveal", "ann", entities=[ANN])

    def test_a_file_that_is_no_log(self, tmp_path):
        (tmp_path / "audit.db").write_bytes(b"garbage" * 1000)
        with pytest.raises(AuditError, match="cannot be used"):
            opened(tmp_path).append("reveal", "ann", entities=[ANN])

    def test_a_checkpoint_that_is_due_and_cannot_be_stored(self, tmp_path):
        log = opened(tmp_path, every_records=2, checkpoints=tmp_path / "there")
        log.append("sync", "owner")
        (tmp_path / "there").mkdir()
        for _ in range(2):
            with pytest.raises(AuditError, match=r"checkpoints in .*there cannot be written"):
                log.append("reveal", "ann", entities=[ANN])
        with pytest.raises(AuditError):
            log.close()

    def test_a_log_that_was_cut_while_it_is_open(self, tmp_path):
        log = opened(tmp_path)
        for _ in range(3):
            log.append("sync", "owner")
        cut(tmp_path, 2)
        with pytest.raises(AuditError, match="record 3 of tenant acme is gone .* ends at 1"):
            log.append("reveal", "ann", entities=[ANN])
        with pytest.raises(AuditError):
            log.close()

    def test_a_log_that_is_shorter_than_its_checkpoint(self, tmp_path):
        log = opened(tmp_path)
        for _ in range(3):
            log.append("sync", "owner")
        log.close()
        cut(tmp_path, 1)
        with pytest.raises(AuditError, match="record 3 of tenant acme is gone .* ends at 2"):
            opened(tmp_path).append("reveal", "ann", entities=[ANN])

    def test_a_name_that_is_not_unicode_is_refused_without_being_repeated(self, tmp_path):
        log = opened(tmp_path)
        with pytest.raises(AuditError, match="valid Unicode") as caught:
            log.append("reveal", "Brunhilde\ud800", entities=[ANN])
        assert "Brunhilde" not in str(caught.value)
        assert log.head().seq == 0
        log.close()


def cut(home, records):
    """Take the newest records away, as somebody does who can write to the file."""
    with sqlite3.connect(home / "audit.db") as db:
        db.execute("DROP TRIGGER records_stay")
        db.execute("DELETE FROM records WHERE seq > (SELECT max(seq) FROM records) - ?", (records,))
    db.close()


class TestDisclosures:
    def test_an_entity_is_recorded_once_a_request(self, tmp_path):
        log = opened(tmp_path)
        request = Disclosures(log, "ann", purpose="ask", policy="all but SECRET")
        request({ANN})
        request({ANN})
        request({ANN, BOB})
        Disclosures(log, "ann", purpose="ask", policy="all but SECRET")({ANN})
        log.close()
        assert [r["entities"] for r in bodies(tmp_path)] == [[ANN], [BOB], [ANN]]

    def test_what_could_not_be_recorded_is_not_taken_for_recorded(self, tmp_path):
        log = opened(tmp_path)
        log.append("sync", "owner")
        request = Disclosures(log, "ann", purpose="ask", policy="all")
        for _ in range(2):
            with full_disk(), pytest.raises(AuditError):
                request({ANN})
        request({ANN})
        assert log.head().seq == 2
        log.close()


APPEND = """
import sys
from pathlib import Path
from privrag.audit import AuditLog, AuditSettings
from tests.privrag.audit.file_keys import FileKeys
home, name = Path(sys.argv[1]), sys.argv[2]
settings = AuditSettings(every_records=7)
log = AuditLog(home, FileKeys(home / "vault.key"), tenant="acme", settings=settings)
print("ready", flush=True)
sys.stdin.readline()
for n in range(15):
    log.append("reveal", name, entities=["PERSON_K7M2QX4C"])
    print(n, flush=True)
if name != "killed":
    log.close()
else:
    sys.stdin.readline()
"""


def test_processes_that_append_at_once_make_one_chain_without_a_gap(tmp_path):
    """One of them is killed without closing: what it said it wrote is there."""
    provider = keys(tmp_path)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", APPEND, tmp_path, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("cli", "service", "killed")
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:  # all make the file that is not there yet
        process.stdin.write("\n")
        process.stdin.flush()
    killed = processes.pop()
    written = sum(1 for line in (killed.stdout.readline() for _ in range(9)) if line)
    killed.kill()
    written += len(killed.stdout.readlines())
    killed.wait()
    for pipe in (killed.stdin, killed.stdout):
        pipe.close()
    for process in processes:
        assert len(process.communicate(timeout=60)[0].splitlines()) == 15
    [found] = verify(tmp_path, provider, tmp_path / "audit-checkpoints.jsonl", tenant="acme")
    by = [record["actor"] for record in bodies(tmp_path)]
    assert by.count("cli") == by.count("service") == 15
    assert by.count("killed") - written in (0, 1)  # the last line may not have got out
    assert found.records == len(by)
    assert found.checkpoints >= 2


def test_a_record_that_comes_while_the_log_is_opened_is_no_gap(tmp_path, monkeypatch):
    opened(tmp_path).append("sync", "owner")
    other = opened(tmp_path)
    other.append("sync", "other")
    appending = threading.Thread(target=other.append, args=("reveal", "other"))
    read = AuditStore.head

    def then_another_appends(store, tenant, **where):
        head = read(store, tenant, **where)
        if store is not other._store and not appending.ident:
            appending.start()
            appending.join(0.3)  # it waits where the opening holds the lock, else it is done
        return head

    monkeypatch.setattr(AuditStore, "head", then_another_appends)
    log = opened(tmp_path)
    assert log.append("reveal", "ann") in (3, 4)
    appending.join()
    assert log.head().seq == 4
    log.close()
    other.close()


def test_verifying_while_somebody_appends_finds_nothing_wrong(tmp_path):
    provider = keys(tmp_path)
    log = opened(tmp_path, every_records=1)
    log.append("sync", "owner")

    def append():
        for _ in range(30):
            log.append("reveal", "ann", entities=[ANN])

    writer = threading.Thread(target=append)
    writer.start()
    records = [0]
    try:
        while records[-1] < 31 and writer.is_alive():
            path = tmp_path / "audit-checkpoints.jsonl"
            [found] = verify(tmp_path, provider, path, tenant="acme")
            records.append(found.records)
    finally:
        writer.join()
        log.close()
    assert len(records) >= 2
    assert records == sorted(records)


def test_a_line_that_is_still_being_written_is_waited_for(tmp_path):
    log = opened(tmp_path)
    log.append("sync", "owner")
    log.close()
    path = tmp_path / "audit-checkpoints.jsonl"
    whole = path.read_text()
    path.write_text(whole[:-40])

    def write_the_rest():
        with path.open("a") as file:
            file.write(whole[-40:])

    timer = threading.Timer(0.05, write_the_rest)
    timer.start()
    [found] = verify(tmp_path, keys(tmp_path), path, tenant="acme")
    timer.join()
    assert found.checkpoints == 1
