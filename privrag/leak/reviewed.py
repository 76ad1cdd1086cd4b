"""Suspicions that somebody looked at and found to be nothing: they do not count a second time.

Kept in the manifest as keyed hashes of kind and words, so the same words are known again wherever
they stand and however the index is written anew. What is certain can not be accepted.
"""

import json
from collections.abc import Iterable

from privrag.manifest import Manifest
from privrag.vault import Vault

_MARK = "leak-reviewed"
_DIGITS = 32


def review_key(vault: Vault, kind: str, words: str) -> str:
    """The keyed hash under which these words are known again as this kind of suspicion."""
    return vault.blind("leak reviewed", f"{kind}|{' '.join(words.casefold().split())}")[:_DIGITS]


def reviewed(manifest: Manifest) -> frozenset[str]:
    """All that was accepted in this home."""
    return frozenset(json.loads(manifest.mark(_MARK) or "[]"))


def accept(manifest: Manifest, keys: Iterable[str]) -> int:
    """Add keys to those of the home; gives how many are new."""
    before = reviewed(manifest)
    after = before.union(keys)
    manifest.set_mark(_MARK, json.dumps(sorted(after)))
    return len(after) - len(before)
