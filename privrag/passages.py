"""The hits as an answer reads them: one pseudonym a person, each sentence weighed.

For weighing and writing only: a quote is restored from the chunk as it was stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from privrag.embed import Embedder, question_text
from privrag.evidence import CiteSettings, Evidence, excerpts, sentences_of, weigh
from privrag.intake import Stores
from privrag.pseudonym import exchange
from privrag.pseudonymize import align
from privrag.quarantine import quarantine
from privrag.records import Chunk, Hit, Question, SafeText


@dataclass(frozen=True, slots=True)
class Shown:
    """What an answer to one question may rest on, and what of it the model reads."""

    citable: list[Chunk] = field(repr=False)
    evidence: list[Evidence]
    texts: list[tuple[int, str]] = field(repr=False)
    """(position in `citable`, text) of each numbered passage, in the prompt's order."""


def show(stores: Stores, hits: Sequence[Hit], question: Question, embedder: Embedder) -> Shown:
    """The hits' passages without orders to the model, and their sentences closest to the question.

    What a model is tuned on is shown by this function too, so that it learns what it will serve.
    """
    settings = stores.settings
    passages = passages_of(stores, hits, question)
    kept = quarantine(passages, question.text, settings.quarantine)
    evidence = find_evidence(question, kept.citable, embedder, settings.cite)
    texts = excerpts(kept.shown, evidence, sentences=settings.prompts.sentences)
    return Shown(kept.citable, evidence, texts)


def passages_of(stores: Stores, hits: Sequence[Hit], question: Question) -> list[Chunk]:
    """The chunks with one pseudonym a person, and the question's own for places, dates and such."""
    chunks = as_one(stores, [hit.chunk for hit in hits], question)
    return [align(chunk, question.ephemeral) for chunk in chunks]


def as_one(
    stores: Stores, chunks: Sequence[Chunk], question: Question | None = None
) -> list[Chunk]:
    """The chunks with one pseudonym a person: two that were merged become the surviving one.

    So does whoever a document knows by the very word of the question alone. All have the same
    length, so every offset stays. For weighing and writing an answer only: a quote is restored from
    the chunk as it was stored, to the very words of its document.
    """
    named = frozenset().union(*(chunk.placeholders for chunk in chunks))
    leaders = stores.vault.leaders(named)
    if question is not None and question.one_word:
        meant = {p: question.may_mean[p] for p in question.one_word}
        leaders = meant | {p: meant.get(lead, lead) for p, lead in leaders.items()}
    if not leaders:
        return list(chunks)
    return [
        replace(
            chunk,
            text=SafeText(exchange(chunk.text, leaders)),
            context=SafeText(exchange(chunk.context, leaders)),
            placeholders=frozenset(leaders.get(p, p) for p in chunk.placeholders),
        )
        for chunk in chunks
    ]


def find_evidence(
    question: Question, passages: Sequence[Chunk], embedder: Embedder, settings: CiteSettings
) -> list[Evidence]:
    """Every sentence of the passages with how close it is to the question, in its context."""
    places = sentences_of(passages)
    texts = [question.text, *(SafeText(text) for *_, text in places)]
    vectors = embedder.embed([question_text(text) for text in texts])
    cosines = vectors[1:] @ vectors[0]  # (sentences,)
    return weigh(question, passages, places, cosines.tolist(), settings=settings)
