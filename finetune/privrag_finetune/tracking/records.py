"""What the database holds. Names, hashes, figures and settings, never a text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["running", "finished", "failed", "killed"]


@dataclass(frozen=True, slots=True)
class DataSet:
    """Rows that something learnt from, as they were then."""

    name: str
    sha256: str
    rows: int
    splits: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Run:
    """One start of a training. What was killed and went on is two runs of one name."""

    id: str
    kind: str
    name: str
    """Of the model that comes out."""
    state: State
    started: str
    """UTC, ISO 8601, as all times here."""
    ended: str | None
    data: DataSet | None
    seed: int
    recipe: Mapping[str, Any]
    versions: Mapping[str, str]
    """Of the libraries that train."""
    machine: Mapping[str, Any]
    folder: str
    """Of the model and of its `events.jsonl`, below the home."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    epsilon: float | None = None
    """Spent on it; None: without differential privacy."""
    error: str = ""
    """Why it failed: a sentence of ours, or the type of another error."""
    process: str = ""
    """That trains, as `process.runs` knows it."""


@dataclass(frozen=True, slots=True)
class Model:
    """What came out of a run."""

    name: str
    kind: str
    run: str
    base: str
    sha256: str
    """Of its weights, where they are hashed."""
    created: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """A model that served."""

    kind: str
    model: str
    since: str
    until: str | None
    """None: it serves."""
