"""What one request searches for, and what of it is there: queries, current hits, their titles."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace

from privrag.errors import ContextTooLongError, GeneratorError, GeneratorUnavailableError
from privrag.generate import GenerateOptions, Generator
from privrag.guard import guard_for, guarded_draft
from privrag.index.protocol import IndexQuery
from privrag.intake import Stores
from privrag.links import links_for
from privrag.records import Draft, Hit, Question, SafeText, Viewer
from privrag.retrieve import blend, retrieve, scope_of
from privrag.rewrite import Candidate, Turn, accepted, candidates_of, rewriting_messages
from privrag.settings import Settings

_SEARCHES = 3
_REWRITE_TOKENS = 120


async def queries_for(
    question: Question,
    earlier: Sequence[Turn],
    generator: Generator,
    settings: Settings,
    options: GenerateOptions,
) -> list[Candidate]:
    """The queries for a question with turns before it; first the question itself."""
    own = settings.rewrite
    written = None
    if own.by == "model" and earlier:
        written = await _written_out(question, earlier, generator, settings, options)
    return candidates_of(question, earlier, own, rewritten=written)


async def _written_out(
    question: Question,
    earlier: Sequence[Turn],
    generator: Generator,
    settings: Settings,
    options: GenerateOptions,
) -> SafeText | None:
    """The question as the model writes it; None if that is late, fails or is not accepted."""
    messages = rewriting_messages(question, earlier, settings.rewrite)
    asked = GenerateOptions(  # the base: a model tuned to answer rewrites worse
        max_tokens=_REWRITE_TOKENS,
        temperature=0.0,
        cache_salt=options.cache_salt,
        plain=True,
    )
    guard = guard_for(messages, question)
    draft = guarded_draft(generator.stream(messages, asked), guard)
    parts: list[str] = []
    try:
        async with asyncio.timeout(settings.rewrite.timeout_seconds), aclosing(draft) as pieces:
            async for piece in pieces:
                if not isinstance(piece, Draft):
                    parts.append(piece)
    except (TimeoutError, ContextTooLongError, GeneratorError, GeneratorUnavailableError):
        return None
    return None if guard.guarded else accepted(SafeText("".join(parts)), question, earlier)


async def current_hits(
    stores: Stores,
    queries: Sequence[tuple[IndexQuery, float]],
    viewer: Viewer,
    collection: str | None,
    *,
    attempts: int = _SEARCHES,
) -> list[Hit]:
    """Hits of current versions; asked again if a sync swapped some meanwhile."""
    scope = scope_of(viewer, collection, hidden=stores.manifest.leftovers())
    settings = stores.settings.retrieve
    found = [
        (await retrieve(stores.index, query, scope=scope, settings=settings), weight)
        for query, weight in queries
    ]
    hits = blend(found)
    versions = {hit.chunk.source.version for hit in hits}
    current = stores.manifest.which_current(versions)
    if len(current) < len(versions) and attempts > 1:
        return await current_hits(stores, queries, viewer, collection, attempts=attempts - 1)
    return [hit for hit in hits if hit.chunk.source.version in current]


def with_titles(stores: Stores, hits: Sequence[Hit], viewer: Viewer) -> list[Hit]:
    """The hits with uri and title filled in, without those that a sync withdrew meanwhile."""
    current = stores.manifest.current(hit.chunk.source.version for hit in hits)
    links = links_for(stores.vault, current.values(), viewer)
    return [
        replace(hit, uri=links[entry.version], title=entry.title)
        for hit in hits
        if (entry := current.get(hit.chunk.source.version))
    ]
