"""Users whose corrections reviewers reject far more often than everybody else's.

One of theirs that was accepted may have slipped through: no model learns from it.
"""

from collections.abc import Mapping

from privrag.feedback import Verdicts
from privrag.wilson import wilson

_LEAST_JUDGED = 4
"""Verdicts on a user before anything is said of them."""


def outliers(verdicts: Mapping[str, Verdicts]) -> frozenset[str]:
    """Keyed hashes of users of whose corrections at least half were rejected, and surely more.

    More than of all others together: Wilson's 95 % interval of their share lies above that of the
    others', which is everything where there are none.
    """
    judged = sum(map(sum, verdicts.values()))
    wrong = sum(one.rejected for one in verdicts.values())
    return frozenset(
        user
        for user, one in verdicts.items()
        if sum(one) >= _LEAST_JUDGED
        and one.rejected >= one.accepted
        and wilson(one.rejected, sum(one))[0] > wilson(wrong - one.rejected, judged - sum(one))[1]
    )
