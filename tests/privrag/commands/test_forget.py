"""`privrag forget` and `privrag leak-scan` as they are called: exit status, streams, JSON."""

import asyncio
import json
from pathlib import Path

import pytest

from privrag.commands.leak_scan import _refusal
from privrag.errors import IndexLockedError
from privrag.leak import Report
from privrag.leak.scan import Sample
from privrag.rag import AsyncRag
from privrag.vault import FileKeyProvider, Mention, Vault
from tests.test_cli import privrag

HALF = Sample(2, {"PERSON": 1}, 1, ["c"], 0.5, (0.1, 0.9))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with Vault.open(home / "vault.db", FileKeyProvider(home / "vault.key")) as vault:
        people = [("Ann Lee", "lee"), ("Ann Ray", "ray"), ("Ben Ray", "ray")]
        vault.assign([Mention("PERSON", n, n.lower(), (s,)) for n, s in people], version="v1")
    return home


def test_without_yes_nothing_happens_and_it_is_said_what_would(home):
    done = privrag("forget", "Ann Lee", home=home)
    assert (done.returncode, done.stdout.count("\n")) == (2, 2)
    assert done.stdout.startswith("would erase for good: PERSON_")
    assert "from 0 documents: 0 places in 0 chunks and 0 titles" in done.stdout
    assert done.stderr == "nothing was changed; to do it, run again with --yes\n"
    told = privrag("forget", "Ann Lee", "--json", home=home)
    plan = json.loads(told.stdout)["would_erase"]
    assert set(plan) == {
        *("pseudonyms", "documents", "chunks", "titles", "places"),
        *("longer", "left", "beside", "part_of_name"),
    }
    assert (told.returncode, told.stderr) == (2, done.stderr)
    assert "Lee" not in done.stdout + told.stdout
    assert privrag("forget", plan["pseudonyms"][0], "--yes", home=home).returncode == 0


def test_a_person_is_erased_and_the_certificate_can_be_checked(home):
    done = privrag("forget", "Ann Lee", "--yes", "--json", home=home)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told) == {
        *("certificate", "file", "sources", "left_in_home", "remaining", "models"),
        *("left", "beside", "pending"),
    }
    assert (told["sources"], told["models"], told["certificate"]["audit_record"]) == ([], [], 1)
    assert "Lee" not in done.stdout
    checked = privrag("forget", "--verify", told["file"], "--json", home=home)
    assert json.loads(checked.stdout)["this_home"] is True
    named = privrag("forget", "--verify", told["certificate"]["pseudonyms"][0], home=home)
    assert (named.returncode, "signed by this home" in named.stdout) == (0, True)
    unknown = privrag("forget", "--verify", "PERSON_K7M2QX4C", home=home)
    assert (unknown.returncode, "no certificate" in unknown.stderr) == (2, True)
    elsewhere = privrag("forget", "--verify", told["file"], home=home.parent / "other")
    assert (elsewhere.returncode, "some home" in elsewhere.stdout) == (0, True)
    assert privrag("audit", "verify", home=home).returncode == 0
    assert privrag("leak-scan", "--sample", "0", home=home).returncode == 0
    again = privrag("forget", "Ann Lee", "--yes", home=home)
    assert (again.returncode, "forgotten already" in again.stderr) == (2, True)


@pytest.mark.parametrize(("name", "said"), [("Nora Nobody", "knows nobody"), ("Ray", "fits 2")])
def test_an_unknown_or_ambiguous_name_is_status_2(home, name, said):
    done = privrag("forget", name, "--yes", home=home)
    assert (done.returncode, done.stderr.count("\n"), said in done.stderr) == (2, 1, True)


def test_a_lone_surname_is_read_as_one_person_only_where_nothing_is_erased(home):
    looked = privrag("forget", "Lee", home=home)
    assert (looked.returncode, looked.stderr.count("\n")) == (2, 1)
    assert "is a part of one known name only, that of PERSON_" in looked.stderr
    done = privrag("forget", "Lee", "--yes", home=home)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "only a part of the name of PERSON_" in done.stderr and "Lee" not in done.stderr
    assert json.loads(privrag("forget", "Lee", "--json", home=home).stdout)["would_erase"][
        "part_of_name"
    ]


