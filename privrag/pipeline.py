"""Start here: the whole program in two functions, `ingest` and `answer`, one call a step.

    ingest: source -> parse -> pseudonymize -> chunk -> embed -> index -> verify -> swap
    answer: question -> pseudonymize -> rewrite -> retrieve -> rerank -> choose -> quarantine
            -> prompt -> generate -> guard -> cite -> restore

Between pseudonymize and restore there is only safe text.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from privrag.choose import choose_passages
from privrag.cite import Checker
from privrag.clock import Clock
from privrag.embed import Embedder, embedding_text, question_text
from privrag.errors import IndexingError
from privrag.evidence import Evidence
from privrag.find import current_hits, queries_for, with_titles
from privrag.generate import GenerateOptions, Generator
from privrag.guard import guard_for, guarded_draft
from privrag.index.protocol import EmbeddedChunk
from privrag.intake import Arrival, Outcome, Reading, Ready, Stores, make_safe, read_batches
from privrag.memory import trim_memory
from privrag.parse import ParseWorker
from privrag.passages import show
from privrag.prompts import build_messages
from privrag.pseudonymize import Detecting, DetectorPool, question_of
from privrag.records import (
    Answer,
    Chunk,
    Draft,
    Found,
    Hit,
    Message,
    Question,
    SafeText,
    Trace,
    Usage,
    Viewer,
)
from privrag.rerank import Reranker, rerank
from privrag.retrieve import query_of
from privrag.reveal import citations_of, restorer_for, restorer_for_nobody
from privrag.rewrite import Candidate
from privrag.settings import Settings
from privrag.upkeep import clean, refuse_a_lost_half

_WRITE_CHUNKS = 4096


@dataclass(frozen=True, slots=True)
class Models:
    """Who finds names, embeds, writes, reorders, and says how close sentences are (or embeds)."""

    detector: Detecting
    embedder: Embedder
    generator: Generator
    reranker: Reranker | None = None
    weigher: Embedder | None = None


async def ingest(
    stores: Stores,
    arrivals: Iterable[Arrival],
    *,
    parser: ParseWorker,
    detectors: DetectorPool,
    embedder: Embedder,
) -> AsyncGenerator[Outcome, None]:
    """Take documents in, some at a time; one bad file is an outcome with an error, not an end.

    A document's new version becomes visible in one step, after all of its chunks were counted in
    the index; only then does the old version go. What a kill leaves is cleaned by `recover`.
    """
    async with aclosing(read_batches(arrivals, parser=parser, detectors=detectors)) as batches:
        async for batch in batches:
            for outcome in await _take_in(stores, batch, embedder):
                yield outcome


async def _take_in(
    stores: Stores, batch: list[Reading | Outcome], embedder: Embedder
) -> list[Outcome]:
    """The batch is emptied: a document's raw text is gone before its chunks are embedded."""
    outcomes: list[Outcome] = []
    ready: list[Ready] = []
    while batch:
        safe: Reading | Ready | Outcome = batch.pop(0)
        if isinstance(safe, Reading):
            safe = await asyncio.to_thread(make_safe, stores, safe, embedder)
        if isinstance(safe, Outcome):
            outcomes.append(safe)
        else:
            ready.append(safe)
    trim_memory()
    chunks = [chunk for document in ready for chunk in document.chunks]
    for start in range(0, len(chunks), _WRITE_CHUNKS):
        await _write(stores, chunks[start : start + _WRITE_CHUNKS], embedder)
    for document in ready:
        await _verify(stores, document)
    replaced = stores.manifest.swap([document.entry for document in ready])
    await clean(stores, replaced)
    return outcomes + [Outcome(document.arrival, len(document.chunks)) for document in ready]


async def answer(
    stores: Stores,
    text: str,
    models: Models,
    *,
    viewer: Viewer,
    history: Sequence[tuple[str, str]] = (),
    collection: str | None = None,
    options: GenerateOptions | None = None,
    tell: Callable[[Trace], None] = lambda _: None,
) -> AsyncGenerator[str | Answer, None]:
    """Pieces of the restored answer as its sentences are checked, then the Answer as a whole.

    `tell` is told what it was made of, before that.
    """
    settings, clock = stores.settings, Clock()
    options = options or GenerateOptions()
    *earlier, question = await to_questions(stores, [*(s for _, s in history), text], models)
    clock.lap("pseudonymize")
    said = [(role, turn) for (role, _), turn in zip(history, earlier, strict=True)]
    candidates = await queries_for(question, said, models.generator, settings, options)
    question = candidates[0].question
    clock.lap("rewrite")
    hits = await search_all(
        stores,
        candidates,
        models,
        viewer=viewer,
        collection=collection,
        k=settings.prompts.passages,
    )
    clock.lap("retrieve")
    known = frozenset().union(*(turn.placeholders for turn in (*earlier, question)))
    told = answer_from(
        stores,
        question,
        hits,
        models,
        viewer=viewer,
        said=said,
        known=known,
        options=options,
        clock=clock,
        tell=tell,
    )
    async with aclosing(told) as pieces:
        async for piece in pieces:
            yield piece


