"""Exact match of an answer, as SQuAD scores it (Rajpurkar et al., EMNLP 2016, section 6.1).

1 if the answer is one of the gold answers after the normalising of `token_f1.py`, else 0; higher is
better. No gold answer gives 0. Answers in sentences seldom match: read `holds_answer.py` beside it.
"""

from collections.abc import Sequence

from privrag.gate.token_f1 import squad_words


def exact_match(answer: str, gold: Sequence[str]) -> float:
    """1 or 0."""
    said = squad_words(answer)
    return float(any(squad_words(one) == said for one in gold))
