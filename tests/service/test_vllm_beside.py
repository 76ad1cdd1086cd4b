"""vLLM beside the service follows the registry: adapters at run time, a second one that reranks."""

import asyncio
import contextlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from privrag.errors import SettingsError
from privrag.records import Viewer
from privrag.registry import (
    Check,
    ModelVersion,
    promote,
    read_registry,
    register,
    rollback,
    with_promoted,
    write_registry,
)
from privrag.request_id import request_id
from privrag.settings import Settings, load_settings
from privrag_connectors.sync import sync_folders
from privrag_service.serve import StopRequest
from privrag_service.settings import ServiceSettings, VllmSettings
from privrag_service.vllm import VllmServer
from privrag_service.vllm_beside import Beside, server_for, vllm_beside
from tests.generators import figure, generator_version, tuning_from
from tests.opened import open_small
from tests.service.scripted import eventually, fake_python

pytestmark = pytest.mark.alone


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A base model as far as it is compared: weights, template and tokenizer."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    folder = tmp_path / "base"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    Tokenizer(WordLevel({"rent": 0, "[UNK]": 1}, unk_token="[UNK]")).save(  # noqa: S106
        str(folder / "tokenizer.json")
    )
    return folder


@pytest.fixture
def home(tmp_path: Path, base: Path) -> Path:
    """Two generators of rank 8 and a reranker, registered; documents beside it in `docs`."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    add_adapter(home, base, "first")
    add_adapter(home, base, "second", served="first")
    register(
        home,
        ModelVersion(
            kind="reranker", name="close", created="2026-11-22T08:00:00+00:00", data="questions",
            data_sha256="0" * 64, base="tiny", seed=1, examples=200, pairs=1000, seconds=60.0,
            correction=0.25, gate=figure(),
        ),
    )  # fmt: skip
    (home / "models" / "reranker" / "close").mkdir(parents=True)
    (home / "models" / "reranker" / "close" / "config.json").write_text("{}")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "lease.txt").write_text("The rent is paid on the first of every month.")
    return home


def add_adapter(
    home: Path, base: Path, name: str, *, served: str | None = None, **changes: object
) -> None:
    """`served` is the generator that it was measured beside."""
    tuning = tuning_from(base, **{"rank": 8, **changes})
    folder = home / "models" / "generator" / name
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text(json.dumps({"r": tuning.rank}))
    (folder / "base.json").write_text(tuning.model_dump_json())
    register(home, generator_version(name, tuning=tuning, beside=served))


def settings_of(tmp_path: Path, base: Path, **more: object) -> ServiceSettings:
    own = VllmSettings(python=fake_python(tmp_path), model=base, stop_timeout_seconds=1)
    return ServiceSettings(vllm=own, **more)  # type: ignore[arg-type]


def settings_in(home: Path, overrides: dict[str, dict[str, str]] | None = None) -> Settings:
    """Those that serve."""
    return with_promoted(load_settings(home, overrides), home, read_registry(home))


def asked(folder: Path, path: str) -> list[dict[str, object]]:
    with contextlib.suppress(FileNotFoundError):
        lines = map(json.loads, (folder / "requests").read_text().splitlines())
        return [line for line in lines if line["path"] == path]
    return []


def loaded(base: Path) -> list[str]:
    return [str(one["body"]["lora_name"]) for one in asked(base, "/v1/load_lora_adapter")]  # type: ignore[index]


def unloaded(base: Path) -> list[str]:
    return [str(one["body"]["lora_name"]) for one in asked(base, "/v1/unload_lora_adapter")]  # type: ignore[index]


@contextlib.asynccontextmanager
async def running(settings: ServiceSettings, home: Path, base: Path, *, grace: float = 0.05):
    server = VllmServer(settings.vllm, base, home / "vllm.log", ranks=(8,))
    beside = Beside(settings, home, server, grace_seconds=grace)
    await server.start()
    try:
        yield beside
    finally:
        await beside.stop()


def test_beside_the_service_it_becomes_the_core_s_generator(tmp_path, home, base):
    async def work():
        settings = settings_of(tmp_path, base)
        async with vllm_beside(settings, home, load_settings(home), StopRequest()) as beside:
            return beside.overrides["generate"], beside.generator.max_rank

    generate, rank = asyncio.run(work())
    assert generate["model"] == "base"
    assert generate["base_url"].startswith("http://127.0.0.1:")
    assert len(generate["api_key"]) > 40
    assert rank == 8


def test_a_signal_while_it_starts_ends_the_start(tmp_path, home, base):
    (base / "deaf").touch()

    async def work():
        stop = StopRequest()
        asyncio.get_running_loop().call_later(0.5, stop.ask)
        settings = settings_of(tmp_path, base)
        async with vllm_beside(settings, home, load_settings(home), stop) as beside:
            return beside

    assert asyncio.run(work()) is None


def test_each_promotion_is_loaded_first_and_what_went_is_unloaded_later(tmp_path, home, base):
    async def work():
        found = []
        async with running(settings_of(tmp_path, base), home, base) as beside:

            async def adopted():
                given = settings_in(home, beside.overrides)
                found.append((await beside.adopt(given)).generate.answer_model)

            await adopted()
            for name in ("first", "second"):
                promote(home, name)
                await adopted()
            rollback(home, "generator")
            await adopted()
            while list(beside.generator.adapters) != ["first"] or beside._tasks:
                await asyncio.sleep(0.05)
        return found

    assert asyncio.run(work()) == [None, "first", "second", "first"]
    assert loaded(base)[:2] == ["first", "second"]
    assert unloaded(base)[-1] == "second"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"base_sha256": "f" * 64}, "whose weights had"), ({"rank": 32}, "for ranks up to 8")],
)
def test_what_does_not_fit_is_told_and_what_answered_before_goes_on(
    tmp_path, home, base, caplog, changes, reason
):
    add_adapter(home, base, "strange", served="first", **changes)

    async def work():
        async with running(settings_of(tmp_path, base), home, base) as beside:
            for name in ("first", "strange"):
                promote(home, name)
                given = settings_in(home, beside.overrides)
                generate = (await beside.adopt(given)).generate
            return generate.answer_model

    assert asyncio.run(work()) == "first"
    assert loaded(base) == ["first"]
    (refused,) = [r.fields for r in caplog.records if r.getMessage() == "adapter_refused"]
    assert refused["model"] == "strange"
    assert reason in refused["reason"]


def test_one_that_was_never_compared_in_vllm_is_told_once(tmp_path, home, base, caplog):
    compared = (Check(name="vllm", passed=True, detail="they differ by 0.02"),)
    add_adapter(home, base, "third", served="first")
    registry = read_registry(home)
    *others, third = registry.versions
    third = third.model_copy(update={"checks": compared})
    write_registry(home, registry.model_copy(update={"versions": (*others, third)}))

    async def work():
        async with running(settings_of(tmp_path, base), home, base) as beside:
            for name in ("first", "third"):
                promote(home, name)
                for _ in range(2):
                    await beside.adopt(settings_in(home, beside.overrides))

    asyncio.run(work())
    told = [r.fields for r in caplog.records if r.getMessage() == "never_compared_in_vllm"]
    assert told == [{"model": "first"}]


def test_a_reranker_that_serves_gets_a_server_of_its_own_and_loses_it(tmp_path, home, base):
    folder = home / "models" / "reranker" / "close"

    async def work():
        changes, found = asyncio.Event(), []
        async with running(settings_of(tmp_path, base), home, base) as beside:
            beside.changed = changes.set
            promote(home, "close")
            given = settings_in(home)
            found.append((await beside.adopt(given)).rerank)
            await asyncio.wait_for(changes.wait(), 60)
            found.append((await beside.adopt(given)).rerank)
            server = beside.reranker
            rollback(home, "reranker")
            found.append((await beside.adopt(settings_in(home))).rerank)
            while server.up:
                await asyncio.sleep(0.05)
        return found

    first, then, last = asyncio.run(work())
    assert (first.url, first.model) == (None, str(folder)), "in process until the server is up"
    assert then.url.startswith("http://127.0.0.1:")
    assert (then.model, then.correction) == ("close", 0.25)
    assert (last.url, last.model) == (None, None)
    arguments = json.loads((folder / "arguments").read_text())
    assert {"--runner=pooling", "--dtype=float32", "--max-model-len=512"} <= set(arguments)
    assert "--gpu-memory-utilization=0.1" in arguments


def test_a_reranker_whose_server_fails_stays_in_this_process(tmp_path, home, base, caplog):
    folder = home / "models" / "reranker" / "close"
    (folder / "broken").touch()
    promote(home, "close")

    async def work():
        async with running(settings_of(tmp_path, base), home, base) as beside:
            given = settings_in(home)
            await beside.adopt(given)
            for _ in range(600):
                if any(r.getMessage() == "reranker_in_process" for r in caplog.records):
                    break
                await asyncio.sleep(0.05)
            return (await beside.adopt(given)).rerank

    assert asyncio.run(work()).url is None


def test_an_open_home_is_answered_by_what_is_promoted_under_one_id_and_the_tenant_s_salt(
    tmp_path, home, base
):
    async def work():
        async with running(settings_of(tmp_path, base), home, base) as beside:
            rag = await open_small(home, overrides=beside.overrides)
            rag._adopt = beside.adopt
            del rag.__dict__["generator"]
            beside.changed = rag.look_again
            try:
                await sync_folders(rag, [tmp_path / "docs"])
                request_id.set("req-7")
                other = Viewer("anna", tenant="default")
                for change in (None, "first", "second", "back"):
                    if change == "back":
                        rollback(home, "generator")
                    elif change:
                        promote(home, change)
                    await rag.ask("When is the rent paid?")
                    await rag.ask("When is the rent paid?", viewer=other)
                promote(home, "close")
                await rag.follow()
                strange = rag._cache_salt(replace(other, tenant="acme"))
                while beside.reranker is None or not beside.reranker.up:
                    await asyncio.sleep(0.05)
                await rag.search("rent")
                return strange
            finally:
                await rag.close()

    other_salt = asyncio.run(work())
    chats = asked(base, "/v1/chat/completions")
    models = [one["body"]["model"] for one in chats]
    assert models == ["base"] * 2 + ["first"] * 2 + ["second"] * 2 + ["first"] * 2
    assert {one["id"] for one in chats} == {"req-7"}
    salts = {one["body"]["cache_salt"] for one in chats}
    assert len(salts) == 1
    assert salts.isdisjoint({other_salt, "default"})
    (reranked,) = asked(home / "models" / "reranker" / "close", "/v1/rerank")
    assert reranked["id"] == "req-7"


def test_both_must_fit_a_gpu():
    with pytest.raises(ValidationError, match=r"are 1\.05 together; at most 1 fits a GPU"):
        ServiceSettings(vllm=VllmSettings(gpu_memory_share=0.95))


def test_a_whole_model_that_was_taken_back_leaves_the_server_to_the_base(
    tmp_path, home, base, caplog
):
    whole = home / "models" / "generator" / "whole"
    whole.mkdir(parents=True)
    tuning = tuning_from(base, rank=0, method="full")
    (whole / "base.json").write_text(tuning.model_dump_json())
    register(home, generator_version("whole", tuning=tuning))
    promote(home, "whole")
    changes = []

    async def work():
        settings = settings_of(tmp_path, base)
        async with vllm_beside(settings, home, load_settings(home), StopRequest()) as beside:
            beside.changed = lambda: changes.append(beside.generator.up)
            overrides = beside.overrides
            first = (await beside.adopt(settings_in(home, overrides))).generate
            rollback(home, "generator")
            then = (await beside.adopt(settings_in(home, overrides))).generate
            while not beside.generator.up:
                await asyncio.sleep(0.05)
            promote(home, "first")
            last = (await beside.adopt(settings_in(home, overrides))).generate
            return first, then, last, overrides["generate"], beside.overrides["generate"]

    first, then, last, before, after = asyncio.run(work())
    assert (first.model, first.answer_model) == ("whole", "whole")
    assert (then.model, then.answer_model) == ("base", None)
    assert (last.model, last.answer_model) == ("base", "first")
    assert after == {**before, "model": "base"}, "address and key stay"
    assert changes[:1] == [True]
    assert [r.fields for r in caplog.records if r.getMessage() == "whole_model_taken_back"] == [
        {"model": "whole"}
    ]
    assert loaded(base) == ["first"]
    pids = [p for f in (base, whole) for p in (f / "pids").read_text().split()]
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_what_was_refused_is_told_until_it_is_not_wanted(tmp_path, home, base):
    add_adapter(home, base, "strange", rank=32)
    (home / "models" / "reranker" / "close" / "broken").touch()

    async def work():
        async with running(settings_of(tmp_path, base), home, base) as beside:
            promote(home, "strange")
            promote(home, "close")
            await beside.adopt(settings_in(home, beside.overrides))
            while len(beside.refused) < 2:
                await asyncio.sleep(0.05)
            found = beside.refused
            for kind in ("generator", "reranker"):
                rollback(home, kind)
            await beside.adopt(settings_in(home, beside.overrides))
            return found, beside.refused

    assert asyncio.run(work()) == (["close", "strange"], [])


def test_a_candidate_that_may_only_be_watched_has_its_rank_too(tmp_path, home, base):
    failed = (Check(name="abstention", passed=False, detail="it refused 3 of 20"),)
    tuning = tuning_from(base, rank=32)
    register(home, generator_version("weak", tuning=tuning, checks=failed))
    own = {"rollout": {"candidate": "weak", "shadow": True}}

    async def rank_with(overrides):
        core = load_settings(home, overrides)
        server, whole = await server_for(settings_of(tmp_path, base), home, core)
        return server.max_rank, whole

    assert asyncio.run(rank_with(own)) == (32, None)
    assert asyncio.run(rank_with({})) == (8, None)


def test_a_task_that_fails_unexpectedly_is_logged_by_type_alone(tmp_path, home, base, caplog):
    async def fail():
        raise ValueError("a private word")

    async def work():
        beside = Beside(settings_of(tmp_path, base), home, VllmServer(
            settings_of(tmp_path, base).vllm, base, home / "vllm.log"
        ))  # fmt: skip
        beside._begin(fail)
        await asyncio.wait(set(beside._tasks))

    asyncio.run(work())
    [failure] = [r.fields for r in caplog.records if r.getMessage() == "failure"]
    assert failure["error"] == "ValueError"
    assert "private" not in caplog.text


def test_nothing_is_left_running(tmp_path, home, base):
    promote(home, "close")

    async def work():
        async with running(settings_of(tmp_path, base), home, base) as beside:
            await beside.adopt(settings_in(home))
            await asyncio.sleep(0.3)

    asyncio.run(work())
    folders = (base, home / "models" / "reranker" / "close")
    pids = [p for f in folders if (f / "pids").exists() for p in (f / "pids").read_text().split()]
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def test_an_adapter_of_the_settings_from_another_base_is_refused_before_vllm_starts(
    tmp_path: Path, base: Path
):
    other = shutil.copytree(base, tmp_path / "other")
    (other / "model.safetensors").write_bytes(b"other weights")
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text(json.dumps({"r": 8}))
    own = VllmSettings(python=fake_python(tmp_path), adapters={"a": adapter})
    VllmServer(own, other, tmp_path / "vllm.log")  # nobody says what it was tuned from
    (adapter / "base.json").write_text(tuning_from(base).model_dump_json())
    VllmServer(own, base, tmp_path / "vllm.log")
    with pytest.raises(SettingsError, match=r"adapters\.a: .* from another base.* than other has"):
        VllmServer(own, other, tmp_path / "vllm.log")
