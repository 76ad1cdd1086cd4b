"""What an open home does: search, answer, sync, and tell about itself.

The service and the command hold an `AsyncRag`; scripts and notebooks its twin in `blocking.py`.
"""

import asyncio
import importlib.metadata
import logging
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

from privrag import pipeline
from privrag.audit import Head
from privrag.errors import (
    GeneratorUnavailableError,
    IndexingError,
    MissingExtraError,
    PrivragError,
)
from privrag.feedback import Feedback, Opinion
from privrag.generate import GenerateOptions
from privrag.generate.tuning import tuned_prompts
from privrag.intake import Stores
from privrag.manifest import Entry
from privrag.open_home import OWNER_NAME, OpenHome
from privrag.records import Answer, Found, Hit, SafeText, SyncReport, Trace, Viewer
from privrag.registry import FOLDER
from privrag.reveal import show
from privrag.serving import copy_serving
from privrag.shadow import candidate_for, unseen_candidate

_log = logging.getLogger(__name__)


class AsyncRag(OpenHome):
    """An open home. Build it with `await AsyncRag.open(...)`; close it when done."""

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
                async with self._in_use() as parts:
                    hits = await pipeline.search(
                        self.stores, question, parts, viewer=viewer, collection=collection, k=k
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
        options = GenerateOptions(
            model=candidate or self.settings.generate.answer_model,
            max_tokens=max_tokens,
            temperature=temperature,
            cache_salt=self._cache_salt(viewer),
        )
        index, whole, begun = self.serving.index, False, False
        traces: list[Trace] = []
        while not whole:
            models = self._answering(options.model)
            try:
                async with self._in_use() as parts, aclosing(pipeline.answer(
                    self._stores_for(options.model), question, parts,
                    viewer=viewer, history=history, collection=collection, options=options,
                    tell=traces.append,
                )) as pieces:  # fmt: skip
                    async for piece in pieces:
                        begun = True
                        if answer_id is not None and isinstance(piece, Answer):
                            await self._keep(answer_id, traces[-1], viewer, models)
                        if isinstance(piece, Answer):
                            self._shadow.observe(
                                piece, traces[-1], self.settings, candidate, options, self._unseen
                            )
                        yield piece
                whole = True
            except IndexingError:
                if begun:
                    raise
                index = await self._next_index(index)

    async def _keep(
        self, answer_id: str, trace: Trace, viewer: Viewer, models: Mapping[str, str]
    ) -> None:
        """For feedback; whoever asked gets the answer also where that cannot be done."""
        try:
            await asyncio.to_thread(self.feedback.keep, answer_id, trace, viewer, models)
        except PrivragError as error:
            _log.warning("an answer was not kept for feedback (%s)", type(error).__name__)

    def _answering(self, model: str | None) -> dict[str, str]:
        """What answers where the generator is asked for this model, by kind; `release` if any."""
        own, rerank, release = self.settings.generate, self.settings.rerank, self.serving.release
        answering = {
            "generator": model or own.model or ("embedded" if own.base_url is None else "server"),
            "embedder": self.embedder.identity.model,
            "index": self.serving.index,
        }
        if rerank.is_on:
            folder = Path(rerank.model or rerank.kind)
            trained = folder.is_relative_to(self.home / FOLDER)
            answering["reranker"] = folder.name if trained else str(folder)
        return answering | ({} if release is None else {"release": str(release)})

    async def give_feedback(self, answer_id: str, opinion: Opinion, *, viewer: Viewer) -> Feedback:
        """What this viewer says of an answer that it got (`last`: the newest one).

        Raises FeedbackError, of which CorrectionError says that the correction is not one to keep.
        """
        return await asyncio.to_thread(self.feedback.give, answer_id, opinion, viewer)

    def _unseen(
        self, found: Found, options: GenerateOptions, tell: Callable[[Trace], None]
    ) -> AsyncGenerator[str | Answer, None]:
        """An answer for nobody."""
        return pipeline.answer_from(
            self._stores_for(options.model),
            found.question,
            found.hits,
            self.parts,
            viewer=None,
            said=found.said,
            known=found.known,
            options=options,
            tell=tell,
        )

    def _stores_for(self, model: str | None) -> Stores:
        """The stores with the prompt that this model was tuned with, if it was."""
        folder = self.settings.generate.tuned.get(model or "")
        if folder is None:
            return self.stores
        prompts = tuned_prompts(self.settings.prompts, Path(folder).expanduser())
        settings = self.settings.model_copy(update={"prompts": prompts})
        return replace(self.stores, settings=settings)

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
        """Plain generation without retrieval; pieces, then the Answer.

        Raises GeneratorUnavailableError for a candidate that answers nobody.
        """
        if model == unseen_candidate(self.settings):
            raise GeneratorUnavailableError("this model is tried unseen and answers nobody")
        asked = GenerateOptions.model_validate(
            {**options, "model": model, "cache_salt": self._cache_salt(viewer)}
        )
        pieces = pipeline.chat(self.stores, messages, self.parts, viewer=viewer, options=asked)
        async with aclosing(pieces):
            async for piece in pieces:
                yield piece

    async def models(self) -> list[str]:
        """Ids of the generator: base and adapters, without a candidate that answers nobody."""
        unseen = unseen_candidate(self.settings)
        return [name for name in await self.generator.models() if name != unseen]

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
        answering = self._answering(settings.generate.answer_model)
        return {
            "documents": await self.stores.index.count_documents(tenant=settings.tenant),
            "chunks": await self.stores.index.count(tenant=settings.tenant),
            "entities": self.stores.vault.count(),
            "index": "edge" if settings.index.url is None else "server",
            "models": {
                "embedder": f"{identity.model} ({identity.precision}, {identity.dimensions})",
                "generator": answering["generator"],
                "reranker": answering.get("reranker"),
            },
        }

    async def copy_index(self, *, to: str, name: str | None = None) -> int:
        """Copy the index elsewhere; see `serving.copy_serving`. Returns the number of chunks."""
        return await copy_serving(self.home, self.serving, self.stores.index, to=to, name=name)

    def _cache_salt(self, viewer: Viewer) -> str | None:
        """Keeps tenants apart in a vLLM server's prefix cache; the embedded model has none."""
        if self.settings.generate.base_url is None:
            return None
        return self.stores.vault.blind("cache-salt", viewer.tenant)


async def _last(pieces: AsyncGenerator[str | Answer, None]) -> Answer:
    final: Answer | None = None
    async for piece in pieces:
        if isinstance(piece, Answer):
            final = piece
    assert final is not None  # noqa: S101 - the last piece is always the Answer
    return final
