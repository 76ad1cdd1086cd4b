"""What a correction must be to be kept: words about the matter, no flood, no order to a model.

Each check raises CorrectionError with what is wrong. Whether it is *right*, a reviewer says.
"""

from collections import Counter

from privrag.errors import CorrectionError
from privrag.evidence import content_words, words_in_order
from privrag.feedback.settings import FeedbackSettings
from privrag.quarantine import gives_orders

_LEAST_READABLE = 0.6
"""Share of letters and digits among the characters that are not white space."""
_MOST_REPEATED = 0.3
"""Share of one word among the words of a correction of at least `_LONG` words."""
_LONG = 12


def check_correction(text: str, settings: FeedbackSettings) -> None:
    """Refuse what no model should learn from, whoever wrote it. The text is raw."""
    if len(text) > settings.most_characters:
        raise CorrectionError(
            f"a correction has at most {settings.most_characters} characters "
            f"(feedback.most_characters), this one has {len(text)}"
        )
    if not content_words(text):
        raise CorrectionError(
            "the correction says nothing; leave it out, or write the right answer"
        )
    if not _is_readable(text) or _is_repetition(text):
        raise CorrectionError("the correction is not a text in words; write the right answer")
    if gives_orders(text):
        raise CorrectionError(
            "the correction gives orders to a model; write what the right answer would have been"
        )


def _is_readable(text: str) -> bool:
    signs = [c for c in text if not c.isspace()]
    return sum(c.isalnum() for c in signs) >= _LEAST_READABLE * len(signs)


def _is_repetition(text: str) -> bool:
    words = [word.casefold() for word in words_in_order(text)]
    if len(words) < _LONG:
        return False
    ((_, most),) = Counter(words).most_common(1)
    return most > _MOST_REPEATED * len(words)
