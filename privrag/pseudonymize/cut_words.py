"""A text for those who look for identities: escapes decoded, no emphasis, cut words in one piece.

    Marta Achter-        ->  Marta Achterberg        before a small letter the hyphen goes too
    berg met Anna-           met Anna-Lena           before a capital or a digit it stays
    Lena

A hyphen cuts words at the end of a line, as PDFs have them; for what else is undone see
`privrag.decoded`, `emphasis.py` and `leaders.py`. The document keeps its text; what was found in
the joined one is moved back.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from privrag.decoded import Decoded, decode, without_json_escapes
from privrag.pseudonymize.emphasis import with_whole_marks, without_emphasis
from privrag.pseudonymize.leaders import with_colons
from privrag.records import Entity

_CUT = re.compile(r"(?<=[^\W_])-[ \t\u00a0]*\r?\n[ \t\u00a0]*(?=[^\W_])")


@dataclass(frozen=True, slots=True)
class Whole:
    """A text without cuts."""

    text: str = field(repr=False)
    cuts: tuple[tuple[int, int], ...]
    """(place in the joined text, characters left out there), in order."""
    labelled: Decoded
    """What was joined: the text with colons for leaders."""
    plain: Decoded
    """The text that had the leaders: the decoded one without marks of emphasis."""
    decoded: Decoded
    """The text that had the marks."""
    escapes: Decoded
    """What was decoded: the text without `\\u00fc`."""

    def spread(self, entities: Sequence[Entity]) -> list[Entity]:
        """Entities of the joined text with their offsets in the text that was joined."""
        cut = list(entities)
        if self.cuts:
            cut = [
                replace(
                    entity,
                    start=entity.start + sum(n for at, n in self.cuts if at <= entity.start),
                    end=entity.end + sum(n for at, n in self.cuts if at < entity.end),
                )
                for entity in cut
            ]
        marked = with_whole_marks(self.plain, self.labelled.spread(cut))
        return self.escapes.spread(self.decoded.spread(marked))


def join_cut_words(text: str, *, cuts_words: bool = True, signs: bool = True) -> Whole:
    """The text decoded and, unless it `cuts_words` nowhere, with every cut word in one piece.

    Without `signs`, marks of emphasis are left out, and leaders are colons.
    """
    escapes = without_json_escapes(text)
    decoded = decode(escapes.text)
    text = decoded.text
    plain = Decoded.unchanged(text) if signs else without_emphasis(text)
    labelled = Decoded.unchanged(plain.text) if signs else with_colons(plain.text)
    text = labelled.text
    if not cuts_words:
        return Whole(text, (), labelled, plain, decoded, escapes)
    parts: list[str] = []
    cuts: list[tuple[int, int]] = []
    position = length = 0
    for cut in _CUT.finditer(text):
        goes_on = text[cut.end()].islower() and text[cut.start() - 1].isalpha()
        kept = text[position : cut.start()] + ("" if goes_on else "-")
        parts.append(kept)
        length += len(kept)
        cuts.append((length, len(cut[0]) - (not goes_on)))
        position = cut.end()
    return Whole("".join([*parts, text[position:]]), tuple(cuts), labelled, plain, decoded, escapes)
