"""ROUGE-L of an answer by rouge-score: F1 of the longest common subsequence of words.

Lin, ROUGE: a package for automatic evaluation of summaries, 2004, section 3 (sentence level, beta
1). The best of several gold answers; higher is better, in [0, 1]; no gold answer, or no word on one
side, gives 0. Words are runs of letters and digits of any script, in lower case: the library's own
tokenizer drops every letter outside a-z. No stemming, so nothing is downloaded.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

_WORD = re.compile(r"[^\W_]+")


def rouge_l(answer: str, gold: Sequence[str]) -> float:
    """The best F1 over the gold answers."""
    if not gold:
        return 0.0
    found = _scorer().score_multi(list(gold), answer)["rougeL"]
    return float(found.fmeasure)


class _Words:
    """What rouge-score calls a tokenizer."""

    def tokenize(self, text: str) -> list[str]:
        return _WORD.findall(text.casefold())


@cache
def _scorer() -> Any:  # noqa: ANN401 - the library has no types
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(["rougeL"], tokenizer=_Words())
