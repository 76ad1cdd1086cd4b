"""Which sentences of a document give orders to the model that will read it.

They are looked for in the raw text, when a document is taken in: a model for names takes words of
an order for names, most of all in a language it does not know, and no sign is left. What is kept is
a sentence's number and words of our own lists.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from privrag.evidence import content_words, sentence_at, stem
from privrag.quarantine.signs import SIGNS, SQUEEZED, TAINTS, VOCABULARY
from privrag.quarantine.views import View, as_read, views_of
from privrag.quarantine.weights import SLIGHT, SURE
from privrag.quarantine.wording import shipped_wording
from privrag.records import Chunk, Document, Order

_LONGEST_REMAINDER = 3
"""Words of a line that may only finish the sentence before it."""
_REMAINDERS = 3
_WINDOW = 16_000
"""Characters read at once; windows share as many as a sign may span."""
_WIDEST_SIGN = 1_000
SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|\n+")
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str
    weight: int
    start: int
    end: int
    words: frozenset[str]


_Place = tuple[int, int]
"""A chunk's position and its sentence's."""


def with_orders(chunks: Sequence[Chunk], document: Document) -> list[Chunk]:
    """The chunks of a document, each with the orders among its sentences and headings.

    Where a sure sign stands in a document, a slight one is enough in all of it.
    """
    found = _signs_by_place(chunks, document.text)
    tainted = any(
        sign.weight >= SURE and sign.kind in TAINTS for signs in found.values() for sign in signs
    )
    enough = SLIGHT if tainted else SURE
    flagged: dict[int, list[_Place]] = defaultdict(list)
    for place, signs in sorted(found.items()):
        if _weight(signs) >= enough:
            flagged[place[0]].append(place)
    orders = {c: _orders(chunks[c], places, found) for c, places in flagged.items()}
    lines = [
        line
        for c, those in orders.items()
        for order in those
        for line in sentence_at(chunks[c], order.sentence).split("\n")
    ]
    return [
        replace(chunk, orders=orders.get(c, ()), context_orders=_among(chunk.context, lines))
        for c, chunk in enumerate(chunks)
    ]


def gives_orders(text: str) -> bool:
    """Whether a short text, of somebody whom a model may learn from, gives it orders.

    Its signs weigh together, wherever they stand: such a text is about one thing.
    """
    worded = (_worded(part) for part in SENTENCE_ENDS.split(text) if part.strip())
    return _weight(list(_signs(text))) >= SURE or any(weight >= SURE for weight in worded)


def _signs_by_place(chunks: Sequence[Chunk], text: str) -> Mapping[_Place, list[_Found]]:
    places = sorted(
        (sentence.start, sentence.end, c, n)
        for c, chunk in enumerate(chunks)
        for n, sentence in enumerate(chunk.sentences)
    )
    ends = [end for _, end, _, _ in places]
    found: dict[_Place, list[_Found]] = defaultdict(list)
    for sign in _signs(text):
        for start, _, c, n in islice(places, bisect_right(ends, sign.start), None):
            if start >= sign.end:
                break
            found[c, n].append(sign)
    for start, end, c, n in places:
        if weight := _worded(text[start:end]):
            words = frozenset(map(stem, content_words(text[start:end].casefold()) & VOCABULARY))
            found[c, n].append(_Found("wording", weight, start, end, words))
    return found


def _worded(sentence: str) -> int:
    """What the sentence's wording weighs."""
    wording = shipped_wording()
    score = wording.score(as_read(sentence))
    return SURE if score >= wording.sure else SLIGHT if score >= wording.slight else 0


def _signs(text: str) -> Iterator[_Found]:
    start = 0
    while start < len(text):
        window = text[start : start + _WINDOW + _WIDEST_SIGN]
        for sign in _signs_of_window(window):
            yield replace(sign, start=start + sign.start, end=start + sign.end)
        cut = text.rfind("\n", start + _WINDOW - _WIDEST_SIGN, start + _WINDOW)
        start = cut + 1 if cut > start else start + _WINDOW


def _signs_of_window(text: str) -> Iterator[_Found]:
    plain: set[str] = set()
    for view in views_of(text):
        words = set(_LONG_WORD.findall(view.text))
        if view.guessed and VOCABULARY.isdisjoint(words - plain):
            continue
        plain = plain or words
        for sign in SIGNS:
            if view.guessed and sign.weight < SURE:
                continue
            for match in sign.pattern.finditer(view.text):
                yield _found(view, match, sign.kind, SURE if view.encoded else sign.weight)
        for match in SQUEEZED.finditer(view.text):
            yield _found(view, match, "override", SURE)


def _found(view: View, match: re.Match[str], kind: str, weight: int) -> _Found:
    start, end = match.start(), max(match.end(), match.start() + 1)
    places = view.places[start:end]
    words = frozenset[str]()
    if not (view.encoded or view.guessed):
        words = frozenset(stem(word) for word in content_words(match[0]) & VOCABULARY)
    return _Found(kind, weight, min(places), max(places) + 1, words)


def _weight(found: Sequence[_Found]) -> int:
    """What the signs weigh together; several of a kind weigh as the heaviest.

    Wording weighs by itself: it is made of the words that the signs stand on.
    """
    kinds: dict[str, int] = {}
    for sign in found:
        kinds[sign.kind] = max(kinds.get(sign.kind, 0), sign.weight)
    return max(kinds.pop("wording", 0), sum(kinds.values()))


def _orders(
    chunk: Chunk, places: Sequence[_Place], found: Mapping[_Place, Sequence[_Found]]
) -> tuple[Order, ...]:
    """The orders, and after each sure one what finishes it (`... this: / X / .`).

    Whoever asks for a sure one by its words gets the slight ones beside it, too.
    """
    known: dict[int, Order] = {}
    sure = [place for place in places if any(sign.weight >= SURE for sign in found[place])]
    beside = [sign.words for place in sure for sign in found[place]]
    for place in places:
        words = [sign.words for sign in found[place]]
        known[place[1]] = Order(
            place[1], frozenset[str]().union(*words, *(beside if place not in sure else ()))
        )
    for place in sure:
        last = min(place[1] + _REMAINDERS, len(chunk.sentences) - 1)
        for number in range(place[1] + 1, last + 1):
            if number in known:
                break
            before = sentence_at(chunk, number - 1).rstrip()
            short = len(sentence_at(chunk, number).split()) <= _LONGEST_REMAINDER
            if not short and not before.endswith(":"):
                break
            known[number] = Order(number, known[place[1]].words)
    return tuple(known[number] for number in sorted(known))


def _among(context: str, orders: Sequence[str]) -> tuple[int, ...]:
    """The lines of a context that begin one of these, as headings are cut to length."""
    return tuple(
        number
        for number, line in enumerate(context.split("\n"))
        if line and any(order.startswith(line) for order in orders)
    )
