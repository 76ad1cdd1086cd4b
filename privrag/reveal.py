"""What one viewer gets to see of a request: the answer's names, its citations, the hits.

What is opened here is in the audit log before it is shown.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial

from privrag.audit import Disclosures
from privrag.canary import without_canaries
from privrag.cite import Checker
from privrag.intake import Stores
from privrag.pseudonym import LITERAL, base, label, placeholders
from privrag.records import Citation, Hit, Question, SafeText, Viewer
from privrag.restore import Restorer


def restorer_for(
    stores: Stores, question: Question, hits: Iterable[Hit], viewer: Viewer, *, purpose: str
) -> Restorer:
    """Opens pseudonyms of this request's question and hits, if this viewer may see them.

    What it opens is in the audit log before it is in the text: once an entity and request. So is
    whom an answer from documents speaks of by a name that the asker typed and may not see.
    """
    ephemeral = words_to_put_back(question, viewer) if purpose == "ask" else question.ephemeral
    told = partial(Disclosures, stores.audit, viewer.user, purpose=purpose, policy=viewer.policy)
    held = (hit.chunk.placeholders | placeholders(hit.title) for hit in hits)
    found = frozenset[str]().union(*held)
    scope = question.placeholders | found
    typed = {base(token) for token in ephemeral if label(token) not in viewer.revealed}
    return Restorer(
        without_canaries(stores.manifest, stores.vault),
        scope=scope,
        reveal=viewer.revealed,
        ephemeral=ephemeral,
        confirms=(found & typed) - {t for t in typed if label(t) == LITERAL},
        erased=stores.vault.erased,
        record=told(),
        record_asked=told(action="asked"),
    )


def restorer_for_nobody() -> Restorer:
    """Opens nothing, also not what the asker typed, and records nothing."""
    return Restorer(lambda _: {}, scope=frozenset(), reveal=frozenset(), record=lambda _: None)


def words_to_put_back(question: Question, viewer: Viewer) -> dict[str, str]:
    """The asker's own words that an answer from documents may say again.

    Not those of several people (or several places, ...) whom this viewer may not see: the answer
    would tell which of them a document means.
    """
    kinds = Counter(label(token) for token in {base(token) for token in question.ephemeral})
    return {
        token: words
        for token, words in question.ephemeral.items()
        if kinds[label(token)] == 1 or label(token) == LITERAL or label(token) in viewer.revealed
    }


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
