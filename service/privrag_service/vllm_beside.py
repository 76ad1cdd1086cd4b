"""Has vLLM running while the service runs: `async with vllm_beside(...) as beside`.

One server holds the generator and its adapters, one more the cross-encoder that reranks. What is
promoted while they run is loaded before the first request asks for it (`Beside.adopt`); until a
reranker's server is up, and while it is restarted, the service reranks in its own process.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path

from pydantic import SecretStr
from rich.console import Console

from privrag.cautions import was_compared_in_vllm
from privrag.errors import ModelError, PrivragError
from privrag.generate import GenerateSettings
from privrag.generate.tuning import check_base, read_tuning
from privrag.model_facts import is_adapter
from privrag.registry import read_registry, with_promoted
from privrag.rerank import RerankSettings
from privrag.settings import Settings
from privrag_service.logs import log_failure, log_warning
from privrag_service.serve import StopRequest
from privrag_service.settings import ServiceSettings, VllmSettings
from privrag_service.vllm import VllmServer

LOG_FILE = "vllm.log"
"""In the home; made anew at each start."""
RERANKER_LOG_FILE = "vllm-reranker.log"
_GRACE_SECONDS = 60.0
"""What was taken back stays loaded so long, for requests that began before."""


class Beside:
    """The servers, and what of the registry they serve."""

    def __init__(
        self,
        settings: ServiceSettings,
        home: Path,
        generator: VllmServer,
        *,
        whole: str | None = None,
        grace_seconds: float = _GRACE_SECONDS,
    ) -> None:
        """Take the generator's server, which is up; the reranker's comes and goes by `adopt`.

        `whole` is the promoted generator that it holds instead of the base.
        """
        self.generator = generator
        self._refused: set[str] = set()
        self._reranker_refused: str | None = None
        self.reranker: VllmServer | None = None
        self.changed: Callable[[], None] = lambda: None
        """Called when `adopt` would give other settings than before."""
        self._settings = settings
        self._home = home
        self._grace_seconds = grace_seconds
        self._wanted_reranker: Path | None = None
        self._whole = whole
        self._left: list[VllmServer] = []
        self._replacing = asyncio.Lock()
        self._answers: str | None = None
        self._tuned: frozenset[str] = frozenset()
        self._reranking = asyncio.Lock()
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        generator.changed = self._tell

    @property
    def overrides(self) -> dict[str, dict[str, str]]:
        """The core's settings that point to the generator."""
        server = self.generator
        values = {"base_url": server.base_url, "api_key": server.api_key, "model": server.model}
        return {"generate": values}

    @property
    def refused(self) -> list[str]:
        """Names of models that are set to serve and could not be loaded."""
        reranker = self._reranker_refused
        return sorted(self._refused | ({reranker} if reranker else set()))

    async def adopt(self, settings: Settings) -> Settings:
        """These settings as far as the servers can serve them now; what they cannot is logged."""
        async with self._turn:
            if self._whole not in {None, settings.generate.answer_model}:
                await self._leave_whole(settings)
            generate = await self._with_adapters(settings.generate)
            rerank = self._with_reranker(settings.rerank)
        return settings.model_copy(update={"generate": generate, "rerank": rerank})

    async def stop(self) -> None:
        """Stop both servers. Stopping twice is no error."""
        self.changed = lambda: None
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        for server in (self.reranker, *self._left, self.generator):
            if server is not None:
                await server.stop()

    async def _with_adapters(self, own: GenerateSettings) -> GenerateSettings:
        server = self.generator
        self._refused.clear()
        for name, folder in own.tuned.items():
            if name not in server.adapters and name != server.model:
                try:
                    await self._load(name, Path(folder))
                except PrivragError as error:
                    self._refused.add(name)
                    log_warning("adapter_refused", model=name, reason=str(error))
                except OSError as error:
                    self._refused.add(name)
                    log_warning("adapter_refused", model=name, reason=type(error).__name__)
        answers = own.answer_model
        if answers not in {None, server.model, *server.adapters, *self._settings.vllm.adapters}:
            answers = self._answers if self._answers in server.adapters else None
            log_warning("answers_as_before", model=answers or server.model)
        if answers != self._answers:
            self._tell_if_never_compared(answers)
        self._answers, self._tuned = answers, frozenset((*own.tuned, *filter(None, [answers])))
        for name in set(server.adapters) - self._tuned:
            self._begin(self._unload, name)
        there = {
            name: f for name, f in own.tuned.items() if name in {*server.adapters, server.model}
        }
        update = {"model": server.model, "answer_model": answers, "tuned": there}
        return own.model_copy(update=update)

    def _tell_if_never_compared(self, name: str | None) -> None:
        versions = read_registry(self._home).versions
        if any(one.name == name and not was_compared_in_vllm(one) for one in versions):
            log_warning("never_compared_in_vllm", model=name)

    async def _leave_whole(self, settings: Settings) -> None:
        """A whole model that was taken back answers nobody: the server ends, the next one starts.

        Questions get a 503 meanwhile.
        """
        server, whole = await server_for(self._settings, self._home, settings)
        log_warning("whole_model_taken_back", model=self._whole)
        left, self.generator, self._whole, self._answers = self.generator, server, whole, None
        self._left.append(left)
        left.changed = lambda: None
        server.take_place_of(left)
        server.changed = self._tell
        self._begin(self._replace_generator, left, server)

    async def _replace_generator(self, left: VllmServer, server: VllmServer) -> None:
        async with self._replacing:
            await left.stop()
            self._left.remove(left)
            await server.start()

    async def _load(self, name: str, folder: Path) -> None:
        server = self.generator
        if not is_adapter(folder):
            raise ModelError(f"{name} is a whole model: start privrag serve --with-vllm anew")
        rank = read_tuning(folder).rank
        if rank > server.max_rank:
            raise ModelError(
                f"{name} has rank {rank}, and vLLM was started for ranks up to {server.max_rank}: "
                "start privrag serve --with-vllm anew, or set service.vllm.max_lora_rank"
            )
        await asyncio.to_thread(check_base, folder, server.model_dir)
        await server.load_adapter(name, folder)

    async def _unload(self, name: str) -> None:
        await asyncio.sleep(self._grace_seconds)
        async with self._turn:  # it may be promoted again just now
            if name not in self._tuned and name in self.generator.adapters:
                await self.generator.unload_adapter(name)

    def _with_reranker(self, own: RerankSettings) -> RerankSettings:
        ours = own.kind == "cross-encoder" and own.url is None and own.model is not None
        folder = Path(str(own.model)).expanduser() if ours else None
        if folder != self._wanted_reranker:
            self._wanted_reranker, self._reranker_refused = folder, None
            self._begin(self._replace_reranker, folder)
        server = self.reranker
        if server is None or not server.up or server.model_dir != folder:
            return own
        key = SecretStr(server.api_key)
        update = {"url": server.root_url, "api_key": key, "model": server.model}
        return own.model_copy(update=update)

    async def _replace_reranker(self, folder: Path | None) -> None:
        async with self._reranking:  # a start takes a minute; others may be wanted meanwhile
            if folder != self._wanted_reranker:
                return
            old, self.reranker = self.reranker, None
            if old is not None:
                try:
                    await asyncio.sleep(self._grace_seconds)
                finally:
                    await old.stop()
            if folder is not None and self._settings.vllm_reranker.enabled:
                await self._start_reranker(folder)

    async def _start_reranker(self, folder: Path) -> None:
        settings = reranker_settings(self._settings, folder)
        server = VllmServer(settings, folder, self._home / RERANKER_LOG_FILE)
        try:
            await server.start()
        except (PrivragError, OSError) as error:
            if folder == self._wanted_reranker:
                self._reranker_refused = folder.name
            reason = str(error) if isinstance(error, PrivragError) else type(error).__name__
            log_warning("reranker_in_process", reason=reason)
            return
        self.reranker = server
        server.changed = self._tell
        self._tell()

    def _tell(self) -> None:
        self.changed()

    def _begin(self, work: Callable[..., Coroutine[None, None, None]], *given: object) -> None:
        async def logged() -> None:
            try:
                await work(*given)
            except Exception as error:  # noqa: BLE001 - outermost edge: type and place, no message
                log_failure(error)

        task = asyncio.create_task(logged())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def reranker_settings(settings: ServiceSettings, folder: Path) -> VllmSettings:
    """Those of the second server: scores in fp32, since in 16 bits good passages tie."""
    own = settings.vllm_reranker
    update: dict[str, object] = {
        "model": folder,
        "name": None,
        "port": 0,
        "adapters": {},
        "max_lora_rank": 0,
        "max_model_len": own.max_model_len,
        "kv_cache_gb": own.kv_cache_gb,
        "gpu_memory_share": own.gpu_memory_share,
        "extra_args": ("--runner=pooling", "--dtype=float32", *own.extra_args),
    }
    return settings.vllm.model_copy(update=update)


