"""A candidate beside the generator that serves: for some of the people, or in the shadow.

Who gets the candidate is decided by a hash of tenant and user, so that nobody changes sides between
two questions. In the shadow it answers every question once more and nobody sees it. What is kept of
either is figures: no text, no name, no document.
"""

import hashlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from privrag.errors import ModelError
from privrag.gate.bootstrap import bootstrap
from privrag.records import Answer, Trace, Viewer
from privrag.wilson import wilson

FILE = "rollout.jsonl"
"""In the home, 0600: one line for each answer while a candidate is set."""
_PARTS = 10_000
_STEPS_TO_FIND = ("pseudonymize", "rewrite", "retrieve")
"""Laps of an answer's clock that a shadow answer is spared."""


class RolloutSettings(BaseModel):
    """A tuned generator that is tried beside the one that serves."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    candidate: str | None = None
    """Name of a tuned generator of this home (`privrag models list`); none switches both off."""
    percent: float = Field(default=0.0, ge=0, le=100)
    """Share of the users (0-100) whom the candidate answers, always the same ones. Only for a
    candidate that could be promoted."""
    shadow: bool = False
    """Whether it also answers beside, unseen, whenever it does not answer itself. Every question
    then costs two answers; one waits for the other where the model is in this process."""

    @model_validator(mode="after")
    def _has_a_candidate(self) -> "RolloutSettings":
        if self.candidate is None and (self.percent or self.shadow):
            msg = "rollout.percent and rollout.shadow need rollout.candidate: a generator's name"
            raise ValueError(msg)
        return self


class Figures(BaseModel):
    """What is kept of one answer."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    refused: bool
    citations: int
    total_ms: float


class Observed(BaseModel):
    """One question while a candidate was set."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    at: str
    """UTC, ISO 8601, to the hour: an hour tells less about who asked."""
    candidate: str
    by_candidate: bool
    """Whether it gave the answer that was shown."""
    shown: Figures
    shadow: Figures | None = None
    agreement: float | None = None
    """Passages that both cite, as a share of those that either cites (0-1); refusals agree."""
    failed: str | None = None
    """Class of the error that the shadow ended with."""


def gets_candidate(settings: RolloutSettings, viewer: Viewer) -> bool:
    """Whether this viewer is among the share that the candidate answers."""
    told = "\n".join((str(settings.candidate), viewer.tenant, viewer.user))
    place = int.from_bytes(hashlib.sha256(told.encode()).digest()[:8]) % _PARTS
    return place < settings.percent / 100 * _PARTS


def figures_of(answer: Answer, *, before_ms: float = 0.0) -> Figures:
    """The figures of one answer; `before_ms` is what another one did for it."""
    cited = len(answer.citations)
    total = answer.timings_ms.get("total", 0.0) + before_ms
    return Figures(refused=answer.refused, citations=cited, total_ms=total)


def milliseconds_to_find(answer: Answer) -> float:
    """Until the passages were found."""
    return sum(answer.timings_ms.get(step, 0.0) for step in _STEPS_TO_FIND)


def agreement(one: Trace, other: Trace) -> float:
    """See `Observed.agreement`."""
    if not one.cited | other.cited:
        return float(one.refused == other.refused)
    return len(one.cited & other.cited) / len(one.cited | other.cited)


def this_hour() -> str:
    """For `Observed.at`."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:00:00+00:00")


def keep(home: Path, observed: Observed) -> None:
    """Add a line."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    with os.fdopen(os.open(home / FILE, flags, 0o600), "a") as file:
        file.write(observed.model_dump_json() + "\n")


def kept(home: Path) -> list[Observed]:
    """All lines; none where nothing was kept. Raises ModelError for a damaged file."""
    try:
        lines = (home / FILE).read_text().splitlines()
        return [Observed.model_validate_json(line) for line in lines]
    except FileNotFoundError:
        return []
    except (OSError, ValidationError) as error:
        raise ModelError(
            f"{FILE} of the home cannot be read ({type(error).__name__}); remove it: it holds "
            "only figures of candidates"
        ) from None


def summary(observed: Sequence[Observed]) -> dict[str, Any]:
    """Both sides in figures, each with its number of answers and intervals at 95 %."""
    agreed = bootstrap([one.agreement for one in observed if one.agreement is not None])
    return {
        "serving": _side([one.shown for one in observed if not one.by_candidate]),
        "candidate": _side([one.shown for one in observed if one.by_candidate]),
        "shadow": _side([one.shadow for one in observed if one.shadow is not None]),
        "agreement": agreed.as_json(),
        "failed": sum(one.failed is not None for one in observed),
    }


def _side(answers: Sequence[Figures]) -> dict[str, Any]:
    if not answers:
        return {"answers": 0}
    refused = sum(one.refused for one in answers)
    low, high = wilson(refused, len(answers))
    return {
        "answers": len(answers),
        "refused": round(refused / len(answers), 4),
        "refused_ci95": [round(low, 4), round(high, 4)],
        "citations": round(fmean(one.citations for one in answers), 2),
        "p50_ms": round(median(one.total_ms for one in answers), 1),
    }
