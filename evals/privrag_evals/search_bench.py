"""How fast a question finds its passages: privrag's `search` beside the peer's retriever.

A question goes in as text; finding and replacing its names, embedding it and searching are all in
the time. `without_pseudonymization` starts from a question whose names are already replaced. Each
side runs in a fresh process, with its models loaded and ten questions asked before.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from privrag.gate.figures import percentile
from privrag.home import open_vault
from privrag.manifest import Manifest
from privrag.scratch import Scratch
from privrag.settings import load_settings
from privrag_evals import side
from privrag_evals.corpus import NothingToMeasureError, questions_from, staged


def bench_search(
    path: Path | None, *, home: Path, questions: int = 100, k: int = 10, with_peer: bool = True
) -> dict[str, Any]:
    """The report as one JSON value, over the text files at `path` or, without one, over `home`.

    `ratio` is the peer's median time over privrag's: above 1 privrag is faster. The peer's passages
    are the same files' text; that they are not masked changes nothing in the time of a search.
    Raises NothingToMeasureError or SideError.
    """
    sources = [path] if path is not None else _documents_of(home)
    with staged(sources) as corpus, Scratch() as scratch:
        asked = questions_from(list(corpus.texts.values()), questions)
        fresh = scratch.path
        ours = side.search(
            side.Job(
                side="privrag",
                work="search",
                folder=None if path is None else corpus.folder,
                home=home if path is None else fresh / "home",
                questions=asked,
                k=k,
            )
        )
        if not with_peer:
            return report(ours, None)
        (fresh / "peer").mkdir()
        job = side.Job(
            side="peer",
            work="search",
            folder=corpus.folder,
            home=fresh / "peer",
            questions=asked,
            k=k,
        )
        return report(ours, side.search(job))


def report(privrag: side.Searched, peer: side.Searched | None) -> dict[str, Any]:
    """Figures of privrag on top, the peer's in `peer`; no peer gives null for it and each ratio."""
    ours, theirs = _figures(privrag), None if peer is None else _figures(peer)
    bare = ours["without_pseudonymization"]
    bare_peer = None if theirs is None else theirs["without_pseudonymization"]
    return {
        **ours,
        "without_pseudonymization": {**bare, "ratio": _ratio(bare_peer, bare)},
        "questions": len(privrag.whole_ms),
        "peer": theirs,
        "ratio": _ratio(theirs, ours),
    }


def _figures(searched: side.Searched) -> dict[str, Any]:
    return {
        **_quantiles(searched.whole_ms),
        "points": searched.points,
        "without_pseudonymization": _quantiles(searched.without_pseudonymization_ms),
    }


def _quantiles(milliseconds: Sequence[float]) -> dict[str, float]:
    return {
        "p50_ms": round(percentile(milliseconds, 0.5), 3),
        "p95_ms": round(percentile(milliseconds, 0.95), 3),
    }


def _ratio(peer: dict[str, Any] | None, privrag: dict[str, Any]) -> float | None:
    return None if peer is None else round(peer["p50_ms"] / privrag["p50_ms"], 3)


def _documents_of(home: Path) -> list[Path]:
    """The files behind the home's documents that are still there."""
    if not (home / "manifest.db").is_file():
        raise NothingToMeasureError(
            f"{str(home)!r} holds no documents; run privrag sync, or name a folder to measure with"
        )
    settings = load_settings(home)
    vault = open_vault(home, settings)
    manifest = Manifest(home / "manifest.db", vault, tenant=settings.tenant)
    uris = [entry.uri for entry in manifest.entries()]
    manifest.close()
    vault.close()
    paths = [Path(unquote(urlsplit(uri).path)) for uri in uris if uri.startswith("file:")]
    return [path for path in paths if path.is_file()]