async def answer_from(
    stores: Stores,
    question: Question,
    hits: Sequence[Hit],
    models: Models,
    *,
    viewer: Viewer | None,
    said: Sequence[tuple[str, Question]] = (),
    known: frozenset[str] = frozenset(),
    options: GenerateOptions | None = None,
    clock: Clock | None = None,
    tell: Callable[[Trace], None] = lambda _: None,
) -> AsyncGenerator[str | Answer, None]:
    """What `answer` does with the passages that it found.

    `said` are the turns before the question, `known` the pseudonyms in them. Without a viewer
    nobody sees it: no name is put back, and the audit log has nothing to tell.
    """
    settings, clock, options = stores.settings, clock or Clock(), options or GenerateOptions()
    weigher = models.weigher or models.embedder
    shown = await asyncio.to_thread(show, stores, hits, question, weigher)
    clock.lap("evidence")
    checker = Checker(
        shown.citable,
        shown.evidence,
        settings.cite,
        settings.prompts.refusal,
        question=question.text,
        shown=[number for number, _ in shown.texts],
    )
    asked = replace(question, placeholders=question.placeholders | known)
    restorer = (
        restorer_for_nobody()
        if viewer is None
        else restorer_for(stores, asked, hits, viewer, purpose="ask")
    )
    stream = restorer.stream()
    parts: list[str] = []
    written: list[str] = []
    usage, guarded = Usage(), 0
    if shown.texts and _answerable(shown.evidence, settings):
        turns = [_turn(role, turn.text) for role, turn in said]
        texts = [text for _, text in shown.texts]
        messages = build_messages(question.text, texts, settings=settings.prompts, history=turns)
        guard = guard_for(messages, question)
        draft = guarded_draft(models.generator.stream(messages, options), guard)
        async with aclosing(_supported(draft, checker)) as sentences:
            async for sentence in sentences:
                if isinstance(sentence, Draft):
                    usage = sentence.usage
                    continue
                written.append(sentence)
                if piece := await asyncio.to_thread(stream.feed, sentence):
                    parts.append(piece)
                    yield piece
        guarded = guard.guarded
        clock.lap("generate")
    refused = False
    if not checker.quoted:
        quote = None if checker.said_no else checker.quote_best()
        refused = quote is None
        last = quote or SafeText(settings.prompts.refusal)
        written.append(last)
        tail = await asyncio.to_thread(stream.feed_last, last)
    else:
        tail = await asyncio.to_thread(stream.flush)
    if tail:
        parts.append(tail)
        yield tail
    citations, closed = await asyncio.to_thread(citations_of, checker, hits, restorer)
    clock.lap("restore")
    found = Found(question, tuple(hits), tuple(said), known)
    cited = frozenset(hits[one.passage].chunk.id for one in checker.quoted)
    tell(Trace(found, SafeText("".join(written)), refused, cited))
    yield Answer(
        "".join(parts),
        citations,
        refused,
        usage,
        clock.laps,
        withheld=len(closed | stream.closed),
        guarded=guarded,
    )


async def chat(
    stores: Stores,
    messages: Sequence[tuple[str, str]],
    models: Models,
    *,
    viewer: Viewer,
    options: GenerateOptions,
) -> AsyncGenerator[str | Answer, None]:
    """Plain generation without retrieval, through the same pseudonymizing and restoring."""
    safe = await to_questions(stores, [said for _, said in messages], models)
    words = safe[-1]
    known = frozenset().union(*(q.placeholders for q in safe))
    asked = replace(words, placeholders=known)
    stream = restorer_for(stores, asked, (), viewer, purpose="chat").stream()
    turns = [_turn(role, q.text) for (role, _), q in zip(messages, safe, strict=True)]
    parts: list[str] = []
    usage = Usage()
    options = options.model_copy(update={"plain": True})
    guard = guard_for(turns, asked)
    draft = guarded_draft(models.generator.stream(turns, options), guard)
    async with aclosing(draft) as pieces:
        async for piece in pieces:
            if isinstance(piece, Draft):
                usage = piece.usage
                shown = stream.flush()
            else:
                shown = stream.feed(piece)
            if shown:
                parts.append(shown)
                yield shown
    yield Answer(
        "".join(parts),
        (),
        refused=False,
        usage=usage,
        withheld=stream.withheld,
        guarded=guard.guarded,
    )


