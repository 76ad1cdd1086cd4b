"""What passes between the steps: small frozen records, raw text never in a repr.

Everything between `pseudonymize` and `restore` carries `SafeText`. All offsets are character
offsets, half-open; `start`/`end` count in the document's *parsed text* (the raw one, blocks
joined by `BLOCK_SEPARATOR`) unless a field says otherwise. Pages are 1-based.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, NewType

from privrag.errors import SettingsError
from privrag.pseudonym import LABELS, SECRET

BLOCK_SEPARATOR = "\n\n"
"""Stands between two blocks in a document's parsed text."""

SafeText = NewType("SafeText", str)
"""Text whose detected identifiers are pseudonyms such as `PERSON_K7M2QX4C`.

Only `pseudonymize/`, `chunk.py`, `index/`, `generate/` and those that join safe pieces (`cite.py`,
`prompts.py`, `pipeline.py`) may write the cast; a test says so.
"""

Reveal = bool | frozenset[str]
"""Which entity types are restored: every one but SECRET, none, or exactly these."""

_ALL_LABELS = frozenset(LABELS)
_EVERY_DAY = _ALL_LABELS - {SECRET}

BlockKind = Literal["heading", "paragraph", "list", "table", "code", "header"]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document as its author laid it out (raw)."""

    kind: BlockKind
    text: str = field(repr=False)
    page: int | None
    """None where the format has no pages."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed document (raw). `text[b.start:b.end] == b.text` for each of its blocks."""

    id: str
    """sha-256 of the file's bytes, hexadecimal."""
    uri: str = field(repr=False)
    title: str = field(repr=False)
    media_type: str
    blocks: tuple[Block, ...]
    pages: int | None
    """Number of pages; None where the format has none."""

    @property
    def text(self) -> str:
        """The parsed text that all offsets refer to."""
        return BLOCK_SEPARATOR.join(block.text for block in self.blocks)


@dataclass(frozen=True, slots=True)
class Entity:
    """A mention of somebody or something identifying, found in one text."""

    label: str
    """Entity type in capitals, e.g. `PERSON`, `EMAIL`, `IBAN`."""
    start: int
    end: int
    score: float
    """Confidence in [0, 1]."""
    recognizer: str


@dataclass(frozen=True, slots=True)
class SafeSentence:
    """One sentence of a block: where it stands in the safe text and in the parsed text."""

    safe_start: int
    safe_end: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SafeBlock:
    """A block after pseudonymization. `start`/`end` still count in the *parsed* text."""

    kind: BlockKind
    text: SafeText
    page: int | None
    start: int
    end: int
    sentences: tuple[SafeSentence, ...]
    """In order, without overlap; `safe_*` count in this block's `text`. A table row or a line
    of code counts as a sentence."""


@dataclass(frozen=True, slots=True)
class SafeDocument:
    """A document that may be chunked, embedded, stored and shown to a model."""

    document_id: str
    """sha-256 of the source bytes."""
    title: SafeText
    blocks: tuple[SafeBlock, ...]
    placeholders: frozenset[str]
    """Pseudonyms that occur in it, without alias suffixes."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document stands and who may see it; the same for all of its chunks."""

    document: str
    """Keyed hash of the uri: stable for the same uri, tells nothing about it."""
    version: str
    """Random name of this writing of the document; the manifest says whether it is current."""
    tenant: str
    collection: str
    acl: tuple[str, ...]
    """Principals that may read it: `*`, `user:NAME` or `group:NAME`; sorted."""


@dataclass(frozen=True, slots=True)
class Order:
    """A sentence of a chunk that gives an order to the model that reads it."""

    sentence: int
    """Position in the chunk's sentences, from 0."""
    words: frozenset[str]
    """Stems of the known words that give it away; empty where the order was encoded."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What is embedded and retrieved."""

    id: str
    """uuid5 of version, place and text: writing the same chunk twice gives one point."""
    source: Source
    text: SafeText
    context: SafeText
    """Headings above and table header: embedded and shown to the model, never quoted."""
    start: int
    end: int
    page: int | None
    kind: BlockKind
    sentences: tuple[SafeSentence, ...]
    """`safe_*` count in this chunk's `text`."""
    placeholders: frozenset[str]
    orders: tuple[Order, ...] = ()
    """Sentences that no model is to read, in order; found when the document was taken in."""
    context_orders: tuple[int, ...] = ()
    """Lines of `context`, from 0, that are orders."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks, and what this person may see."""

    user: str
    groups: frozenset[str] = frozenset()
    tenant: str = "default"
    collections: frozenset[str] | None = None
    """Collections this viewer may search; None means every one."""
    reveal: Reveal = False
    """What is restored for this viewer: True is every type but SECRET (for the owner, SECRET too),
    False is none, a frozenset is exactly these types."""
    owner: bool = False
    """The local owner reads every document of the tenant, whatever its ACL."""

    def __post_init__(self) -> None:
        """Refuse what is neither; a text or a misspelt type would quietly mean something else."""
        labels_of(self.reveal)

    @property
    def revealed(self) -> frozenset[str]:
        """The entity types that are restored for this viewer."""
        return _ALL_LABELS if self.owner and self.reveal is True else labels_of(self.reveal)

    @property
    def policy(self) -> str:
        """The same in words, for the audit log: `all`, `all but SECRET`, `EMAIL PERSON`, `none`."""
        known = {_ALL_LABELS: "all", _EVERY_DAY: "all but SECRET", frozenset[str](): "none"}
        return known.get(self.revealed) or " ".join(sorted(self.revealed))

    @property
    def principals(self) -> tuple[str, ...]:
        """The ACL entries that let this viewer in, sorted."""
        return tuple(sorted({"*", f"user:{self.user}", *(f"group:{g}" for g in self.groups)}))


