"""What one viewer gets to see of a request: the answer's names, its citations, the hits.

What is opened here is in the audit log before it is shown.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from privrag.audit import Disclosures
from privrag.canary import without_canaries
from privrag.cite import Checker
from privrag.intake import Stores
from privrag.pseudonym import placeholders
from privrag.records import Citation, Hit, Question, SafeText, Viewer
from privrag.restore import Restorer


def restorer_for(
    stores: Stores, question: Question, hits: Iterable[Hit], viewer: Viewer, *, purpose: str
) -> Restorer:
    """Opens pseudonyms of this request's question and hits, if this viewer may see them.

    What it opens is in the audit log before it is in the text: once an entity and request.
    """
    held = (hit.chunk.placeholders | placeholders(hit.title) for hit in hits)
    scope = question.placeholders.union(*held)
    return Restorer(
        without_canaries(stores.manifest, stores.vault),
        scope=scope,
        reveal=viewer.revealed,
        ephemeral=question.ephemeral,
        erased=stores.vault.erased,
        record=Disclosures(stores.audit, viewer.user, purpose=purpose, policy=viewer.policy),
    )


def show(stores: Stores, question: Question, hits: Sequence[Hit], viewer: Viewer) -> list[Hit]:
    """The hits with their text restored, as far as this viewer may see names."""
    if not viewer.revealed:
        return list(hits)
    restorer = restorer_for(stores, question, hits, viewer, purpose="search")
    texts = [text for hit in hits for text in (hit.chunk.text, SafeText(hit.title))]
    restored = iter(replace(restorer, ephemeral={}).restore_quotes(texts))
    return [replace(hit, shown=next(restored).text, title=next(restored).text) for hit in hits]


def citations_of(
    checker: Checker, hits: Sequence[Hit], restorer: Restorer
) -> tuple[tuple[Citation, ...], frozenset[str]]:
    """One citation a marker, and those of their entities that stayed closed.

    A quote shows the document's words, never the asker's.
    """
    texts: list[SafeText] = []
    for quoted in checker.quoted:
        hit = hits[quoted.passage]
        sentence = hit.chunk.sentences[quoted.sentence]
        words = hit.chunk.text[sentence.safe_start : sentence.safe_end]
        texts += [SafeText(hit.title), SafeText(words)]
    restored = replace(restorer, ephemeral={}).restore_quotes(texts)
    shown = iter(restored)
    citations = tuple(
        Citation(
            marker=quoted.marker,
            uri=hits[quoted.passage].uri,
            title=next(shown).text,
            page=hits[quoted.passage].page,
            start=hits[quoted.passage].chunk.sentences[quoted.sentence].start,
            end=hits[quoted.passage].chunk.sentences[quoted.sentence].end,
            quote=next(shown).text,
            support=quoted.support,
        )
        for quoted in checker.quoted
    )
    return citations, frozenset[str]().union(*(each.closed for each in restored))
