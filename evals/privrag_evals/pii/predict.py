"""What would be masked of each text, and by which pseudonym, if it were the only one indexed."""

from collections.abc import Iterator, Sequence

from privrag.pseudonym import is_valid
from privrag.pseudonymize import DetectorPool, DetectSettings, with_literals, written
from privrag_evals.pii.data import Gold
from privrag_evals.pii.evaluate import Predicted, PredictedSpan
from privrag_evals.scratch_vault import scratch_vault


def predict(golds: Sequence[Gold], settings: DetectSettings) -> Iterator[Predicted]:
    """The masks of each text, in order, after propagation inside it.

    The pseudonyms are those of a vault that is deleted afterwards; the same entity has the same
    one in every text.
    """
    with (
        DetectorPool(settings) as pool,
        scratch_vault() as (vault, _),
    ):
        found = pool.detect_many([("paragraph", gold.text)] for gold in golds)
        for gold, (detected,) in zip(golds, found, strict=True):
            spans = with_literals(gold.text, detected)
            (pairs,) = written([gold.text], [spans], vault, gold.id, settings, key=gold.id)
            yield Predicted(
                gold.id,
                tuple(
                    PredictedSpan(e.start, e.end, e.label, words if is_valid(words) else None)
                    for e, words in pairs
                ),
            )
