"""Forms in plain text: a row of dots between a label and its value is read as the colon.

SUPERVISOR ...... ZOLTA QUIRM    ->  SUPERVISOR: ZOLTA QUIRM
Badge No. . . . . 00417          ->  Badge No: 00417
"""

import re

from privrag.decoded import Decoded
from privrag.pseudonymize.lexicon import LETTER

_DOTS = ("...", "\u2026", ". . .")
_LEADER = re.compile(
    rf"(?m)(?:^|(?<=  )|(?<=\t))[ \t>*•-]{{0,6}}[{LETTER}]"
    r"[^\n.\u2026:=|<>()\[\]{}\"]{0,38}?\.??"
    r"(?P<leader>[ \t]{0,8}(?:\.{3,200}|\u2026{1,60}|(?:\.[ ]){2,100}\.)[ \t]{0,40})"
    r"(?=[^\s.\u2026])"
)
_COLON = ": "


def with_colons(text: str) -> Decoded:
    """The text with a colon for each leader; the text itself if it has none."""
    if not any(dots in text for dots in _DOTS):
        return Decoded.unchanged(text)
    found = _LEADER.finditer(text)
    return Decoded.of(text, ((*leader.span("leader"), _COLON) for leader in found))
