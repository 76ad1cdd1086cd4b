"""Labels that an owner gives on own documents: which words of a block identify somebody.

Kept in `pii-labels.sealed` in the home (mode 0600), encrypted by the vault: offsets, types and
keyed hashes, no text. A label is used again only where the block still has the same keyed hash, so
a changed file drops out by itself. A long block is shown, and drawn, in passages
(`passages.py`): what follows says "block" for both.

Blocks are drawn by stratum, so that those in which something is missed are seen often enough:

    found      our detector found something
    doubted    only the second detector did
    capital    neither, but a capital behind the first word, or a digit
    plain      the rest
"""

import json
import os
import random
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, get_args

from privrag.errors import EvaluationError, VaultError
from privrag.intake import to_detect
from privrag.pseudonym import TYPE_WORDS
from privrag.pseudonymize import Detecting
from privrag.records import Entity
from privrag.second_opinion import Finding, SecondOpinion
from privrag.vault import Vault
from privrag_evals.privacy.passages import inside, passages_of
from privrag_evals.privacy.sources import SourceDocument

Stratum = Literal["found", "doubted", "capital", "plain"]
STRATA: tuple[Stratum, ...] = get_args(Stratum)
FILE_NAME = "pii-labels.sealed"
_CONTEXT = "pii-labels"
_SHARES = {"found": 0.4, "doubted": 0.3, "capital": 0.2, "plain": 0.1}
"""Of the blocks shown; a stratum with fewer gives the rest to the others."""
_MARKS = re.compile(r"(?<=\S\s)[^\W\d_a-z]|\d")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A block, or a passage of a long one, that may be shown (raw)."""

    document: str
    block: int
    text: str = field(repr=False)
    found: tuple[Entity, ...]
    """Offsets in `text`, as everywhere here."""
    doubted: tuple[Finding, ...]
    stratum: Stratum
    start: int = 0
    """Where `text` begins in its block."""
    context: str = field(default="", repr=False)
    """The first row of the table that `text` is a later part of; shown, never labelled."""

    @property
    def place(self) -> tuple[str, int, int]:
        """Document, block, and where it begins there."""
        return self.document, self.block, self.start


@dataclass(frozen=True, slots=True)
class Span:
    """A true identity in a block; offsets in its text."""

    start: int
    end: int
    label: str
    words: str = field(repr=False)
    """Keyed hash of the words."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A block that somebody looked through."""

    document: str
    block: int
    text: str = field(repr=False)
    """Keyed hash of the block's text."""
    stratum: str
    stratum_size: int
    """Blocks in it when this one was drawn."""
    true: tuple[Span, ...]
    start: int = 0
    end: int | None = None
    """Where in the block; None to its end (labels from before long blocks were cut)."""

    @property
    def place(self) -> tuple[str, int, int]:
        """Document, block, and where it begins there."""
        return self.document, self.block, self.start


def candidates_of(
    documents: Iterable[SourceDocument], detector: Detecting, second: SecondOpinion
) -> list[Candidate]:
    """Every block with some text, long ones in passages, as both detectors see it."""
    candidates = []
    for document in documents:
        found = detector.detect(to_detect(document.raw))
        for number, (block, entities) in enumerate(zip(document.raw.blocks, found, strict=False)):
            for passage in passages_of(block.kind, block.text):
                text = block.text[passage.start : passage.end]
                ours, others = inside(entities, passage), tuple(second.find(text))
                candidates.append(
                    Candidate(
                        document.key,
                        number,
                        text,
                        ours,
                        others,
                        _stratum(text, ours, others),
                        passage.start,
                        passage.context,
                    )
                )
    return candidates


def draw(candidates: Sequence[Candidate], count: int, *, seed: int) -> list[tuple[Candidate, int]]:
    """At most `count` blocks in random order, each with the size of its stratum."""
    generator = random.Random(seed)  # noqa: S311 - a repeatable draw, no secret
    strata: dict[Stratum, list[Candidate]] = {name: [] for name in STRATA}
    for candidate in candidates:
        strata[candidate.stratum].append(candidate)
    taken = {name: min(len(strata[name]), int(count * _SHARES[name])) for name in STRATA}
    while sum(taken.values()) < min(count, len(candidates)):
        name = next(n for n in STRATA if taken[n] < len(strata[n]))
        taken[name] += 1
    drawn = [
        (candidate, len(strata[name]))
        for name in STRATA
        for candidate in generator.sample(strata[name], taken[name])
    ]
    generator.shuffle(drawn)
    return drawn