def labels_of(reveal: Reveal) -> frozenset[str]:
    """The entity types that this restores. Raises SettingsError for anything but a `Reveal`."""
    if isinstance(reveal, bool):
        return _EVERY_DAY if reveal else frozenset()
    if not isinstance(reveal, frozenset) or not reveal <= _ALL_LABELS:
        raise SettingsError(
            "what a viewer may reveal is True, False or a frozenset of entity types: "
            f"{', '.join(LABELS)}"
        )
    return reveal


def joined(reveals: Iterable[Reveal]) -> Reveal:
    """What somebody may see who has all of these rights."""
    labels = frozenset[str]().union(*map(labels_of, reveals))
    if labels in (_EVERY_DAY, frozenset()):
        return bool(labels)  # says the same
    return labels


@dataclass(frozen=True, slots=True)
class Scope:
    """What the index may return for one request; evaluated inside the engine."""

    tenant: str
    collections: tuple[str, ...] | None = None
    """None means every collection of the tenant."""
    principals: tuple[str, ...] | None = None
    """None means no ACL filter (the local owner)."""
    hidden: tuple[str, ...] = ()
    """Document versions that are not to be found: being written, or being removed."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question in the safe space."""

    text: SafeText
    placeholders: frozenset[str]
    ephemeral: dict[str, str] = field(default_factory=dict, repr=False)
    """Pseudonyms made for this request only, with the asker's own words; never stored."""
    keywords: SafeText | None = None
    """What full-text search looks for: the text, and its places, companies and dates as documents
    about nobody hold them. None: the text."""
    may_mean: dict[str, str] = field(default_factory=dict)
    """Pseudonyms of further people whom a name of the question may mean -> its pseudonym there."""
    one_word: frozenset[str] = frozenset()
    """Those of `may_mean` whom their document knows by this very word alone."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that was found."""

    chunk: Chunk
    score: float
    """Higher is better; comparable within one `stage` only."""
    stage: Literal["dense", "sparse", "id", "fused", "reranked"]
    uri: str = field(default="", repr=False)
    """Filled in by the pipeline from the manifest."""
    title: str = field(default="", repr=False)
    shown: str | None = field(default=None, repr=False)
    """The text as this viewer may see it; None until it was restored."""

    @property
    def page(self) -> int | None:
        return self.chunk.page

    @property
    def start(self) -> int:
        return self.chunk.start

    @property
    def end(self) -> int:
        return self.chunk.end

    @property
    def text(self) -> str:
        """Safe text, or the restored text if the viewer may reveal."""
        return self.chunk.text if self.shown is None else self.shown


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat, in the safe space."""

    role: Literal["system", "user", "assistant"]
    content: SafeText


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the generator counted them; nothing written is none."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    counted: bool = True
    """False: something was written, and the generator does not say how much."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the generator wrote, still in the safe space."""

    text: SafeText
    finish: Literal["stop", "length", "refused"]
    usage: Usage


@dataclass(frozen=True, slots=True)
class Citation:
    """A passage that supports the answer (raw where the viewer may reveal)."""

    marker: str
    """As it stands in the answer, e.g. `[1]`."""
    uri: str = field(repr=False)
    title: str = field(repr=False)
    page: int | None
    start: int
    end: int
    quote: str = field(repr=False)
    """The passage verbatim, restored for the viewer."""
    support: float
    """How faithful to the passage people would find what it stands behind, in [0, 1]: calibrated
    against people's judgements; 1 for a quote."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer as the viewer may see it."""

    text: str = field(repr=False)
    citations: tuple[Citation, ...]
    refused: bool
    usage: Usage = Usage()
    timings_ms: dict[str, float] = field(default_factory=dict)
    withheld: int = 0
    """How many entities stayed closed somewhere in text or citations: not for this viewer, not in
    what this request found, inside a link, or erased. Each counts once, however often it stands."""
    guarded: int = 0
    """Raw values (an e-mail address, a card number) taken out of what the model wrote."""


@dataclass(frozen=True, slots=True)
class Found:
    """A question, what was said before it, and what was found: all that an answer is made from."""

    question: Question = field(repr=False)
    """As it was searched for: a follow-up with what it means."""
    hits: tuple[Hit, ...] = field(repr=False)
    said: tuple[tuple[str, Question], ...] = field(default=(), repr=False)
    """(role, turn), oldest first."""
    known: frozenset[str] = frozenset()
    """Pseudonyms in the turns."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What an answer was made of, in the safe space: what feedback on it refers to."""

    found: Found
    answer: SafeText = field(repr=False)
    refused: bool
    cited: frozenset[str]
    """Ids of the passages that the answer cites."""

    @property
    def question(self) -> SafeText:
        return self.found.question.text

    @property
    def passages(self) -> tuple[Chunk, ...]:
        return tuple(hit.chunk for hit in self.found.hits)


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that could not be taken in."""

    uri: str = field(repr=False)
    error: str


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What a sync did, in documents."""

    added: int
    updated: int
    """Taken in again because the file, its ACL or collection changed, or the index had lost it."""
    deleted: int
    unchanged: int
    """Also those that were written again because a name in them became known, or was split."""
    failed: tuple[Failure, ...]
    seconds: float
    dry_run: bool = False
