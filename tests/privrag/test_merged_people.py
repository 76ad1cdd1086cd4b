"""Two pseudonyms of one person: found together, restored apart, with no new embedding."""

import asyncio

from privrag.pipeline import as_one
from privrag.records import Viewer
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
