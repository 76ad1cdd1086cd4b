"""Which documents are learnt from and which are kept to measure with: whole clusters, never rows.

A cluster goes where a member of it was put before, whatever else is in it now; one without such a
member goes where a keyed hash says. What one data set measured with, no later one trains on.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Literal

from privrag_finetune.questions.recipe import Shares

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def split_clusters(
    cluster_of: Mapping[str, str],
    shares: Shares,
    *,
    key: str,
    recorded: Mapping[str, Split] | None = None,
) -> dict[str, Split]:
    """Document -> split, from document -> its cluster.

    `recorded` has documents that were put somewhere before; where clusters of several splits became
    one, test comes before validation, and that before training.

    Where there are few clusters, a split may get none by chance; then it gets a new one of the
    split that has most of them, if that keeps one: training first, then test, then validation.
    """
    place = {cluster: _place(cluster, key) for cluster in set(cluster_of.values())}
    before = _recorded(cluster_of, recorded or {})
    chosen = {cluster: _split_at(at, shares) for cluster, at in place.items()} | before
    free = sorted(place.keys() - before.keys(), key=lambda cluster: (place[cluster], cluster))
    needs: tuple[Split, ...] = ("train", "test", "validation")
    for split in needs:
        if getattr(shares, split) > 0 and split not in chosen.values():
            _fill(split, chosen, free)
    return {document: chosen[cluster] for document, cluster in cluster_of.items()}


def _recorded(cluster_of: Mapping[str, str], recorded: Mapping[str, Split]) -> dict[str, Split]:
    """Cluster -> split, of clusters with a recorded member."""
    found: dict[str, Split] = {}
    for document, cluster in cluster_of.items():
        if document in recorded:
            both = (recorded[document], found.get(cluster, "train"))
            found[cluster] = max(both, key=SPLITS.index)
    return found


def _fill(split: Split, chosen: dict[str, Split], free: Sequence[str]) -> None:
    """Move one cluster to a split that has none."""
    largest = max(SPLITS, key=lambda each: sum(one == each for one in chosen.values()))
    able = [cluster for cluster in free if chosen[cluster] == largest]
    if able and sum(one == largest for one in chosen.values()) > 1:
        chosen[able[-1]] = split


def _split_at(at: float, shares: Shares) -> Split:
    if at < shares.train:
        return "train"
    return "validation" if at < shares.train + shares.validation else "test"


def _place(cluster: str, key: str) -> float:
    """In [0, 1)."""
    digest = hmac.new(key.encode(), cluster.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8]) / 2**64
