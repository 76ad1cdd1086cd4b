"""Forms of the name that the pseudonymizer left: struck before the keys go, or named."""

import base64
import json
import re
from dataclasses import replace

import pytest

from privrag.erasure import forget, look, verify
from privrag.erasure.certificate import find
from privrag.errors import VaultError
from privrag.index.protocol import EmbeddedChunk
from privrag.leak import KnownValues, scan
from privrag.leak.views import views_of_file
from privrag.records import SafeText
from privrag_connectors.sync import sync_folders
from tests.privrag.erasure.homes import NAME, parts, pseudonym, texts, with_home, write_docs

MAIL = "marta.lindqvist@corp.com"
FORMS = {
    "handle": "@marta_lindqvist",
    "dotted": "marta.lindqvist",
    "humps": "MartaLindqvist",
    "one word": "martalindqvist",
    "initial": "mlindqvist",
    "lower case": "marta lindqvist",
    "percent": "Marta%20Lindqvist",
    "json": "\\u004darta Lindqvist",
    "base64": base64.b64encode(NAME.encode()).decode(),
    "base64 of the address": base64.b64encode(f"to {MAIL}, please".encode()).decode(),
    "hex": NAME.encode().hex(),
    "utf-16": NAME.encode("utf-16-le").decode(),
}


async def put(rag, text, *, context="", **source):
    """Write text into a chunk as if the pseudonymizer had missed what stands there."""
    items = [item async for item in rag.stores.index.scroll()]
    chunk = replace(
        items[0].chunk,
        text=SafeText(text),
        context=SafeText(context),
        sentences=(),
        source=replace(items[0].chunk.source, **source),
    )
    await rag.stores.index.upsert([EmbeddedChunk(chunk, items[0].vector)])
    return chunk.id


def stands_anywhere(home, *also):
    known = KnownValues([("PERSON", NAME), ("EMAIL", MAIL), *also])
    return [
        (str(path.relative_to(home)), view.how)
        for path in home.rglob("*")
        if path.is_file()
        for view in views_of_file(path)
        if any(known.search(view.text))
    ]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_name_is_struck_from_text_context_and_title(tmp_path, form):
    docs = write_docs(tmp_path)

    async def work(rag):
        await sync_folders(rag, [docs])
        await put(rag, f"Zoë asks {FORMS[form]}, or not.", context=f"About {FORMS[form]}:")
        entry = rag.stores.manifest.entries()[0]
        rag.stores.manifest.swap([replace(entry, title=f"CV {FORMS[form]}")])
        assert (await look(rag.stores, NAME)).titles == 1
        done = await forget(rag.stores, NAME, parts(rag))
        chunks = [item.chunk async for item in rag.stores.index.scroll()]
        (chunk,) = [c for c in chunks if c.text.startswith("Zoë")]
        return done, chunk, rag.documents()[0].title

    done, chunk, title = with_home(tmp_path, work)
    word = "an e-mail address" if "address" in form else "a person"
    sign = "@" if form == "handle" else ""
    assert chunk.text == f"Zoë asks {sign}{word}, or not."
    assert (chunk.context, title) == (f"About {sign}{word}:", f"CV {sign}{word}")
    assert set(done.certificate.remaining.values()) == {0}
    assert stands_anywhere(tmp_path / "home") == []


@pytest.mark.parametrize("form", ["dotted", "percent", "lower case"])
def test_a_file_in_which_the_name_had_been_missed_is_named_as_a_source(tmp_path, form):
    docs = write_docs(tmp_path)
    (docs / "0.txt").write_text("Nobody is named here.")

    async def work(rag):
        await sync_folders(rag, [docs])
        for item in [i async for i in rag.stores.index.scroll()]:
            if item.chunk.text.startswith("Nobody"):
                missed = replace(item.chunk, text=SafeText(f"Ask {FORMS[form]}."), sentences=())
                await rag.stores.index.upsert([EmbeddedChunk(missed, item.vector)])
        (docs / "0.txt").write_text(f"Ask {FORMS[form]}.")
        done = await forget(rag.stores, NAME, parts(rag))
        key = rag.stores.manifest.document_key((docs / "0.txt").as_uri())
        return key in done.certificate.sources, done.sources

    certified, sources = with_home(tmp_path, work)
    assert certified and sources == tuple((docs / f"{n}.txt").as_uri() for n in range(3))