async def to_questions(stores: Stores, texts: Sequence[str], models: Models) -> list[Question]:
    """Safe forms of the texts of one request, in order; the last holds the words of all."""
    settings = stores.settings.pseudonymize
    return await asyncio.to_thread(
        question_of, texts, models.detector, stores.vault, settings=settings
    )


async def search(
    stores: Stores,
    question: Question,
    models: Models,
    *,
    viewer: Viewer,
    collection: str | None,
    k: int,
) -> list[Hit]:
    """The `k` best current chunks that the viewer may see, with uri and title filled in."""
    alone = [Candidate(question, 1.0)]
    return await search_all(stores, alone, models, viewer=viewer, collection=collection, k=k)


async def search_all(
    stores: Stores,
    candidates: Sequence[Candidate],
    models: Models,
    *,
    viewer: Viewer,
    collection: str | None,
    k: int,
) -> list[Hit]:
    """The same for the queries of one request, all in one scope."""
    hits = await _ranked(stores, candidates, models, viewer, collection)
    return await asyncio.to_thread(_chosen, stores, hits, viewer, k)


async def ranked(
    stores: Stores, question: Question, models: Models, *, viewer: Viewer, collection: str | None
) -> list[Hit]:
    """Every hit for a question, best first, before passages are chosen; uri and title are empty."""
    return await _ranked(stores, [Candidate(question, 1.0)], models, viewer, collection)


async def _ranked(
    stores: Stores,
    candidates: Sequence[Candidate],
    models: Models,
    viewer: Viewer,
    collection: str | None,
) -> list[Hit]:
    """The heaviest of the queries is reranked by."""
    texts = [question_text(one.question.text) for one in candidates]
    vectors = await asyncio.to_thread(models.embedder.embed, texts)
    queries = [
        (query_of(one.question, vector, stores.vault), one.weight)
        for one, vector in zip(candidates, vectors, strict=True)
    ]
    hits = await current_hits(stores, queries, viewer, collection)
    if not hits:
        await refuse_a_lost_half(stores)
    if models.reranker is not None:
        own = stores.settings.rerank
        asked = max(candidates, key=lambda one: one.weight).question.text
        best, rest = hits[: own.candidates], hits[own.candidates :]
        best = await rerank(asked, best, models.reranker, correction=own.weight)
        hits = [*best, *rest]
    return hits


def _chosen(stores: Stores, hits: Sequence[Hit], viewer: Viewer, k: int) -> list[Hit]:
    settings = stores.settings.choose
    return with_titles(stores, choose_passages(hits, k=k, settings=settings), viewer)


async def _supported(
    draft: AsyncGenerator[SafeText | Draft, None], checker: Checker
) -> AsyncGenerator[SafeText | Draft, None]:
    """The draft's sentences that the passages support, then the Draft itself."""
    async with aclosing(draft):
        async for piece in draft:
            if isinstance(piece, Draft):
                for sentence in checker.flush(cut_off=piece.finish == "length"):
                    yield sentence
                yield piece
            else:
                for sentence in checker.feed(piece):
                    yield sentence


async def _write(stores: Stores, chunks: Sequence[Chunk], embedder: Embedder) -> None:
    vectors = await asyncio.to_thread(embedder.embed, [embedding_text(c) for c in chunks])
    await stores.index.upsert([EmbeddedChunk(c, v) for c, v in zip(chunks, vectors, strict=True)])


async def _verify(stores: Stores, ready: Ready) -> None:
    counted = await stores.index.count(version=ready.entry.version)
    if counted != len(ready.chunks):
        raise IndexingError(
            f"the index holds {counted} of {len(ready.chunks)} chunks just written; "
            "nothing was swapped, sync again"
        )


def _answerable(evidence: Sequence[Evidence], settings: Settings) -> bool:
    return any(e.relevance >= settings.cite.min_relevance for e in evidence)


def _turn(role: str, text: SafeText) -> Message:
    return Message(role if role in {"system", "assistant"} else "user", text)  # type: ignore[arg-type] # narrowed above
