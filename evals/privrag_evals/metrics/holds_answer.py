"""Whether an answer holds one of the gold answers word for word.

The containment match that open-domain question answering uses for answers in sentences (Mallen et
al., When Not to Trust Language Models, ACL 2023, section 3), here on whole words and after SQuAD's
normalising, as in `token_f1.py`: "12" does not stand in "1234". 1 or 0, higher is better; no gold
answer, or none with a word, gives 0.
"""

from collections.abc import Sequence

from privrag.gate.token_f1 import squad_words


def holds_answer(answer: str, gold: Sequence[str]) -> float:
    """1 if the words of one gold answer stand in the answer, side by side."""
    said = squad_words(answer)
    return float(any(_within(squad_words(one), said) for one in gold))


def _within(words: Sequence[str], said: Sequence[str]) -> bool:
    starts = range(len(said) - len(words) + 1)
    return bool(words) and any(said[n : n + len(words)] == words for n in starts)
