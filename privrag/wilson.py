"""Wilson's score interval of a share (Wilson, JASA 22, 1927): sensible near 0 and 1 and for few.

In [0, 1]; no cases give (0, 1): nothing is known.
"""

import math

_Z = 1.96


def wilson(successes: float, cases: float) -> tuple[float, float]:
    """The interval at 95 % of `successes` among `cases`; both may be weighted counts."""
    if cases <= 0:
        return 0.0, 1.0
    share = min(max(successes / cases, 0.0), 1.0)
    centre = share + _Z**2 / (2 * cases)
    spread = _Z * math.sqrt(share * (1 - share) / cases + _Z**2 / (4 * cases**2))
    scale = 1 + _Z**2 / cases
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