@contextlib.asynccontextmanager
async def vllm_beside(
    settings: ServiceSettings, home: Path, core: Settings, stop: StopRequest
) -> AsyncIterator[Beside | None]:
    """Start vLLM with the generator and wait until it answers.

    Gives None if `stop` was asked for meanwhile. Raises VllmStartError, SettingsError or
    ModelError.
    """
    beside: Beside | None = None
    starting = asyncio.create_task(_start(settings, home, core))
    stopping = asyncio.create_task(stop.gracefully.wait())
    try:
        with _progress("vLLM is starting; this takes about a minute"):
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            server, whole = starting.result()
            beside = Beside(settings, home, server, whole=whole)
        yield beside
    finally:
        for task in (starting, stopping):
            task.cancel()
        await asyncio.wait({starting, stopping})
        if beside is not None:
            await beside.stop()


async def _start(
    settings: ServiceSettings, home: Path, core: Settings
) -> tuple[VllmServer, str | None]:
    server, whole = await server_for(settings, home, with_promoted(core, home, read_registry(home)))
    await server.start()
    return server, whole


async def server_for(
    settings: ServiceSettings, home: Path, core: Settings
) -> tuple[VllmServer, str | None]:
    """The server of the generator that serves by these settings, and its id if that is a whole one.

    It is not started yet.
    """
    own, whole = settings.vllm, _whole_model(core.generate)
    if whole is not None:
        own = own.model_copy(update={"name": whole[0], "model": whole[1]})
    model_dir = own.model
    if model_dir is None:
        model_dir = await asyncio.to_thread(_default_model_dir, core.cache)
    folder = model_dir.expanduser().absolute()
    server = VllmServer(own, folder, home / LOG_FILE, ranks=_ranks(home, core.rollout.candidate))
    return server, whole[0] if whole is not None else None


def _whole_model(generate: GenerateSettings) -> tuple[str, Path] | None:
    """A promoted generator that is no adapter: vLLM holds it instead of the base."""
    folder = generate.tuned.get(generate.answer_model or "")
    if folder is None or is_adapter(Path(folder)):
        return None
    return str(generate.answer_model), Path(folder)


def _ranks(home: Path, candidate: str | None) -> list[int]:
    """Of every adapter that could be promoted, and of the candidate, which may only be watched."""
    versions = read_registry(home).versions
    tuned = [v for v in versions if v.refusal is None or v.name == candidate]
    return [v.tuning.rank for v in tuned if v.tuning is not None]


def _default_model_dir(cache: Path) -> Path:
    from privrag.generate.weights import default_model_dir

    return default_model_dir(cache.expanduser())


def _progress(text: str) -> contextlib.AbstractContextManager[object]:
    """A line on a terminal, nothing elsewhere."""
    console = Console(stderr=True)
    return console.status(text) if console.is_terminal else contextlib.nullcontext()
