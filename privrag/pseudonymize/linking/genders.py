"""`Mr Baker` is not Grace Baker: what a title and a given name say of each other.

Both must be sure: only titles of one gender count, and given names that are one gender's alone. A
title that fits proves nothing, and a name on neither list contradicts none.
"""

import re

from privrag.pseudonymize.lexicon import PARTICLES, TITLE, fold, words_of

_OF_MEN = r"Mr|Messrs|Sir|Lord|Herrn?|Hr|Monsieur|Messieurs|Señor|Signor"
_OF_WOMEN = (
    r"Mrs|Ms|Miss|Dame|Lady|Frau|Madame|Mmes?|Mlles?|Mademoiselle|Mesdames|Señora|Sra|Signora"
)
_GENDERED = rf"(?:(?P<men>{_OF_MEN})|(?P<women>{_OF_WOMEN}))\b\.?"
_OPENS = re.compile(rf"\W*{_GENDERED}(?=\s*\S)", re.IGNORECASE)
_BEFORE = re.compile(
    rf"(?<![\w.@/'’-])(?=[^\W\d_a-zà-ÿ])(?i:{_GENDERED})[ \u00a0]{{1,2}}"
    rf"(?i:{TITLE}\.?[ \u00a0]{{1,2}}){{0,2}}\Z"
)
_FARTHEST = 48
NAMES_OF_MEN = words_of("given_names_of_men.txt")
NAMES_OF_WOMEN = words_of("given_names_of_women.txt")


def contradicts(surface: str, name: str) -> bool:
    """Whether the title that a mention begins with is not one of this full name's bearer.

    `name` is a canonical form.
    """
    title = _OPENS.match(surface)
    given = _given(name) if title is not None else ""
    if title is None or not given:
        return False
    return given in (NAMES_OF_WOMEN if title["men"] else NAMES_OF_MEN)


def has_gender(name: str) -> bool:
    """Whether any title contradicts this full name (canonical form)."""
    given = _given(name)
    return given in NAMES_OF_MEN or given in NAMES_OF_WOMEN


def title_before(text: str, start: int, at: int) -> int:
    """Where the title of one gender begins that stands before a mention, not before `start`.

    `at` itself if there is none.
    """
    found = _BEFORE.search(text, max(start, at - _FARTHEST), at)
    return at if found is None else found.start()


def _given(name: str) -> str:
    words = [word for word in name.split() if word not in PARTICLES]
    return fold(words[0].partition("-")[0]) if len(words) > 1 else ""
