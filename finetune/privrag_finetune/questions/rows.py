"""A row of a data set, and what the data set says about itself. Safe text only."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from privrag.records import SafeText
from privrag_finetune.questions.split import Split


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Row(_Stored):
    """A question with its answer, and where both come from. The passage's text is in the index."""

    id: str
    """Tells this question about this chunk from every other."""
    question: SafeText
    answer: SafeText
    split: Split
    category: str
    difficulty: str
    chunk: str
    chunk_sha256: str
    """Of the chunk's safe text: another one, and the row is stale."""
    document: str
    """Keyed hash of the uri."""
    version: str
    page: int | None
    start: int
    """Of the chunk, in characters of the document's parsed text, as its `end`."""
    end: int
    collection: str
    acl: tuple[str, ...]
    entities: tuple[str, ...]
    """Pseudonyms in question, answer and passage, without alias suffixes."""
    prompt_version: str
    model: str
    rank: int
    """At which the question found the passage, a copy of it or another of its document; from 1.
    0: it does not, which only a row from feedback may say."""
    origin: Literal["written", "feedback"] = "written"
    """`feedback`: somebody corrected an answer, and a reviewer accepted that."""


class Rewrite(_Stored):
    """What an erasure is about to write; whoever finds it after a kill can tell how far it got."""

    sha256: str
    rows: int
    erased: int


class SetManifest(_Stored):
    """A frozen data set: only `forget` takes rows out of it."""

    format: Literal[1] = 1
    name: str
    created: str
    """UTC, ISO 8601."""
    tenant: str
    sha256: str
    """Of `rows.jsonl`."""
    rows: int
    """Kept."""
    asked: int
    """Questions that the generator was asked for."""
    dropped: dict[str, int]
    splits: dict[str, int]
    by_category: dict[str, int]
    by_difficulty: dict[str, int]
    acl: tuple[str, ...]
    """Readers of every passage; empty: of several kinds (`--across-acl`)."""
    collections: tuple[str, ...]
    seed: int
    style: str
    recipe_sha256: str
    prompt_version: str
    model: str
    embedder: str
    seconds: float
    erased: int = 0
    """Rows that an erasure took out since."""
    first_sha256: str = ""
    """As it was frozen, if an erasure took rows out since."""
    models: tuple[str, ...] = ()
    """Versions of models that were trained on it."""
    rewrite: Rewrite | None = None
    goes_on_from: str = ""
    """The data set whose rows came along, where feedback was added."""
    feedback: int = 0
    """Rows from feedback."""


class Line(_Stored):
    """A line of the journal: what the generator said to one task."""

    task: str
    state: Literal["written", "unreadable", "unsafe"]
    question: SafeText | None = None
    """Only if it was written: what is unreadable or unsafe is not kept."""
    answer: SafeText | None = None
    entities: tuple[str, ...] = ()
