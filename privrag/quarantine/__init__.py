"""Retrieved text is data: sentences that give orders to the model are neither shown nor cited."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from privrag.evidence import content_words, stem
from privrag.quarantine.recognise import gives_orders, with_orders
from privrag.quarantine.settings import QuarantineSettings
from privrag.records import Chunk, Order, SafeText

__all__ = ["QuarantineSettings", "Quarantined", "gives_orders", "quarantine", "with_orders"]

_ASKED_WORDS = 3


@dataclass(frozen=True, slots=True)
class Quarantined:
    """The passages of one request, every sentence at its place; what was taken out is blank."""

    shown: list[Chunk]
    """What the model may see."""
    citable: list[Chunk]
    """What an answer may rest on: the same, and the orders that the question asks for."""


def quarantine(
    passages: Sequence[Chunk], question: str, settings: QuarantineSettings
) -> Quarantined:
    """Take the orders out of the passages that `with_orders` found in their documents.

    A question asks for an order (a security handbook quotes one) if it holds three of the words
    that give it away; then it may be quoted, but the model does not see it.
    """
    if not settings.enabled:
        return Quarantined(list(passages), list(passages))
    asked = {stem(word) for word in content_words(question)}
    shown, citable = [], []
    for chunk in passages:
        closed = [o for o in chunk.orders if len(o.words & asked) < _ASKED_WORDS]
        shown.append(_without(chunk, chunk.orders))
        citable.append(_without(chunk, closed))
    return Quarantined(shown, citable)


def _without(chunk: Chunk, orders: Sequence[Order]) -> Chunk:
    """The chunk with blanks for these sentences and without headings that are orders."""
    text = chunk.text
    for order in orders:
        place = chunk.sentences[order.sentence]
        blank = " " * (place.safe_end - place.safe_start)
        text = SafeText(text[: place.safe_start] + blank + text[place.safe_end :])
    lines = chunk.context.split("\n")
    context = "\n".join(li for n, li in enumerate(lines) if n not in chunk.context_orders)
    return replace(chunk, text=text, context=SafeText(context))