def label(
    drawn: Sequence[tuple[Candidate, int]],
    vault: Vault,
    *,
    ask: Callable[[str], str],
    show: Callable[[str], None],
    record: Callable[[Mapping[str, int]], object],
) -> list[Labelled]:
    """Show each block and ask for what was missed; `q` ends early.

    `record` notes in the audit log how many blocks of how many documents are about to be shown,
    before the first of them is; where it raises, none is.

    The reply names missed words, `;` between them, each with its type in front if it is not a
    person (`DATE 3 May; Linh Pham`), and with `-` in front what is no identity (`-Brussels`).
    """
    if drawn:
        record({"passages": len(drawn), "documents": len({one.document for one, _ in drawn})})
    labelled = []
    for number, (candidate, size) in enumerate(drawn, 1):
        context = f"(table: {candidate.context})\n" if candidate.context else ""
        show(f"\n[{number}/{len(drawn)}]\n{context}{candidate.text}\n")
        names = [f"{candidate.text[e.start : e.end]} ({e.label})" for e in candidate.found]
        show(f"found: {'; '.join(names) or 'nothing'}")
        reply = _answered(candidate, ask, show)
        if reply is None:
            break
        true = tuple(
            Span(s, e, kind, vault.blind("pii-label", candidate.text[s:e])) for s, e, kind in reply
        )
        labelled.append(
            Labelled(
                candidate.document,
                candidate.block,
                vault.blind("pii-label", candidate.text),
                candidate.stratum,
                size,
                true,
                candidate.start,
                candidate.start + len(candidate.text),
            )
        )
    return labelled


def read_reply(candidate: Candidate, reply: str) -> list[tuple[int, int, str]]:
    """True (start, end, type) of the block. Raises EvaluationError for words that are not in it."""
    spans = [(e.start, e.end, e.label) for e in candidate.found]
    for part in filter(None, (part.strip() for part in reply.split(";"))):
        wrong = part.startswith("-")
        words = part.removeprefix("-").strip()
        kind, _, rest = words.partition(" ")
        kind, words = (kind, rest.strip()) if kind in TYPE_WORDS and rest else ("PERSON", words)
        places = [
            (m.start(), m.end())
            for m in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", candidate.text)
        ]
        if not places:
            raise EvaluationError("these words do not stand in the block; copy them exactly")
        if wrong:
            spans = [s for s in spans if not any(s[0] < e and b < s[1] for b, e in places)]
        else:
            spans += [(b, e, kind) for b, e in places]
    return sorted(set(spans))


def _answered(
    candidate: Candidate, ask: Callable[[str], str], show: Callable[[str], None]
) -> list[tuple[int, int, str]] | None:
    """The reply, asked again while it names words that are not there; None to end."""
    while True:
        reply = ask("missed (empty: none, q: stop)> ").strip()
        if reply == "q":
            return None
        try:
            return read_reply(candidate, reply)
        except EvaluationError as error:
            show(str(error))


def save(home: Path, vault: Vault, labelled: Sequence[Labelled]) -> None:
    """Add to what was labelled before; a block labelled again counts once, as last said."""
    kept = {one.place: one for one in (*load(home, vault), *labelled)}
    text = json.dumps([asdict(one) for one in kept.values()])
    handle, name = tempfile.mkstemp(dir=home, prefix=f".{FILE_NAME}.")  # mode 0600
    with os.fdopen(handle, "wb") as file:
        file.write(vault.seal(text, context=_CONTEXT))
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(home / FILE_NAME)


def load(home: Path, vault: Vault) -> list[Labelled]:
    """Everything that was labelled; none without a file. Raises VaultError for a damaged one."""
    try:
        data = (home / FILE_NAME).read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise VaultError(f"{FILE_NAME} cannot be read ({type(error).__name__})") from None
    return [
        Labelled(**{**row, "true": tuple(Span(**span) for span in row["true"])})
        for row in json.loads(vault.unseal(data, context=_CONTEXT))
    ]


def by_document(labelled: Sequence[Labelled]) -> dict[str, list[Labelled]]:
    """Labels of each document."""
    grouped: defaultdict[str, list[Labelled]] = defaultdict(list)
    for one in labelled:
        grouped[one.document].append(one)
    return dict(grouped)


def _stratum(text: str, found: Sequence[Entity], doubted: Sequence[Finding]) -> Stratum:
    if found:
        return "found"
    if doubted:
        return "doubted"
    return "capital" if _MARKS.search(text) else "plain"
