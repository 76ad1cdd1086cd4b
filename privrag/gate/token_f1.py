"""Token F1 of an answer, as SQuAD scores it (Rajpurkar et al., EMNLP 2016, section 6.1).

Lower case, without punctuation and articles; F1 of the bags of words; the best of several gold
answers. Higher is better, in [0, 1]; both empty give 1, one empty gives 0.
"""

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
_DROPPED = str.maketrans("", "", string.punctuation)


def token_f1(answer: str, gold: Sequence[str]) -> float:
    """The best F1 over the gold answers; none gives 0."""
    return max((_f1(squad_words(answer), squad_words(one)) for one in gold), default=0.0)


def _f1(first: Sequence[str], second: Sequence[str]) -> float:
    if not first or not second:
        return float(first == second)
    shared = (Counter(first) & Counter(second)).total()
    return 2 * shared / (len(first) + len(second))


def squad_words(text: str) -> list[str]:
    """Lower case, without punctuation and articles."""
    return _ARTICLE.sub(" ", text.casefold().translate(_DROPPED)).split()
