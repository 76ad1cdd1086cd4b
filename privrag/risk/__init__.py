"""What still points at somebody in each document, and which settings would lower it.

    score.py      a risk per document, with the words that make it
    lower.py      settings that take some of them away, and what the risk would be then
    documents.py  both for the documents of an open home

They read safe text only.
"""

from privrag.risk.lower import Suggestion, suggest
from privrag.risk.score import POPULATION, DocumentRisk, Left, Telling, left_in_clear, risks

__all__ = [
    "POPULATION",
    "DocumentRisk",
    "Left",
    "Suggestion",
    "Telling",
    "left_in_clear",
    "risks",
    "suggest",
]
