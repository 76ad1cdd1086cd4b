"""Planted identities that belong to nobody: to measure that nothing of a document gets through.

The manifest keeps them as keyed hashes and one sealed text. Nobody ever gets one restored: a
canary in an answer would be a value that somebody takes for real.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from privrag.manifest import Manifest
from privrag.pseudonym import label
from privrag.pseudonymize.linking.canonical import canonical
from privrag.vault import Vault

_MARK = "canaries"


@dataclass(frozen=True, slots=True)
class Canary:
    """One planted value."""

    label: str
    value: str = field(repr=False)
    uri: str = field(repr=False)
    """The document that it was planted in."""


def planted(manifest: Manifest, vault: Vault) -> list[Canary]:
    """All canaries of the home; none were planted: empty. Raises VaultError if changed."""
    mark = manifest.mark(_MARK)
    if mark is None:
        return []
    sealed = bytes.fromhex(json.loads(mark)["sealed"])
    return [Canary(**each) for each in json.loads(vault.unseal(sealed, context=_MARK))]


def remember(manifest: Manifest, vault: Vault, canaries: Sequence[Canary]) -> None:
    """Add canaries to those of the home."""
    everything = [*planted(manifest, vault), *canaries]
    text = json.dumps([asdict(each) for each in everything])
    hashes = sorted({_hash(vault, each.label, each.value) for each in everything})
    sealed = vault.seal(text, context=_MARK).hex()
    manifest.set_mark(_MARK, json.dumps({"hashes": hashes, "sealed": sealed}))


def without_canaries(
    manifest: Manifest, vault: Vault
) -> Callable[[Collection[str]], Mapping[str, str]]:
    """`vault.surface` that knows no canary; the same function where none was planted."""
    mark = manifest.mark(_MARK)
    if mark is None:
        return vault.surface
    hashes = frozenset(json.loads(mark)["hashes"])

    def surface(tokens: Collection[str]) -> Mapping[str, str]:
        words = vault.surface(tokens)
        return {t: w for t, w in words.items() if _hash(vault, label(t), w) not in hashes}

    return surface


def _hash(vault: Vault, kind: str, value: str) -> str:
    return vault.blind("canary", f"{kind}|{canonical(kind, value)}")