def test_a_chunk_with_an_encoded_name_is_embedded_anew(tmp_path):
    docs = write_docs(tmp_path)

    async def work(rag):
        await sync_folders(rag, [docs])
        id_ = await put(rag, f"The file {FORMS['base64']} is here.")
        await forget(rag.stores, NAME, parts(rag))
        (item,) = [i async for i in rag.stores.index.scroll() if i.chunk.id == id_]
        return item.vector, rag.embedder.embed(["The file a person is here."])[0]

    stored, expected = with_home(tmp_path, work)
    assert stored == pytest.approx(expected, abs=1e-6)


def test_somebody_else_of_the_surname_keeps_an_initial_and_the_place_is_named(tmp_path):
    docs = write_docs(tmp_path)
    (docs / "8.txt").write_text("Milo Lindqvist came.")

    async def work(rag):
        rag.detector._people = re.compile("(?:Marta|Milo) Lindqvist")
        await sync_folders(rag, [docs])
        id_ = await put(rag, "Ask mlindqvist or marta_lindqvist.")
        done = await forget(rag.stores, NAME, parts(rag))
        return id_, done, await texts(rag)

    id_, done, found = with_home(tmp_path, work)
    assert "Ask mlindqvist or a person." in found
    assert done.remaining == (f"chunk {id_} (text)",)
    assert done.certificate.remaining["chunks"] == 1
    assert "indqvist" not in repr(done) + done.certificate.text()


HALVES = (
    "LeopoldineHargreave", "leopoldine_muntz", "lhargreave", "Leopoldine%20Muntz",
    b"Leopoldine Hargreave".hex(), "mrs. hargreave-muntz", "mrs. hargreave", "LEOPOLDINE MRS",
)  # fmt: skip


@pytest.mark.parametrize("form", HALVES)
def test_half_of_a_double_surname_and_a_word_beside_a_title_are_struck_or_counted(tmp_path, form):
    docs = write_docs(tmp_path)
    (docs / "8.txt").write_text("Leopoldine Hargreave-Muntz came.")

    async def work(rag):
        rag.detector._people = re.compile("Leopoldine (?:Hargreave-Muntz|Voss-Hargreave|Muntz-Oy)")
        await sync_folders(rag, [docs])
        await put(rag, f"Zoë asks {form}, or not.")
        first = await forget(rag.stores, "Leopoldine Hargreave-Muntz", parts(rag))
        (struck,) = [text for text in await texts(rag) if text.startswith("Zoë")]
        return struck, first

    struck, done = with_home(tmp_path, work)
    assert not re.search("(?i)leopold|hargreave|muntz|4c656f", struck) and "a person" in struck
    assert set(done.certificate.remaining.values()) == {0}


@pytest.mark.parametrize("form", [f for f in HALVES if f != "mrs. hargreave-muntz"])
def test_what_may_as_well_be_another_ones_half_is_counted(tmp_path, form):
    docs = write_docs(tmp_path)
    (docs / "8.txt").write_text(
        "Leopoldine Hargreave-Muntz came. Leopoldine Voss-Hargreave and Leopoldine Muntz-Oyelaran."
    )

    async def work(rag):
        rag.detector._people = re.compile(
            "Leopoldine (?:Hargreave-Muntz|Voss-Hargreave|Muntz-Oyelaran)"
        )
        await sync_folders(rag, [docs])
        id_ = await put(rag, f"Zoë asks {form}, or not.")
        return id_, await forget(rag.stores, "Leopoldine Hargreave-Muntz", parts(rag))

    id_, done = with_home(tmp_path, work)
    assert done.remaining == (f"chunk {id_} (text)",)


