"""Whether an identity is left in clear in a safe text: known to the vault, or found anew.

A model may write what it remembers from its own training, and detection may miss once what it finds
in the words around a pseudonym. Such a text is not kept.
"""

from collections.abc import Sequence

from privrag.pseudonym import DIRECT, bare
from privrag.pseudonymize.detect import Detecting
from privrag.pseudonymize.known.find import find_known
from privrag.records import SafeText
from privrag.vault.store import Vault

_TELLING = DIRECT | {"USERNAME"}


def left_in_clear(
    groups: Sequence[Sequence[SafeText]], detector: Detecting, vault: Vault
) -> list[bool]:
    """For each group of texts that belong together, whether an identity stands in it."""
    words = [[bare(text) for text in group] for group in groups]
    known = find_known(["\n".join(texts) for texts in words], vault)
    return [
        any(entity.label in _TELLING for entity in some) or _found(texts, detector)
        for texts, some in zip(words, known, strict=True)
    ]


def _found(texts: Sequence[str], detector: Detecting) -> bool:
    found = detector.detect([("paragraph", text) for text in texts])
    return any(entity.label in _TELLING for some in found for entity in some)
