"""Citation precision and recall of one answer, by document and page.

After Gao et al., Enabling Large Language Models to Generate Text with Citations, EMNLP 2023,
section 4.3, with places that people marked instead of a model's judgement: precision is the share
of citations that are a right place; recall is 1 if a right document is cited, whatever the page.
Higher is better, in [0, 1]. No citation gives precision nan (nothing was claimed) and recall 0; no
marked place gives nan for both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from privrag_evals.suites.place import Place


@dataclass(frozen=True, slots=True)
class Cited:
    """Of one answer."""

    precision: float
    recall: float


def cited(found: Sequence[tuple[str, int | None]], right: Sequence[Place]) -> Cited:
    """`found` is the (uri, page) of each citation; any of the right places is right."""
    if not right:
        return Cited(float("nan"), float("nan"))
    if not found:
        return Cited(float("nan"), 0.0)
    fits = sum(any(place.holds(uri, page) for place in right) for uri, page in found)
    recall = any(place.is_in(uri) for place in right for uri, _ in found)
    return Cited(fits / len(found), float(recall))