@pytest.mark.parametrize("field", ["collection", "acl"])
def test_a_collection_or_reader_called_like_the_person_is_refused_first(tmp_path, field):
    docs = write_docs(tmp_path)

    async def work(rag):
        await sync_folders(rag, [docs])
        value = "marta-lindqvist" if field == "collection" else ("marta.lindqvist", "*")
        id_ = await put(rag, "Nothing.", **{field: value})
        with pytest.raises(VaultError, match=r"acl\) of 1 chunks .*nothing was changed") as told:
            await forget(rag.stores, NAME, parts(rag))
        assert "indqvist" not in str(told.value) and id_ in str(told.value)
        assert rag.stores.manifest.mark("forgetting") is None
        assert rag.stores.vault.erased([pseudonym(rag)]) == set()

    with_home(tmp_path, work)


def test_bytes_that_the_engine_kept_stop_it_before_the_keys_go_and_a_rerun_finishes(tmp_path):
    docs = write_docs(tmp_path)

    async def work(rag):
        await sync_folders(rag, [docs])
        left = rag.home / "index" / "left.dat"
        left.write_bytes(b"\0\0" + FORMS["base64"].encode() + b"\0")
        token = pseudonym(rag)
        with pytest.raises(VaultError, match="1 places .*index/left.dat.*not destroyed") as told:
            await forget(rag.stores, NAME, parts(rag))
        assert "indqvist" not in str(told.value)
        assert rag.stores.vault.surface([token]) == {token: NAME}
        assert (await scan(rag.stores, rag.home, detector=None, sample=0)).certain_count == 1
        left.unlink()
        done = await forget(rag.stores, NAME, parts(rag))
        assert rag.stores.vault.erased([token]) == {token}
        return done

    assert with_home(tmp_path, work).certificate.counts["entities"] == 2


def test_a_user_name_in_the_audit_log_is_counted_and_does_not_stop_it(tmp_path):
    docs = write_docs(tmp_path)

    async def work(rag):
        await sync_folders(rag, [docs])
        rag.stores.audit.append("reveal", "marta.lindqvist")
        return await forget(rag.stores, NAME, parts(rag))

    done = with_home(tmp_path, work)
    assert done.certificate.remaining["audit"] >= 1
    assert set(done.remaining) <= {"audit.db", "audit.db-wal"}


def test_the_certificate_is_named_after_the_person_and_found_by_any_pseudonym(tmp_path):
    docs = write_docs(tmp_path)

    async def work(rag):
        await sync_folders(rag, [docs])
        token = pseudonym(rag)
        return token, await forget(rag.stores, NAME, parts(rag))

    token, done = with_home(tmp_path, work)
    assert done.path.name == f"00000001-{token}.json"
    assert [p.partition("_")[0] for p in done.certificate.pseudonyms] == ["PERSON", "EMAIL"]
    home = tmp_path / "home"
    assert {find(home, p) for p in done.certificate.pseudonyms} == {done.path}
    assert find(home, "PERSON_K7M2QX4C") is None


def test_a_certificate_from_before_the_count_is_still_valid(tmp_path):
    docs = write_docs(tmp_path)

    async def work(rag):
        await sync_folders(rag, [docs])
        done = await forget(rag.stores, NAME, parts(rag))
        old = replace(done.certificate, remaining=None)
        return old.sign(rag.stores.vault.key("checkpoint")), done.path

    old, path = with_home(tmp_path, work)
    path.write_text(old.text())
    assert "remaining" not in json.loads(old.text())
    assert verify(path) == old


def test_what_would_go_is_counted_and_nothing_changes(tmp_path):
    docs = write_docs(tmp_path)

    async def work(rag):
        await sync_folders(rag, [docs])
        before = await texts(rag)
        found = await look(rag.stores, NAME)
        assert await texts(rag) == before
        return found, pseudonym(rag)

    found, token = with_home(tmp_path, work)
    assert (found.pseudonyms[0], len(found.pseudonyms)) == (token, 2)
    assert (found.documents, found.chunks, found.titles, found.places) == (3, 3, 0, 6)
