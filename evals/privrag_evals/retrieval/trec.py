"""Rankings as trec_eval reads them: `query Q0 document rank score tag`, 100 deep."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

DEPTH = 100

Ranking = Sequence[tuple[str, float]]
"""(document, score), best first."""


def write_run(path: Path, rankings: Mapping[str, Mapping[str, Ranking]]) -> None:
    """Write system -> query -> ranking; the tag is the system.

    trec_eval orders by score alone: an equal score is written a little lower than the one before.
    """
    lines = (
        line
        for system, queries in rankings.items()
        for query, ranking in queries.items()
        for line in _lines(system, query, ranking)
    )
    path.write_text("".join(lines), encoding="utf-8")


def _lines(system: str, query: str, ranking: Ranking) -> Iterable[str]:
    before = float("inf")
    for rank, (document, score) in enumerate(ranking[:DEPTH], 1):
        before = score if score < before else before - max(1e-9, abs(before) * 1e-9)
        yield f"{query} Q0 {document} {rank} {before:.12g} {system}\n"
