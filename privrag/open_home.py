"""Stores of a home, open at once, and its models, made at their first use."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from privrag.embed import Embedder, LocalEmbedder
from privrag.errors import SettingsError
from privrag.feedback import Desk
from privrag.generate import Generator, open_generator
from privrag.home import MANIFEST_FILE, open_audit, open_vault
from privrag.index.protocol import Index
from privrag.intake import Stores
from privrag.manifest import Manifest
from privrag.parse import ParseWorker
from privrag.pipeline import Models
from privrag.pseudonymize import Detecting, Detector, DetectorPool
from privrag.records import Viewer
from privrag.registry import read_registry, with_promoted
from privrag.rerank import Reranker, open_reranker
from privrag.serving import Serving, open_serving, registry_stamp
from privrag.settings import Settings, ViewerSettings, home_path, load_settings
from privrag.shadow import Shadow

Adopt = Callable[[Settings], Awaitable[Settings]]
OWNER_NAME = "owner"


class OpenHome:
    """Stores, models and viewers of a home; it follows what is promoted."""

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
        self._uses: Counter[int] = Counter()
        self._replaced: list[Reranker] = []
        self._kept = ExitStack()
        self._shadow = Shadow(home)

    @classmethod
    async def open(
        cls,
        home: str | Path | None = None,
        *,
        overrides: Mapping[str, Any] | None = None,
        adopt: Adopt | None = None,
    ) -> Self:
        """Open a home, creating it on first use (mode 0700).

        `adopt` is given the settings that are about to serve, and gives those that do: a server
        may have to load a model first. Raises SettingsError, VaultError or IndexLockedError with
        one clear sentence.
        """
        path = home_path(home)
        settings = load_settings(path, overrides)
        vault = open_vault(path, settings)
        async with AsyncExitStack() as opened:  # closed again if the rest fails
            opened.callback(vault.close)
            manifest = Manifest(path / MANIFEST_FILE, vault, tenant=settings.tenant)
            opened.callback(manifest.close)
            audit = open_audit(path, settings, vault)
            opened.callback(audit.close)
            serving, index = await open_serving(path, settings)
            opened.push_async_callback(index.close)
            if adopt is not None:
                serving = replace(serving, settings=await adopt(serving.settings))
            opened.pop_all()
        stores = Stores(serving.settings, vault, manifest, index, audit)
        return cls(path, stores, serving, adopt=adopt)

    async def follow(self) -> None:
        """Go over to what was promoted since: models, weights, another index version."""
        if self._stamp() == self._seen:
            return
        async with self._following:
            seen = self._stamp()
            if seen == self._seen:  # done while this one waited
                return
            registry = read_registry(self.home)
            if registry.index == self.serving.index:
                settings = with_promoted(self.serving.own, self.home, registry)
                settings = await self._adopted(settings)
                serving = replace(self.serving, settings=settings, release=registry.release)
                await self._serve(serving, self.stores.index)
            else:
                await self._serve(*await self._opened_anew())
            self._seen = seen

    def _stamp(self) -> tuple[tuple[int, int] | None, int]:
        return registry_stamp(self.home), self._looks

    async def _opened_anew(self) -> tuple[Serving, Index]:
        serving, index = await open_serving(self.home, self.serving.own)
        try:
            return replace(serving, settings=await self._adopted(serving.settings)), index
        except BaseException:
            await index.close()
            raise

    def look_again(self) -> None:
        """Ask with the next request what serves, though the registry is as it was."""
        self._looks += 1

    async def _adopted(self, settings: Settings) -> Settings:
        return settings if self._adopt is None else await self._adopt(settings)

    async def _serve(self, serving: Serving, index: Index) -> None:
        before, old_index = self.serving, self.stores.index
        if serving.settings.generate != before.settings.generate:
            self.generator.follow(serving.settings.generate)
        self.serving, self.settings = serving, serving.settings
        self.stores = replace(self.stores, settings=serving.settings, index=index)
        embeds_anew = index is not old_index
        if embeds_anew:
            for made in ("embedder", "weigher"):
                self.__dict__.pop(made, None)
        replaced = None
        if embeds_anew or serving.settings.rerank != before.settings.rerank:
            self.__dict__.pop("parts", None)
            replaced = self.__dict__.pop("reranker", None)
        if replaced is not None:
            self._opened = [one for one in self._opened if one is not replaced]
            self._replaced.append(replaced)
            await self._close_replaced()
        if embeds_anew:
            await old_index.close()

    @asynccontextmanager
    async def _in_use(self) -> AsyncGenerator[Models]:
        """The models for one search; a reranker that is replaced meanwhile closes behind it."""
        parts = self.parts
        used = id(parts.reranker)
        self._uses[used] += 1
        try:
            yield parts
        finally:
            self._uses[used] -= 1
            await self._close_replaced()

    async def _close_replaced(self) -> None:
        for reranker in [one for one in self._replaced if not self._uses[id(one)]]:
            self._replaced.remove(reranker)
            await reranker.close()

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

    async def close(self) -> None:
        """Let go of everything; closing twice is no error."""
        await self._shadow.close()
        async with AsyncExitStack() as closing:  # the next one also when one fails
            closing.callback(self.stores.audit.close)
            closing.callback(self.stores.vault.close)
            closing.callback(self.stores.manifest.close)
            closing.push_async_callback(self.stores.index.close)
            closing.callback(self._kept.close)
            for opened in (*self._opened, *self._replaced):
                closing.push_async_callback(opened.close)
            self._opened.clear()
            self._replaced.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
