"""What is kept of answers and of what people say of them. Safe text only, and only with consent."""

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from privrag.records import SafeText

Thumb = Literal["up", "down"]
Reason = Literal[
    "wrong", "incomplete", "outdated", "wrong-source", "should-refuse", "should-answer", "other", ""
]
"""Why, in a word of ours: a free text would be one more place for names."""
State = Literal["counted", "pending", "accepted", "rejected"]
"""`counted`: a thumb without a correction, nobody needs to read it."""
Verdict = Literal["accepted", "rejected"]


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Passage(_Stored):
    """A passage that the answer was made from, by ids."""

    chunk: str
    document: str
    """Keyed hash of the uri."""
    version: str
    cited: bool


class KeptAnswer(_Stored):
    """An answer that may get feedback."""

    id: str
    tenant: str
    user: str
    """Keyed hash of the user's name."""
    time: int
    """Seconds since 1970."""
    refused: bool
    passages: tuple[Passage, ...]
    models: dict[str, str]
    """What answered, by kind: generator, embedder, index and so on."""
    question: SafeText | None = Field(default=None, repr=False)
    answer: SafeText | None = Field(default=None, repr=False)
    entities: tuple[str, ...] = ()
    """Pseudonyms in the two texts, without alias suffixes."""


class Opinion(_Stored):
    """What somebody says of an answer, as it comes: raw."""

    thumb: Thumb
    correction: str | None = Field(default=None, repr=False)
    reason: Reason = ""


class Feedback(_Stored):
    """What somebody said of an answer, as it is kept."""

    id: str
    answer: str
    tenant: str
    user: str
    time: int
    thumb: Thumb
    reason: Reason = ""
    correction: SafeText | None = Field(default=None, repr=False)
    same: str = ""
    """The same for corrections with the same words to the same question."""
    entities: tuple[str, ...] = ()
    """Pseudonyms in the correction."""
    state: State = "counted"
    reviewer: str = ""
    reviewed: int = 0


class Verdicts(NamedTuple):
    """On the corrections of one user."""

    accepted: int
    rejected: int


class Queued(_Stored):
    """One opinion beside its answer, and how its giver did so far: what a reviewer reads."""

    feedback: Feedback
    answer: KeptAnswer
    user_accepted: int
    user_rejected: int
