"""Read everything that the home keeps and say where a raw value stands, never the value itself.

Certain: a value that the vault can restore, or a planted canary. Suspected: what has the form of an
identity, and what a second detector takes for one in a sample of chunks; both err, so that is
counted. What somebody looked at and accepted is left out (`reviewed.py`).
"""

import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from privrag.canary import Canary, planted
from privrag.erasable import Erasable
from privrag.intake import Stores
from privrag.leak.files import HomeFile, files_of
from privrag.leak.patterns import suspects
from privrag.leak.reviewed import review_key, reviewed
from privrag.leak.values import KnownValues, known_values
from privrag.leak.views import View, views, views_of_file
from privrag.pseudonym import DIRECT, bare
from privrag.pseudonymize.linking.canonical import canonical
from privrag.second_opinion import Finding as Opinion
from privrag.wilson import wilson

_HASH_DIGITS = 12
_MOST_LISTED = 200
_SAMPLE_SEED = 1
_MOST_READ = 4_000
"""Characters of a chunk that the second detector reads, at 5,000 words a second: only what has no
spaces or sentences, like a dump of digits, is longer."""
_OF_DOCUMENTS = ("chunk ", "index/", "training/")
"""Places with the text of documents, in which a web address may stand if they speak of nobody."""


class SecondDetector(Protocol):
    """What the scan needs of `SecondOpinion`."""

    def find(self, text: str) -> list[Opinion]: ...


@dataclass(frozen=True, slots=True)
class Finding:
    """Where a value stands that may not stand there."""

    place: str
    """File below the home, or `chunk ID (text)`."""
    kind: str
    offset: int
    """Bytes in a file or a chunk's text; of the whole run if it was base64, hex or UTF-16."""
    how: str
    """`plain`, `escaped`, `utf-16`, `base64`, `hex`."""
    hash: str
    """Beginning of the value's keyed hash: the same value, the same hash."""


@dataclass(slots=True)
class CanaryRecall:
    """What became of the planted values of one type."""

    planted: int = 0
    waiting: int = 0
    """Their document is not in the index (yet)."""
    detected: int = 0
    """The vault has a pseudonym for them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What a second detector takes for an identity in a sample of chunks."""

    chunks: int
    by_kind: dict[str, int]
    chunks_with_any: int
    flagged: list[str]
    """Ids of chunks with any, sorted."""
    rate: float
    """Share of chunks with any."""
    ci95: tuple[float, float]


@dataclass(slots=True)
class Report:
    """What a scan found."""

    certain: list[Finding] = field(default_factory=list)
    certain_count: int = 0
    suspected: Counter[str] = field(default_factory=Counter)
    """`pattern EMAIL` -> how many, in files and chunks; `name in lower case`, `name in one word`,
    `initial and surname`, `web address`."""
    suspected_places: dict[str, list[str]] = field(default_factory=dict)
    reviewed: int = 0
    """Suspicions left out because somebody accepted those words before."""
    open: set[str] = field(default_factory=set, repr=False)
    """Review keys of all that is suspected, by the second detector, too."""
    sample: Sample | None = None
    """What the second detector finds in a sample of chunks; None: it read nothing."""
    canaries: dict[str, CanaryRecall] = field(default_factory=dict)
    values: int = 0
    """That were searched for."""
    values_known: int = 0
    """All of the vault, and the canaries: with dates, places and the like, that are not."""
    files: int = 0
    bytes: int = 0
    chunks: int = 0
    unreadable: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Whether everything could be read, and no known value stands anywhere."""
        return self.certain_count == 0 and not self.unreadable


class Scanner:
    """Searches texts and files for the values of one vault; collects what it finds."""

    def __init__(self, stores: Stores, values: KnownValues) -> None:
        self.report = Report(values=values.count, values_known=values.of)
        self._stores = stores
        self._values = values
        self._accepted = reviewed(stores.manifest)

    def read_text(self, place: str, text: str) -> None:
        """Search a text of the index."""
        for view in views(text.encode("utf-8", "surrogateescape")):
            self._read(place, view)

    def read_file(self, file: HomeFile) -> None:
        """Search a file's bytes; one that vanishes meanwhile holds nothing."""
        self.report.files += 1
        if file.fault:
            self.report.unreadable.append(file.place)
            return
        try:
            self.report.bytes += file.path.stat().st_size
            for view in views_of_file(file.path):
                self._read(file.place, view)
        except FileNotFoundError:
            return
        except OSError:
            self.report.unreadable.append(file.place)

    def _read(self, place: str, view: View) -> None:
        certain: list[tuple[int, int]] = []
        for match in self._values.search(view.text):
            words = view.text[match.start : match.end]
            may_stand = match.label == "URL" and place.startswith(_OF_DOCUMENTS)
            if may_stand or not match.sure:
                self._suspect(match.doubt or "web address", place, words)
                continue
            certain.append((match.start, match.end))
            finding = Finding(
                place,
                match.label,
                view.offset(match.start),
                view.how,
                self._hash(match.label, words),
            )
            if finding in self.report.certain[-_MOST_LISTED:]:
                continue  # windows of a file overlap
            self.report.certain_count += 1
            if len(self.report.certain) < _MOST_LISTED:
                self.report.certain.append(finding)
        for suspect in suspects(view.text):
            if not any(a < suspect.end and suspect.start < b for a, b in certain):
                words = view.text[suspect.start : suspect.end]
                self._suspect(f"pattern {suspect.label}", place, words)

    def note_suspicion(self, kind: str, words: str) -> bool:
        """Note these words as open, or as accepted before; gives whether they are open."""
        key = review_key(self._stores.vault, kind, words)
        if key in self._accepted:
            self.report.reviewed += 1
            return False
        self.report.open.add(key)
        return True

    def _suspect(self, kind: str, place: str, words: str) -> None:
        if not self.note_suspicion(kind, words):
            return
        self.report.suspected[kind] += 1
        places = self.report.suspected_places.setdefault(kind, [])
        if place not in places and len(places) < 20:
            places.append(place)

    def _hash(self, label: str, words: str) -> str:
        form = canonical(label, words)
        return self._stores.vault.blind("leak", f"{label}|{form}")[:_HASH_DIGITS]