def test_longer_names_are_shown_and_one_can_be_kept(home):
    with Vault.open(home / "vault.db", FileKeyProvider(home / "vault.key")) as vault:
        names = ("ANN LEE AGREES", "Ann Lee Junior")
        longer, junior = vault.assign([Mention("PERSON", n, n.lower()) for n in names], version="v")
    shown = privrag("forget", "Ann Lee", home=home).stdout
    assert f"longer names with this one in them: {longer} (another person?" in shown
    assert f"that stay, maybe somebody else's: {junior} (" in shown
    done = privrag("forget", "Ann Lee", "--yes", "--keep", longer, "--json", home=home)
    assert (done.returncode, json.loads(done.stdout)["left"]) == (0, sorted([longer, junior]))


def test_while_a_service_has_the_index_open_one_sentence_says_so(home):
    async def main():
        async with await AsyncRag.open(home):
            with pytest.raises(IndexLockedError):
                await AsyncRag.open(home)
            return await asyncio.to_thread(privrag, "forget", "Ann Lee", "--yes", home=home)

    done = asyncio.run(main())
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "is in use by process" in done.stderr


def test_a_raw_value_makes_the_scan_exit_with_2_and_is_not_shown(home):
    (home / "own.log").write_text("asked for Ann Lee at noon")
    done = privrag("leak-scan", "--sample", "0", "--json", home=home)
    assert done.returncode == 2
    (found,) = json.loads(done.stdout)["findings"]
    assert (found["place"], found["offset"], found["kind"]) == ("own.log", 10, "PERSON")
    shown = privrag("leak-scan", "--sample", "0", home=home)
    assert "own.log at 10: PERSON" in shown.stdout
    assert "Lee" not in done.stdout + shown.stdout + shown.stderr
    assert (
        done.stderr
        == shown.stderr
        == (
            "privrag: raw values found: 1; delete the files listed, or sync the documents of the "
            "chunks listed again, and scan once more\n"
        )
    )


def test_suspicions_count_only_when_strict(home):
    (home / "own.log").write_text("ssn 123-45-6789")
    assert privrag("leak-scan", "--sample", "0", home=home).returncode == 0
    strict = privrag("leak-scan", "--sample", "0", "--strict", home=home)
    assert (strict.returncode, strict.stderr.count("\n")) == (2, 1)
    assert "suspicions that nobody accepted: 1 (--strict)" in strict.stderr
    assert privrag("leak-scan", "--sample", "0", "--strict", "--accept", home=home).returncode == 0
    after = privrag("leak-scan", "--sample", "0", "--strict", "--json", home=home)
    told = json.loads(after.stdout)
    assert (after.returncode, told["suspicions"], told["reviewed"]) == (0, {}, 1)


@pytest.mark.parametrize(
    ("sample", "limit", "said"),
    [
        (HALF, None, ""),
        (HALF, 0.5, ""),
        (HALF, 0.4, "flags 50.0% of its chunks, more than 40.0%"),
        (None, 0.4, "the second detector read nothing"),
    ],
)
def test_what_the_second_detector_flags_counts_only_above_a_share(sample, limit, said):
    report = Report(sample=sample)
    refused = _refusal(report, True, limit)
    assert said in refused and bool(said) == bool(refused)


def test_canaries_are_not_planted_inside_the_home(home, tmp_path):
    done = privrag("leak-scan", "--plant", "1", str(home / "x"), home=home)
    assert (done.returncode, "outside the home" in done.stderr) == (2, True)
    assert privrag("leak-scan", "--plant", "2", str(tmp_path / "d"), home=home).returncode == 0
    assert len(list((tmp_path / "d").iterdir())) == 2
    told = json.loads(privrag("leak-scan", "--sample", "0", "--json", home=home).stdout)
    assert told["canaries"]["IBAN"] == {"planted": 2, "waiting": 2, "detected": 0}


def test_another_persons_stuck_erasure_is_named_on_standard_error(home):
    privrag("leak-scan", "--sample", "0", home=home)  # makes the index
    (home / "index" / "left.dat").write_text("Ann Lee")
    refused = privrag("forget", "Ann Lee", "--yes", home=home)
    assert (refused.returncode, "were not destroyed" in refused.stderr) == (2, True)
    done = privrag("forget", "Ben Ray", "--yes", "--json", home=home)
    (stuck,) = json.loads(done.stdout)["pending"]
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert f"the erasure of {stuck['pseudonym']}, begun earlier, is still pending" in done.stderr
    assert "Lee" not in done.stdout + done.stderr
