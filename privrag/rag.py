"""An open home: stores open at once, models at their first use.

The service and the command hold an `AsyncRag`; scripts and notebooks its twin in `blocking.py`.
"""

import asyncio
import importlib.metadata
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, aclosing, closing
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from privrag import pipeline
from privrag.audit import Head
from privrag.embed import Embedder, LocalEmbedder
from privrag.errors import (
    FeedbackStoreError,
    IndexingError,
    MissingExtraError,
    PrivragError,
    SettingsError,
)
from privrag.feedback import Desk, Feedback, Opinion
from privrag.generate import GenerateOptions, Generator, open_generator
from privrag.home import MANIFEST_FILE, open_audit, open_vault
from privrag.index.protocol import Index
from privrag.intake import Stores
from privrag.manifest import Entry, Manifest
from privrag.parse import ParseWorker
from privrag.pipeline import Models
from privrag.pseudonymize import Detecting, Detector, DetectorPool
from privrag.records import Answer, Hit, SafeText, SyncReport, Trace, Viewer
from privrag.registry import read_registry, with_promoted
from privrag.rerank import Reranker, open_reranker
from privrag.reveal import show
from privrag.serving import Serving, copy_serving, open_serving, registry_stamp
from privrag.settings import Settings, ViewerSettings, home_path, load_settings
from privrag.shadow import Shadow, candidate_for

T = TypeVar("T")
Adopt = Callable[[Settings], Awaitable[Settings]]
OWNER_NAME = "owner"
_log = logging.getLogger(__name__)


