"""Users whose corrections reviewers reject far more often than everybody else's.

One of theirs that was accepted may have slipped through: no model learns from it.
"""

from collections import Counter
from collections.abc import Iterable

from privrag.feedback import Queued
from privrag.wilson import wilson

_LEAST_JUDGED = 4
"""Verdicts on a user before anything is said of them."""


def outliers(accepted: Iterable[Queued], rejected: Iterable[Queued]) -> frozenset[str]:
    """Keyed hashes of users of whose corrections at least half were rejected, and surely more.

    More than of all others together: Wilson's 95 % interval of their share lies above that of the
    others', which is everything where there are none.
    """
    good, bad = (Counter(one.feedback.user for one in some) for some in (accepted, rejected))
    judged, wrong = good + bad, bad.total()
    return frozenset(
        user
        for user, count in judged.items()
        if count >= _LEAST_JUDGED
        and bad[user] >= count / 2
        and wilson(bad[user], count)[0] > wilson(wrong - bad[user], judged.total() - count)[1]
    )
