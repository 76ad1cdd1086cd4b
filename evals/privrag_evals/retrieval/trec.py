"""Rankings as trec_eval reads them: `query Q0 document rank score tag`, 100 deep."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

import numpy as np

DEPTH = 100

Ranking = Sequence[tuple[str, float]]
"""(document, score), best first."""


def write_run(path: Path, rankings: Mapping[str, Mapping[str, Ranking]]) -> None:
    """Write system -> query -> ranking; the tag is the system.

    trec_eval orders by score alone and keeps it in 32 bits: a score not below the one before it
    is written as the next smaller number. White space in an id is percent-encoded.
    """
    lines = (
        line
        for system, queries in rankings.items()
        for query, ranking in queries.items()
        for line in _lines(system, query, ranking)
    )
    path.write_text("".join(lines), encoding="utf-8")


def _lines(system: str, query: str, ranking: Ranking) -> Iterable[str]:
    before = np.float32(np.inf)
    for rank, (document, score) in enumerate(ranking[:DEPTH], 1):
        own = np.float32(score)
        before = own if own < before else np.nextafter(before, np.float32(-np.inf))
        yield f"{_word(query)} Q0 {_word(document)} {rank} {before:.9g} {system}\n"


def _word(name: str) -> str:
    return "".join(quote(sign) if sign.isspace() else sign for sign in name)
