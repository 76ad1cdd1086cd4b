"""Whether a raw identity stands in what the generator wrote: known to the vault, or found anew.

A model may write what it remembers from its own training. Such a text is dropped before anything
of it is stored, the journal included.
"""

from collections.abc import Sequence

from privrag.intake import Stores
from privrag.pseudonym import DIRECT, bare
from privrag.pseudonymize import Detecting, find_known
from privrag_finetune.questions.prompt import Pair

_TELLING = DIRECT | {"USERNAME"}


def unsafe(pairs: Sequence[Pair], stores: Stores, detector: Detecting) -> list[bool]:
    """For each pair whether an identity stands in it in clear."""
    texts = [f"{bare(pair.question)}\n{bare(pair.answer)}" for pair in pairs]
    known = find_known(texts, stores.vault)
    return [
        any(entity.label in _TELLING for entity in some) or _found(pair, detector)
        for pair, some in zip(pairs, known, strict=True)
    ]


def _found(pair: Pair, detector: Detecting) -> bool:
    found = detector.detect([("paragraph", bare(pair.question)), ("paragraph", bare(pair.answer))])
    return any(entity.label in _TELLING for some in found for entity in some)
