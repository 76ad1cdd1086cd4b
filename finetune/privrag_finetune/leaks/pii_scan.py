"""Are the rows that a model learns free of raw identities?

Three look: the vault for what it can restore, patterns for what has the form of a value, and the
home's own detector for everything else. What vault or pattern finds is certain, and no generator
is trained; what the detector alone finds is its opinion of words that it let pass when the
document was read, in other surroundings: a generator does not learn such a row. The other models
write no text that is served: their report tells what was found.
How much the detector would have seen is measured beside it, on invented identities put into the
same rows: a scan that finds nothing says as much as that recall does.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from privrag.decoded import decode
from privrag.errors import TrainingError
from privrag.leak.plant import invented_identity
from privrag.pseudonym import DIRECT, bare
from privrag.pseudonymize import Detecting, find_known
from privrag.raw_values import find_values
from privrag.records import Entity
from privrag.vault import Vault
from privrag.wilson import wilson

_TELLING = DIRECT | {"USERNAME"}
_MOST_NAMED = 5
_AT_ONCE = 64
_CONTEXT = 300
"""Characters of a row before an invented value: a detector looks no further back."""
_SENTENCES = {
    "PERSON": "Mr. {} asked for it.",
    "EMAIL": "Write to {} about it.",
    "PHONE": "The phone number is {}.",
    "IBAN": "It is paid to IBAN {}.",
    "CARD": "It was charged to the card {}.",
    "ID": "The staff number is {}.",
    "ADDRESS": "It was sent to {}.",
}


@dataclass(frozen=True, slots=True)
class Recall:
    """Of the invented values of one type that were put into rows, how many were found."""

    planted: int
    found: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PiiScan:
    """What a scan of training rows found: labels and counts, no word."""

    rows: int
    known: dict[str, int]
    """Values that the vault can restore."""
    formed: dict[str, int]
    """What has the form of a value: e-mail addresses, numbers, keys."""
    detected: dict[str, int]
    """What only the home's detector takes for an identity."""
    found_in: tuple[str, ...] = field(repr=False)
    """Ids of the rows with any value that vault or pattern found, sorted."""
    doubted: tuple[str, ...] = field(repr=False)
    """Ids of the rows in which the detector alone found something, sorted."""
    recall: dict[str, Recall]
    """By type; empty if it was not measured."""
    left_out: int = 0
    """Doubted rows that were not learnt, and count in nothing else here."""

    @property
    def clean(self) -> bool:
        return not self.found_in and not self.doubted

    def without_doubted(self) -> "PiiScan":
        """Of the other rows."""
        out = len(self.doubted)
        return replace(self, rows=self.rows - out, detected={}, doubted=(), left_out=out)


def scan_rows(
    texts: Mapping[str, str], detector: Detecting, vault: Vault | None, *, recall: int = 40
) -> PiiScan:
    """Read the safe text of every row, by id; `recall` invented identities are put into some."""
    known, formed, detected = Counter[str](), Counter[str](), Counter[str]()
    found_in: set[str] = set()
    doubted: set[str] = set()
    ids = list(texts)
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        words = [bare(texts[name]) for name in some]
        of_vault = find_known(words, vault) if vault is not None else [[] for _ in some]
        seen = detector.detect([("paragraph", text) for text in words])
        for name, text, sure, others in zip(some, words, of_vault, seen, strict=True):
            certain = [entity.label for entity in sure if entity.label in _TELLING]
            by_form = [value.label for value in find_values(decode(text).text)]
            opinions = [entity.label for entity in others if entity.label in _TELLING]
            known.update(certain)
            formed.update([] if certain else by_form)
            detected.update([] if certain or by_form else opinions)
            if certain or by_form:
                found_in.add(name)
            elif opinions:
                doubted.add(name)
    return PiiScan(
        rows=len(ids),
        known=dict(sorted(known.items())),
        formed=dict(sorted(formed.items())),
        detected=dict(sorted(detected.items())),
        found_in=tuple(sorted(found_in)),
        doubted=tuple(sorted(doubted)),
        recall=measured_recall(list(texts.values()), detector, count=recall),
    )


def refuse_raw(scan: PiiScan) -> None:
    """Raise TrainingError if a row certainly holds a raw identity; names rows, never words."""
    if not scan.found_in:
        return
    counts = Counter(scan.known) + Counter(scan.formed)
    kinds = ", ".join(f"{label} {count}" for label, count in sorted(counts.items()))
    named = ", ".join(scan.found_in[:_MOST_NAMED])
    more = len(scan.found_in) - _MOST_NAMED
    raise TrainingError(
        f"{len(scan.found_in)} of {scan.rows} training rows hold a raw identity ({kinds}), so "
        f"nothing is trained; rows {named}{f' and {more} more' if more > 0 else ''}: leave them "
        "out, or make the data set again after a sync"
    )


def measured_recall(
    texts: Sequence[str], detector: Detecting, *, count: int, seed: int = 7
) -> dict[str, Recall]:
    """Put `count` invented identities into texts, a sentence for each value, and look for them."""
    if not texts or not count:
        return {}
    draw = random.Random(seed)  # noqa: S311 - repeatable
    placed: list[tuple[str, str, int, int]] = []
    for _ in range(count):
        for label, value in invented_identity(draw).items():
            before, after = _SENTENCES[label].split("{}")
            text = f"{bare(draw.choice(texts))[-_CONTEXT:]} {before}"
            placed.append((label, f"{text}{value}{after}", len(text), len(text) + len(value)))
    seen = detector.detect([("paragraph", text) for _, text, _, _ in placed])
    hits = Counter(
        label
        for (label, _, start, end), entities in zip(placed, seen, strict=True)
        if _covers(entities, start, end)
    )
    return {label: Recall(count, hits[label], *wilson(hits[label], count)) for label in _SENTENCES}


def _covers(entities: Sequence[Entity], start: int, end: int) -> bool:
    """Whether more than half of a value would be masked, under whatever label."""
    seen = {n for e in entities for n in range(max(start, e.start), min(end, e.end))}
    return len(seen) > (end - start) / 2
