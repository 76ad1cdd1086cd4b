"""An erasure that is refused stays pending; everybody else can be forgotten meanwhile."""

import json
from dataclasses import asdict

import pytest

from privrag.erasure import forget, look
from privrag.erasure.note import Note, begun, keep
from privrag.errors import VaultError
from privrag_connectors.sync import sync_folders
from tests.privrag.erasure.homes import NAME, parts, pseudonym, with_home, write_docs

FEMI = "Femi Adeyemi"


async def stuck_at(rag, docs):
    """A file of the index in which Marta stands, after her erasure was refused for it."""
    await sync_folders(rag, [docs])
    left = rag.home / "index" / "left.dat"
    left.write_text(NAME)
    with pytest.raises(VaultError, match="not destroyed"):
        await forget(rag.stores, NAME, parts(rag))
    return left


def test_a_stuck_erasure_holds_up_nobody_else_and_is_reported_with_its_person(tmp_path):
    docs = write_docs(tmp_path)

    async def work(rag):
        left = await stuck_at(rag, docs)
        marta, femi = pseudonym(rag), pseudonym(rag, FEMI)
        done = await forget(rag.stores, FEMI, parts(rag))
        assert done.certificate.pseudonyms == (femi,)
        (pending,) = done.pending
        assert pending.pseudonym == marta and f"the keys of {marta} were not" in pending.why
        assert "indqvist" not in repr(done)
        assert rag.stores.vault.erased([marta, femi]) == {femi}
        assert [note.person for note in begun(rag.stores)] == [marta]
        left.unlink()
        done = await forget(rag.stores, NAME, parts(rag))
        assert (done.certificate.counts["chunks"], done.pending) == (3, ())
        assert rag.stores.vault.erased([marta]) == {marta}
        assert rag.stores.manifest.mark("forgetting") is None

    with_home(tmp_path, work)


def test_two_stuck_erasures_are_both_finished_by_the_next_run(tmp_path):
    docs = write_docs(tmp_path)

    async def work(rag):
        left = await stuck_at(rag, docs)
        left.write_text(f"{NAME} {FEMI}")
        people = [pseudonym(rag), pseudonym(rag, FEMI)]
        with pytest.raises(VaultError, match=f"keys of {people[1]}"):
            await forget(rag.stores, FEMI, parts(rag))
        assert [note.person for note in begun(rag.stores)] == people
        left.unlink()
        done = await forget(rag.stores, NAME, parts(rag))
        assert done.certificate.pseudonyms[0] == people[0]
        assert rag.stores.vault.erased(people) == set(people)

    with_home(tmp_path, work)


def test_what_goes_with_a_stuck_person_is_no_second_erasure(tmp_path):
    docs = write_docs(tmp_path)

    async def work(rag):
        await stuck_at(rag, docs)
        with pytest.raises(VaultError, match=f"erasure of {pseudonym(rag)}, begun earlier"):
            await forget(rag.stores, "marta.lindqvist@corp.com", parts(rag))
        assert len(begun(rag.stores)) == 1

    with_home(tmp_path, work)


def test_a_note_from_before_there_could_be_several_is_read(tmp_path):
    async def work(rag):
        note = Note("x", ["PERSON_K7M2QX4C"], ["PERSON_K7M2QX4C"], [], [])
        sealed = rag.stores.vault.seal(json.dumps(asdict(note)), context="forgetting")
        rag.stores.manifest.set_mark("forgetting", sealed.hex())
        assert begun(rag.stores) == [note]
        keep(rag.stores, note)
        assert begun(rag.stores) == [note]

    with_home(tmp_path, work)


def test_the_vault_is_decrypted_once(tmp_path, monkeypatch):
    docs = write_docs(tmp_path)

    async def work(rag):
        await sync_folders(rag, [docs])
        real, times = rag.stores.vault.every_surface, []

        def counted():
            times.append(1)
            return real()

        monkeypatch.setattr(rag.stores.vault, "every_surface", counted)
        await look(rag.stores, NAME)
        assert len(times) == 1
        await forget(rag.stores, NAME, parts(rag))
        assert len(times) == 2

    with_home(tmp_path, work)