async def scan(
    stores: Stores,
    home: Path,
    *,
    detector: SecondDetector | None,
    sample: int,
    others: Sequence[Erasable] = (),
) -> Report:
    """Search index, home and the other stores; `detector` reads at most `sample` chunks."""
    started = time.monotonic()
    canaries = planted(stores.manifest, stores.vault)
    further = [(each.label, each.value) for each in canaries]
    scanner = Scanner(stores, known_values(stores.vault, further))
    chosen = await _read_chunks(stores, scanner, sample)
    further_files = (file for other in others for file in other.files())
    for file in files_of(home, further_files):
        scanner.read_file(file)
    report = scanner.report
    report.canaries = _recall(stores, canaries)
    if detector is not None and chosen:
        report.sample = _opinion(detector, chosen, scanner)
    report.seconds = round(time.monotonic() - started, 2)
    return report


async def _read_chunks(stores: Stores, scanner: Scanner, sample: int) -> list[tuple[str, str]]:
    """Search every chunk; gives (id, text) of a random sample of them."""
    draw = random.Random(_SAMPLE_SEED)  # noqa: S311 - a sample, no secret
    chosen: list[tuple[str, str]] = []
    async for item in stores.index.scroll(tenant=stores.settings.tenant):
        chunk = item.chunk
        scanner.read_text(f"chunk {chunk.id} (text)", chunk.text)
        scanner.read_text(f"chunk {chunk.id} (context)", chunk.context)
        scanner.report.chunks += 1
        place = draw.randrange(scanner.report.chunks)  # reservoir: each is as likely
        if len(chosen) < sample:
            chosen.append((chunk.id, chunk.text))
        elif place < sample:
            chosen[place] = (chunk.id, chunk.text)
    return chosen


def _opinion(
    detector: SecondDetector, chunks: Sequence[tuple[str, str]], scanner: Scanner
) -> Sample:
    kinds: Counter[str] = Counter()
    flagged: list[str] = []
    for chunk, text in chunks:
        words = bare(text)
        found = [
            f.label
            for f in detector.find(words[:_MOST_READ])
            if f.label in DIRECT
            and scanner.note_suspicion(f"second detector {f.label}", words[f.start : f.end])
        ]
        kinds.update(found)
        flagged += [chunk] if found else []
    low, high = wilson(len(flagged), len(chunks))
    return Sample(
        chunks=len(chunks),
        by_kind=dict(sorted(kinds.items())),
        chunks_with_any=len(flagged),
        flagged=sorted(flagged)[:_MOST_LISTED],
        rate=round(len(flagged) / len(chunks), 4),
        ci95=(round(low, 4), round(high, 4)),
    )


def _recall(stores: Stores, canaries: Sequence[Canary]) -> dict[str, CanaryRecall]:
    """By type, how many planted values have a pseudonym."""
    here = {entry.uri for entry in stores.manifest.entries()} if canaries else set()
    forms = {each: (each.label, canonical(each.label, each.value)) for each in canaries}
    known = stores.vault.known(forms.values())
    recall: dict[str, CanaryRecall] = {}
    for each, form in forms.items():
        row = recall.setdefault(each.label, CanaryRecall())
        row.planted += 1
        row.waiting += each.uri not in here
        row.detected += each.uri in here and form in known
    return dict(sorted(recall.items()))
