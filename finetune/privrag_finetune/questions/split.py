"""Which documents are learnt from and which are kept to measure with: whole clusters, never rows.

Where a cluster goes is a keyed hash of it, so it goes there in every data set of the home: what
one data set measured with, no other one trains on.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Literal

from privrag_finetune.questions.recipe import Shares

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def split_clusters(cluster_of: Mapping[str, str], shares: Shares, *, key: str) -> dict[str, Split]:
    """Document -> split, from document -> its cluster.

    Where there are few clusters, a split may get none by chance; then it gets one of the split that
    has most of them, if that keeps one: training comes first, then test, then validation.
    """
    place = {cluster: _place(cluster, key) for cluster in set(cluster_of.values())}
    chosen = {cluster: _split_at(at, shares) for cluster, at in place.items()}
    ordered = sorted(place, key=lambda cluster: (place[cluster], cluster))
    needs: tuple[Split, ...] = ("train", "test", "validation")
    for split in needs:
        if getattr(shares, split) > 0 and split not in chosen.values():
            _fill(split, chosen, ordered)
    return {document: chosen[cluster] for document, cluster in cluster_of.items()}


def _fill(split: Split, chosen: dict[str, Split], order: Sequence[str]) -> None:
    """Move one cluster to a split that has none."""
    largest = max(SPLITS, key=lambda each: sum(one == each for one in chosen.values()))
    able = [cluster for cluster in order if chosen[cluster] == largest]
    if len(able) > 1:
        chosen[able[-1]] = split


def _split_at(at: float, shares: Shares) -> Split:
    if at < shares.train:
        return "train"
    return "validation" if at < shares.train + shares.validation else "test"


def _place(cluster: str, key: str) -> float:
    """In [0, 1)."""
    digest = hmac.new(key.encode(), cluster.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8]) / 2**64
