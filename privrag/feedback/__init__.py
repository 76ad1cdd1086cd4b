"""What people say of answers: kept only as far as they agreed, read by a person before a model is.

desk.py      start here: keep an answer, take an opinion on it, review it
checks.py    what a correction must be to be kept
records.py   what is kept
store.py     `feedback.sqlite` in the home
erase.py     how `forget` reaches it
"""

from privrag.feedback.desk import Desk
from privrag.feedback.records import (
    Feedback,
    KeptAnswer,
    Opinion,
    Passage,
    Queued,
    Verdict,
    Verdicts,
)
from privrag.feedback.settings import FeedbackSettings

__all__ = [
    "Desk",
    "Feedback",
    "FeedbackSettings",
    "KeptAnswer",
    "Opinion",
    "Passage",
    "Queued",
    "Verdict",
    "Verdicts",
]
