"""Which pairs the generator wrote an identity into; they are dropped before anything is stored."""

from collections.abc import Sequence

from privrag.intake import Stores
from privrag.pseudonymize import Detecting, left_in_clear
from privrag_finetune.questions.prompt import Pair


def unsafe(pairs: Sequence[Pair], stores: Stores, detector: Detecting) -> list[bool]:
    """For each pair whether an identity stands in it in clear."""
    return left_in_clear([(pair.question, pair.answer) for pair in pairs], detector, stores.vault)