class AsyncRag:
    """An open home. Build it with `await AsyncRag.open(...)`; close it when done."""

    def __init__(
        self, home: Path, stores: Stores, serving: Serving, *, adopt: Adopt | None = None
    ) -> None:
        """`adopt` as for `open`."""
        self.home = home
        self.stores = stores
        self.settings: Settings = stores.settings
        self.serving = serving
        self._adopt = adopt
        self._looks = 0
        self._seen = (registry_stamp(home), self._looks)
        self._following = asyncio.Lock()
        self._opened: list[Generator | Reranker] = []
        self._kept = ExitStack()
        self._shadow = Shadow(home)

    @classmethod
    async def open(
        cls,
        home: str | Path | None = None,
        *,
        overrides: Mapping[str, Any] | None = None,
        adopt: Adopt | None = None,
    ) -> "AsyncRag":
        """Open a home, creating it on first use (mode 0700).

        `adopt` is given the settings that are about to serve, and gives those that do: a server
        may have to load a model first. Raises SettingsError, VaultError or IndexLockedError with
        one clear sentence.
        """
        path = home_path(home)
        settings = load_settings(path, overrides)
        vault = open_vault(path, settings)
        manifest = None
        try:
            manifest = Manifest(path / MANIFEST_FILE, vault, tenant=settings.tenant)
            audit = open_audit(path, settings, vault)
            serving, index = await open_serving(path, settings)
            if adopt is not None:
                serving = replace(serving, settings=await adopt(serving.settings))
        except BaseException:
            vault.close()
            if manifest is not None:
                manifest.close()
            raise
        stores = Stores(serving.settings, vault, manifest, index, audit)
        return cls(path, stores, serving, adopt=adopt)

    async def follow(self) -> None:
        """Go over to what was promoted since: models, weights, another index version."""
        seen = (registry_stamp(self.home), self._looks)
        if seen == self._seen:
            return
        async with self._following:
            if read_registry(self.home).index == self.serving.index:
                settings = await self._adopted(with_promoted(self.serving.own, self.home))
                if settings != self.settings:
                    self._serve(replace(self.serving, settings=settings), self.stores.index)
                self._seen = seen
                return
            serving, index = await open_serving(self.home, self.serving.own)
            serving = replace(serving, settings=await self._adopted(serving.settings))
            old = self.stores.index
            self._serve(serving, index)
            for made in ("embedder", "weigher"):
                self.__dict__.pop(made, None)
            self._seen = seen
        await old.close()

    def look_again(self) -> None:
        """Ask with the next request what serves, though the registry is as it was."""
        self._looks += 1

    async def _adopted(self, settings: Settings) -> Settings:
        return settings if self._adopt is None else await self._adopt(settings)

    def _serve(self, serving: Serving, index: Index) -> None:
        if serving.settings.generate != self.settings.generate:
            self.generator.follow(serving.settings.generate)
        self.serving, self.settings = serving, serving.settings
        self.stores = replace(self.stores, settings=serving.settings, index=index)
        for made in ("reranker", "parts"):
            self.__dict__.pop(made, None)

    async def _next_index(self, index: str) -> str:
        """In the handler of an IndexingError: another version serves now, else it is raised."""
        await self.follow()
        if self.serving.index == index:
            raise  # noqa: PLE0704 - see above
        return self.serving.index

    @property
    def owner(self) -> Viewer:
        """The person at this machine: reads every document, sees every name and secret."""
        return Viewer(OWNER_NAME, tenant=self.settings.tenant, owner=True, reveal=True)

    def viewer(self, name: str) -> Viewer:
        """The viewer of this name: `owner`, or one from the settings' `[viewers.NAME]` tables.

        Anybody else reads what everybody may read, and sees no names. Raises SettingsError for an
        empty name.
        """
        if not name.strip():
            raise SettingsError("a viewer has a name; leave --as out to ask as the local owner")
        if name == OWNER_NAME:
            return self.owner
        known = self.settings.viewers.get(name, ViewerSettings())
        return Viewer(
            user=name,
            groups=frozenset(known.groups),
            tenant=self.settings.tenant,
            collections=None if known.collections is None else frozenset(known.collections),
            reveal=self.settings.reveal_of(known.reveal, known.groups),
        )

    @cached_property
    def embedder(self) -> Embedder:
        return self.serving.embedder

    @cached_property
    def weigher(self) -> Embedder:
        """The embedder of the settings, also where a trained one serves.

        The thresholds of `[cite]` were chosen for what it says of a sentence.
        """
        trained = self.serving.embed != self.serving.own.embed
        return LocalEmbedder(self.serving.own.embed) if trained else self.embedder

    @cached_property
    def detector(self) -> Detecting:
        return Detector(self.settings.pseudonymize)

    @cached_property
    def generator(self) -> Generator:
        cache = self.settings.cache.expanduser()
        generator = open_generator(self.settings.generate, cache=cache)
        self._opened.append(generator)
        return generator

    @cached_property
    def reranker(self) -> Reranker | None:
        reranker = open_reranker(self.settings.rerank, self.embedder)
        if reranker is not None:
            self._opened.append(reranker)
        return reranker

    @cached_property
    def parts(self) -> Models:
        return Models(
            self.detector, self.embedder, self.generator, self.reranker, weigher=self.weigher
        )

    @cached_property
    def feedback(self) -> Desk:
        """Where answers wait for what people say of them."""
        stores, settings = self.stores, self.settings
        return self._kept.enter_context(
            closing(
                Desk(
                    self.home,
                    vault=stores.vault,
                    audit=stores.audit,
                    detector=lambda: self.detector,
                    settings=settings.feedback,
                    detect=settings.pseudonymize,
                    tenant=settings.tenant,
                )
            )
        )

    @cached_property
    def parser(self) -> ParseWorker:
        """The parser child; it stays for the next sync."""
        return self._kept.enter_context(ParseWorker(self.settings.parse))

    @cached_property
    def detectors(self) -> DetectorPool:
        """The detector children; they stay for the next sync."""
        return self._kept.enter_context(DetectorPool(self.settings.pseudonymize))

    async def sync(self, *paths: str | Path, **options: Any) -> SyncReport:  # noqa: ANN401
        """Bring the index in line with folders; see `privrag_connectors.sync.sync_folders`."""
        found = [*importlib.metadata.entry_points(group="privrag.sync", name="folder")]
        if not found:
            raise MissingExtraError("privrag_connectors", "connectors")
        await self.follow()
        try:
            report: SyncReport = await found[0].load()(self, [Path(p) for p in paths], **options)
        except PrivragError as error:
            if not options.get("dry_run"):
                self._record_sync({}, result=type(error).__name__)
            raise
        if not report.dry_run:
            counts = {"added": report.added, "updated": report.updated, "deleted": report.deleted}
            self._record_sync({**counts, "failed": len(report.failed)})
        return report

    def _record_sync(self, counts: Mapping[str, int], *, result: str = "ok") -> None:
        self.stores.audit.append("sync", OWNER_NAME, counts=counts, result=result)

    async def search(
        self, text: str, *, k: int = 10, viewer: Viewer | None = None, collection: str | None = None
    ) -> list[Hit]:
        """The `k` best passages; safe text unless the viewer may reveal (default: nobody may).

        Raises ValueError for a `k` below 1.
        """
        if k < 1:
            msg = f"k is the number of passages, at least 1; found {k}"
            raise ValueError(msg)
        await self.follow()
        viewer = viewer or replace(self.owner, reveal=False)
        (question,) = await pipeline.to_questions(self.stores, [text], self.parts)
        index, hits = self.serving.index, None
        while hits is None:
            try:
                hits = await pipeline.search(
                    self.stores, question, self.parts, viewer=viewer, collection=collection, k=k
                )
            except IndexingError:
                index = await self._next_index(index)
        return await asyncio.to_thread(show, self.stores, question, hits, viewer)

    async def safe_question(self, text: str) -> SafeText:
        """The question as index and model see it; unknown names get a pseudonym for this call."""
        (question,) = await pipeline.to_questions(self.stores, [text], self.parts)
        return question.text

    async def stream(
        self,
        question: str,
        *,
        viewer: Viewer | None = None,
        history: Sequence[tuple[str, str]] = (),
        collection: str | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        answer_id: str | None = None,
    ) -> AsyncGenerator[str | Answer, None]:
        """Text pieces, then exactly one Answer whose text is their concatenation.

        With an id the answer may get feedback from this viewer: `give_feedback`.
        """
        viewer = viewer or self.owner
        await self.follow()
        candidate = candidate_for(self.settings, viewer)
        given = {"history": history, "collection": collection}
        options = GenerateOptions(
            model=candidate or self.settings.generate.answer_model,
            max_tokens=max_tokens,
            temperature=temperature,
            cache_salt=self._cache_salt(viewer),
        )
        index, whole, begun = self.serving.index, False, False
        traces: list[Trace] = []
        while not whole:
            pieces = pipeline.answer(
                self.stores, question, self.parts,
                viewer=viewer, history=history, collection=collection, options=options,
                tell=traces.append,
            )  # fmt: skip
            unseen = partial(self._unseen, question, viewer=viewer, given=given)
            try:
                async with aclosing(pieces):
                    async for piece in pieces:
                        begun = True
                        if answer_id is not None and isinstance(piece, Answer):
                            await self._keep(answer_id, traces[-1], viewer, piece, candidate)
                        if isinstance(piece, Answer):
                            self._shadow.observe(piece, self.settings, candidate, options, unseen)
                        yield piece
                whole = True
            except IndexingError:
                if begun:
                    raise
                index = await self._next_index(index)

    async def _keep(
        self, answer_id: str, trace: Trace, viewer: Viewer, answer: Answer, candidate: str | None
    ) -> None:
        """For feedback; whoever asked gets the answer also where that cannot be done."""
        own = self.settings.generate
        models: dict[str, str] = {
            "generator": own.model or ("embedded" if own.base_url is None else "server"),
            "embedder": self.embedder.identity.model,
            "index": self.serving.index,
        }
        models.update((str(k), name) for k, name in read_registry(self.home).all_serving().items())
        models.update({"generator": candidate} if candidate else {})
        keep = partial(self.feedback.keep, refused=answer.refused)
        try:
            await asyncio.to_thread(keep, answer_id, trace, viewer, models)
        except FeedbackStoreError as error:
            _log.warning("an answer was not kept for feedback (%s)", type(error).__name__)

    async def give_feedback(self, answer_id: str, opinion: Opinion, *, viewer: Viewer) -> Feedback:
        """What this viewer says of an answer that it got (`last`: the newest one).

        Raises FeedbackError, or PseudonymError for a correction that may still name somebody.
        """
        return await asyncio.to_thread(self.feedback.give, answer_id, opinion, viewer)

    def _unseen(
        self, question: str, options: GenerateOptions, viewer: Viewer, given: Mapping[str, Any]
    ) -> AsyncGenerator[str | Answer, None]:
        """An answer for nobody: nothing in it is restored."""
        unseen = replace(viewer, reveal=False)
        return pipeline.answer(
            self.stores, question, self.parts, viewer=unseen, options=options, **given
        )

    async def ask(self, question: str, *, viewer: Viewer | None = None, **options: Any) -> Answer:  # noqa: ANN401
        """The whole answer; the options are those of `stream`."""
        return await _last(self.stream(question, viewer=viewer, **options))

    async def chat(
        self,
        messages: Sequence[tuple[str, str]],
        *,
        model: str,
        viewer: Viewer,
        options: Mapping[str, object],
    ) -> AsyncGenerator[str | Answer, None]:
        """Plain generation without retrieval; pieces, then the Answer."""
        asked = GenerateOptions.model_validate(
            {**options, "model": model, "cache_salt": self._cache_salt(viewer)}
        )
        pieces = pipeline.chat(self.stores, messages, self.parts, viewer=viewer, options=asked)
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    async def models(self) -> list[str]:
        """Ids of the generator: base and adapters."""
        return await self.generator.models()

    async def generator_ready(self) -> bool:
        try:
            return bool(await self.generator.models())
        except PrivragError:
            return False

    async def index_ready(self) -> bool:
        """Whether the index answers."""
        try:
            await self.follow()
            await self.stores.index.count(tenant=self.settings.tenant)
        except PrivragError:
            return False
        return True

    async def audit_head(self) -> Head:
        """Where the audit log ends: note it elsewhere, and a cut log shows."""
        return await asyncio.to_thread(self.stores.audit.head)

    async def collections(self) -> list[str]:
        """Collections that hold a document, sorted."""
        return self.stores.manifest.collections()

    def documents(self) -> list[Entry]:
        """Every document in the index, sorted by uri."""
        return self.stores.manifest.entries()

    async def status(self) -> dict[str, Any]:
        """Counts from the index itself, and which models are set."""
        await self.follow()
        settings, identity = self.settings, self.embedder.identity
        return {
            "documents": await self.stores.index.count_documents(tenant=settings.tenant),
            "chunks": await self.stores.index.count(tenant=settings.tenant),
            "entities": self.stores.vault.count(),
            "index": "edge" if settings.index.url is None else "server",
            "models": {
                "embedder": f"{identity.model} ({identity.precision}, {identity.dimensions})",
                "generator": settings.generate.answer_model
                or settings.generate.model
                or ("embedded" if settings.generate.base_url is None else "server"),
                "reranker": settings.rerank.model
                or (settings.rerank.kind if settings.rerank.is_on else None),
            },
        }

    async def copy_index(self, *, to: str, name: str | None = None) -> int:
        """Copy the index elsewhere; see `serving.copy_serving`. Returns the number of chunks."""
        return await copy_serving(self.home, self.serving, self.stores.index, to=to, name=name)

    async def close(self) -> None:
        """Let go of everything; closing twice is no error."""
        await self._shadow.close()
        async with AsyncExitStack() as closing:  # the next one also when one fails
            closing.callback(self.stores.audit.close)
            closing.callback(self.stores.vault.close)
            closing.callback(self.stores.manifest.close)
            closing.push_async_callback(self.stores.index.close)
            closing.callback(self._kept.close)
            for opened in self._opened:
                closing.push_async_callback(opened.close)
            self._opened.clear()

    def _cache_salt(self, viewer: Viewer) -> str | None:
        """Keeps tenants apart in a vLLM server's prefix cache; the embedded model has none."""
        if self.settings.generate.base_url is None:
            return None
        return self.stores.vault.blind("cache-salt", viewer.tenant)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


async def _last(pieces: AsyncGenerator[str | Answer, None]) -> Answer:
    final: Answer | None = None
    async for piece in pieces:
        if isinstance(piece, Answer):
            final = piece
    assert final is not None  # noqa: S101 - the last piece is always the Answer
    return final
