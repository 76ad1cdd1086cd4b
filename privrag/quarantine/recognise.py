"""Which sentences of a passage give orders to the model that reads it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from privrag.evidence import content_words, sentence_at, stem
from privrag.quarantine.signs import SIGNS, SLIGHT, SQUEEZED, SURE, VOCABULARY
from privrag.quarantine.views import View, views_of
from privrag.records import Chunk

_LONGEST_REMAINDER = 3
"""Words of a line that may only finish the sentence before it."""
_REMAINDERS = 3


@dataclass(frozen=True, slots=True)
class Order:
    """A sentence that is an order to the model, and the words that give it away."""

    sentence: int
    words: frozenset[str]
    """Stems; empty where the order was encoded."""
    sure: bool
    """Whether one sign alone was enough."""


@dataclass(frozen=True, slots=True)
class _Found:
    kind: str
    weight: int
    start: int
    end: int
    words: str


def orders_in(passages: Sequence[Chunk]) -> list[list[Order]]:
    """The orders of each passage, in order.

    Where a sure sign stands in a passage, a slight one is enough in this document's others.
    """
    found = [list(_signs(chunk.text)) for chunk in passages]
    sure = [_flagged(chunk, signs, SURE) for chunk, signs in zip(passages, found, strict=True)]
    tainted = {
        chunk.source.version
        for chunk, orders in zip(passages, sure, strict=True)
        if any(order.sure for order in orders)
    }
    return [
        _with_remainders(chunk, _flagged(chunk, signs, SLIGHT))
        if chunk.source.version in tainted
        else orders
        for chunk, signs, orders in zip(passages, found, sure, strict=True)
    ]


def gives_orders(text: str) -> bool:
    """Whether a line by itself, such as a heading, is an order."""
    return _weight(list(_signs(text))) >= SURE


def _signs(text: str) -> Iterator[_Found]:
    for view in views_of(text):
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
    words = "" if view.encoded or view.guessed else match[0]
    return _Found(kind, weight, min(places), max(places) + 1, words)


def _flagged(chunk: Chunk, found: Sequence[_Found], enough: int) -> list[Order]:
    orders = []
    for number, place in enumerate(chunk.sentences):
        here = [s for s in found if s.start < place.safe_end and place.safe_start < s.end]
        if _weight(here) >= enough:
            words = {stem(w) for sign in here for w in content_words(sign.words) & VOCABULARY}
            is_sure = any(sign.weight >= SURE for sign in here)
            orders.append(Order(number, frozenset(words), is_sure))
    return orders


def _weight(found: Sequence[_Found]) -> int:
    """What the signs weigh together; several of a kind weigh as the heaviest."""
    kinds: dict[str, int] = {}
    for sign in found:
        kinds[sign.kind] = max(kinds.get(sign.kind, 0), sign.weight)
    return sum(kinds.values())


def _with_remainders(chunk: Chunk, orders: Sequence[Order]) -> list[Order]:
    """The orders, and after each the lines of a few words that finish it (`... this: / X / .`)."""
    known = {order.sentence: order for order in orders}
    for order in filter(lambda order: order.sure, orders):
        last = min(order.sentence + _REMAINDERS, len(chunk.sentences) - 1)
        for number in range(order.sentence + 1, last + 1):
            if number in known:
                break
            before = sentence_at(chunk, number - 1).rstrip()
            short = len(sentence_at(chunk, number).split()) <= _LONGEST_REMAINDER
            if not short and not before.endswith(":"):
                break
            known[number] = Order(number, order.words, sure=False)
    return [known[number] for number in sorted(known)]
