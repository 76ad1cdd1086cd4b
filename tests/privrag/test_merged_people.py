"""Two pseudonyms of one person: found together, restored apart, with no new embedding."""

import asyncio

from privrag.passages import as_one
from privrag.records import Viewer
from privrag.vault import Mention
from privrag_connectors.sync import sync_folders
from tests.opened import open_small

RENT = "Marta Lindqvist pays the rent for the Aarhus depot."
FIRE = "Femi Adeyemi leads the fire drill on Monday."
OWNER = Viewer("owner", owner=True, reveal=True)


def opened(tmp_path, work, *answers):
    docs = tmp_path / "docs"
    docs.mkdir(exist_ok=True)
    (docs / "rent.txt").write_text(RENT)
    (docs / "fire.txt").write_text(FIRE)

    async def main():
        rag = await open_small(tmp_path / "home", *answers)
        try:
            await sync_folders(rag, [docs])
            found = rag.stores.vault.find(
                [("PERSON", "marta lindqvist"), ("PERSON", "femi adeyemi")]
            )
            marta, femi = found["PERSON", "marta lindqvist"], found["PERSON", "femi adeyemi"]
            return await work(rag, marta, femi)
        finally:
            await rag.close()

    return asyncio.run(main())


def test_either_name_finds_the_documents_of_both(tmp_path):
    async def work(rag, marta, femi):
        before = {stored.chunk.id async for stored in rag.stores.index.scroll()}
        rag.stores.vault.merge(marta, femi)
        texts = {}
        for name in ("Marta Lindqvist", "Femi Adeyemi"):
            hits = await rag.search(name, viewer=OWNER)
            texts[name] = {hit.shown: hit.score for hit in hits}
        after = {stored.chunk.id async for stored in rag.stores.index.scroll()}
        return texts, before == after

    texts, same = opened(tmp_path, work)
    assert same
    for found in texts.values():
        assert found.keys() == {RENT, FIRE}  # restored exactly as each document has it
        assert min(found.values()) > 0.03  # both lifted by the id leg, not by words alone


def test_a_model_reads_one_pseudonym_and_quotes_stay_exact(tmp_path):
    async def work(rag, marta, femi):
        rag.stores.vault.merge(marta, femi)
        chunks = [stored.chunk async for stored in rag.stores.index.scroll()]
        one = as_one(rag.stores, chunks)
        assert {p for chunk in one for p in chunk.placeholders} == {marta}
        assert [len(c.text) for c in one] == [len(c.text) for c in chunks]
        rag.generator._answers = [f"{marta} leads the fire drill. [1]"]
        return await rag.ask("Does Marta Lindqvist lead the fire drill?", viewer=OWNER)

    answer = opened(tmp_path, work)
    assert "Marta Lindqvist leads the fire drill." in answer.text
    assert [citation.quote for citation in answer.citations] == [FIRE]


def test_after_a_split_a_sync_writes_the_documents_again(tmp_path):
    async def work(rag, marta, femi):
        rag.stores.vault.merge(marta, femi)
        before = {entry.version for entry in rag.documents()}
        rag.stores.vault.split(marta, [femi])
        stale = rag.stores.vault.stale()
        await sync_folders(rag, [tmp_path / "docs"])
        return before, stale, {e.version for e in rag.documents()}, rag.stores.vault.stale()

    before, stale, after, left = opened(tmp_path, work)
    assert stale == before
    assert before.isdisjoint(after)
    assert left == set()


def test_without_merged_people_nothing_is_exchanged(tmp_path):
    async def work(rag, marta, femi):
        chunks = [stored.chunk async for stored in rag.stores.index.scroll()]
        return as_one(rag.stores, chunks) == chunks

    assert opened(tmp_path, work)


class TestSplitByWords:
    """Merged, then one of them taken out by the words that a document has."""

    def after(self, tmp_path, change):
        """What `change` did to the vault, after a sync: who is found, in which order, and who is
        the one that `forget` means."""
        from privrag.custody import Custody
        from privrag.erasure.subject import find_subject

        async def work(rag, marta, femi):
            vault = rag.stores.vault
            custody = Custody(rag.home, rag.settings, vault, rag.stores.audit)
            change(custody, marta, femi)
            await sync_folders(rag, [tmp_path / "docs"])
            hits = await rag.search("Femi Adeyemi", viewer=OWNER)
            shown = custody.show(custody.named("Femi Adeyemi"), reveal=True)
            subject = find_subject(vault, "Femi Adeyemi")
            other = find_subject(vault, "Marta Lindqvist")
            assert vault.verify().damaged == ()
            return marta, femi, hits[0].shown, shown, subject, other

        return opened(tmp_path, work)

    def test_the_name_leads_to_whose_words_they_are(self, tmp_path):
        def change(custody, marta, femi):
            custody.merge(marta, femi)
            assert custody.split(marta, ["Femi Adeyemi"])[0] == femi

        marta, femi, first, shown, subject, other = self.after(tmp_path, change)
        assert first == FIRE
        assert (shown.pseudonym, dict(shown.words)) == (femi, {femi: "Femi Adeyemi"})
        assert subject.pseudonyms == {femi}
        assert other.pseudonyms == {marta}
        assert [words for _, words in other.surfaces] == ["Marta Lindqvist"]

    def test_also_where_a_document_came_after_the_merge(self, tmp_path):
        def change(custody, marta, femi):
            custody.merge(marta, femi)
            custody._vault.assign(
                [Mention("PERSON", w, "femi adeyemi") for w in ("Femi Adeyemi", "Mr. Adeyemi")],
                version="later",
            )
            custody.split(marta, ["Femi Adeyemi", "Mr. Adeyemi"])

        marta, femi, first, shown, subject, other = self.after(tmp_path, change)
        assert (first, shown.pseudonym) == (FIRE, femi)
        assert {words for _, words in shown.words} == {"Femi Adeyemi", "Mr. Adeyemi"}
        assert femi in subject.pseudonyms
        assert other.pseudonyms == {marta}

    def test_also_where_other_words_of_the_merged_entity_stay(self, tmp_path):
        def change(custody, marta, femi):
            custody._vault.assign([Mention("PERSON", "Fem", "femi adeyemi")], version="v")
            custody.merge(marta, femi)
            custody.split(marta, ["Femi Adeyemi"])

        marta, femi, first, shown, subject, other = self.after(tmp_path, change)
        assert first == FIRE
        assert [words for _, words in shown.words] == ["Femi Adeyemi"]
        assert shown.pseudonym not in {marta, femi}
        assert subject.pseudonyms == {shown.pseudonym}
        assert {words for _, words in other.surfaces} == {"Marta Lindqvist", "Fem"}

    def test_also_where_the_words_are_those_of_the_surviving_entity(self, tmp_path):
        def change(custody, marta, femi):
            custody.merge(femi, marta)
            custody.split(femi, ["Femi Adeyemi"])

        marta, femi, first, shown, subject, other = self.after(tmp_path, change)
        assert (first, shown.pseudonym, shown.others) == (FIRE, femi, ())
        assert (subject.pseudonyms, other.pseudonyms) == ({femi}, {marta})

    def test_also_where_nothing_was_merged(self, tmp_path):
        def change(custody, marta, femi):
            custody._vault.assign([Mention("PERSON", "Fem", "femi adeyemi")], version="v")
            custody.split(femi, ["Femi Adeyemi"])

        _, femi, first, shown, subject, _ = self.after(tmp_path, change)
        assert first == FIRE
        assert [words for _, words in shown.words] == ["Femi Adeyemi"]
        assert (shown.pseudonym != femi, subject.pseudonyms) == (True, {shown.pseudonym})
