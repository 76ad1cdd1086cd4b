"""Whether an identity counts as found: at least half of its characters lie in findings.

Our own rule, looser on purpose than one span against one (`pii/spans.py`): "Dr. Linh" and "Pham" as
two findings hide "Dr. Linh Pham" as well as one does. Half is the share at which partial matches
count in object detection (Everingham et al., The PASCAL Visual Object Classes challenge, IJCV 88,
2010, 4.2, there over the union). Labels play no part. Nothing found covers nothing; findings must
not overlap, as those of a detector do not.
"""

from collections.abc import Sequence
from typing import Protocol


class Span(Protocol):
    """Half-open character offsets."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


def half_covered(span: Span, found: Sequence[Span]) -> bool:
    """Whether at least half of the characters of `span` are in `found`."""
    covered = sum(max(0, min(span.end, f.end) - max(span.start, f.start)) for f in found)
    return 2 * covered >= span.end - span.start
