"""Questions split by what they are searched in, so that no document serves training and test.

Questions whose documents or groups touch belong together. One half of those clusters is for
training, a fifth of it for validation; the same seed gives the same split.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from privrag.errors import EvaluationError
from privrag_evals.suites import Asked, Suite

_VALIDATION = 0.2
_FEWEST = 4


@dataclass(frozen=True, slots=True)
class Halves:
    """The questions of a suite, each in one part."""

    train: list[Asked]
    validation: list[Asked]
    test: list[Asked]


def halves_of(suite: Suite, *, seed: int) -> Halves:
    """Raises EvaluationError where there are fewer than four clusters to divide."""
    clusters = _clusters(suite.questions)
    if len(clusters) < _FEWEST:
        raise EvaluationError(
            f"{suite.name} has {len(clusters)} groups of documents, {_FEWEST} are needed to train "
            "on some and test on others; see --group-field"
        )
    ordered = [clusters[name] for name in sorted(clusters, key=lambda name: _hash(seed, name))]
    total = len(suite.questions)
    test, rest = _taken(ordered, total / 2, leave=2)
    validation, train = _taken(rest, (total - sum(map(len, test))) * _VALIDATION, leave=1)
    return Halves(*([a for some in part for a in some] for part in (train, validation, test)))


def _taken(
    clusters: Sequence[list[Asked]], wanted: float, *, leave: int
) -> tuple[list[list[Asked]], list[list[Asked]]]:
    """The first clusters that hold `wanted` questions, at least one; and the others."""
    count, size = 0, 0
    while count < len(clusters) - leave and (
        count == 0 or size + len(clusters[count]) / 2 <= wanted
    ):
        size += len(clusters[count])
        count += 1
    return list(clusters[:count]), list(clusters[count:])


def _clusters(questions: Sequence[Asked]) -> dict[str, list[Asked]]:
    """Name of a cluster -> its questions: joined by group or by a document that both ask for."""
    lead: dict[str, str] = {}

    def leader(name: str) -> str:
        while (further := lead.setdefault(name, name)) != name:
            name = further
        return name

    named = [_names(asked) for asked in questions]
    for names in named:
        for name in names:
            lead[leader(name)] = leader(names[0])
    clusters: dict[str, list[Asked]] = {}
    for asked, names in zip(questions, named, strict=True):
        clusters.setdefault(leader(names[0]), []).append(asked)
    return clusters


def _names(asked: Asked) -> list[str]:
    """What a question is joined to others by; one that touches nothing stands alone."""
    group = [] if asked.group is None else [f"g{asked.group}"]
    return group + [f"d{document}" for document in asked.gains] or [f"q{asked.id}"]


def _hash(seed: int, name: str) -> str:
    return hashlib.sha256(f"{seed}|{name}".encode()).hexdigest()
