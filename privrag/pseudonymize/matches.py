# ruff: noqa: RUF001 - quotes and dashes as people type them
"""What recognizers read and give: a document's text with its blocks, and matches in it.

All offsets here count in the document's text; `per_block` turns them into offsets of each block.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from privrag.pseudonymize.lexicon import (
    LETTER,
    UPPER,
    is_common,
    is_given_name,
    is_organisation_word,
)
from privrag.records import BLOCK_SEPARATOR, BlockKind, Entity

NER, PATTERN, CHECKSUM, SECRET = 1, 2, 3, 4
"""Ranks: of two matches that overlap, the higher one stays (privacy note, 1.3)."""

_TRIM_LEFT = " \t\r\n\u00a0.,;:!?'\"`´‘’“”„«»-–—*_|/\\<>)]}&#"
_TRIM_RIGHT = " \t\r\n\u00a0.,;:!?'\"`´‘’“”„«»-–—*_|/\\<>([{&#"
_GENITIVE = re.compile(r"['’‘´`][sS]\Z")
_NAMES = frozenset({"PERSON", "ORG", "LOCATION", "GROUP"})
_SPACES_AND_QUOTES = " \t\r\n\u00a0'\"`,;"
_PROSE = ("paragraph", "list")
_WRAPPED_LINE = re.compile(rf"(?<=[^\n]{{45}}[{LETTER},;)])\n(?=[{LETTER}\d(])(?![^\n:]{{1,24}}:)")
"""The end of a line that goes on in the next: long, and not at the end of a sentence."""
_LOWER_WORD = re.compile(
    rf"(?<![{LETTER}\d.@/_-])(?![{UPPER}])[{LETTER}]{{3,}}(?![{LETTER}\d]|[.@/_-][{LETTER}\d])"
)
_OF_SOMEBODY = re.compile(rf"vo[nm][ ](?P<given>[{UPPER}][{LETTER}-]{{1,30}})(?=[ ][{UPPER}])")
"""`von Aylin Demir` behind a noun: a particle stands before a surname, not before a given name."""
_OF_WORDS = frozenset(LETTER)
_HYPHENATED = re.compile(rf"[-‐]([{UPPER}][{LETTER}]{{1,30}})(?![{LETTER}\d])")
"""`-Günther` behind `Müller, Hans`."""
_JOINED = {"PERSON": "name", "ADDRESS": "place", "LOCATION": "place"}
"""Labels of which two that overlap are one, by kind."""
_REST = {
    "name": re.compile(rf"[{UPPER}][{LETTER}]"),
    "place": re.compile(rf"[{UPPER}][{LETTER}]|\d"),
    "number": re.compile(r"\d"),
}
_NUMBERS = frozenset({"PHONE", "CARD", "IBAN", "SSN", "ID"})
"""Of a number that another match cuts, the rest would stay in clear."""


@dataclass(frozen=True, slots=True)
class Match:
    """Something found in a document's text; `rank` decides between matches that overlap."""

    label: str
    start: int
    end: int
    score: float
    recognizer: str
    rank: int = PATTERN


@dataclass(frozen=True, slots=True)
class BlockSpan:
    """Where a block stands in the document's text."""

    kind: BlockKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class DocumentText:
    """A whole document as the recognizers see it."""

    text: str = field(repr=False)
    blocks: tuple[BlockSpan, ...]
    lower_words: frozenset[str] = field(repr=False)
    """Words of three letters and more that it also writes in lower case: ordinary ones."""

    def block_at(self, offset: int) -> BlockSpan:
        """The block in which an offset lies, or the last one before it."""
        return self.blocks[bisect_right(self.blocks, offset, key=lambda block: block.start) - 1]

    @classmethod
    def join(cls, blocks: Sequence[tuple[BlockKind, str]]) -> "DocumentText":
        """Join the blocks by `BLOCK_SEPARATOR`; a wrapped line goes on after a space."""
        spans, at = [], 0
        for kind, text in blocks:
            spans.append(BlockSpan(kind, at, at + len(text)))
            at += len(text) + len(BLOCK_SEPARATOR)
        text = BLOCK_SEPARATOR.join(
            _WRAPPED_LINE.sub(" ", text) if kind in _PROSE else text for kind, text in blocks
        )
        return cls(text, tuple(spans), frozenset(_LOWER_WORD.findall(text)))


Recognizer = Callable[[DocumentText], Iterable[Match]]
"""The seam: anything that finds matches in a document's text."""


def resolve(document: DocumentText, matches: Iterable[Match]) -> list[Match]:
    """Matches without overlap, in order: higher rank first, then the longer, then the earlier.

    Names that overlap are one, and so are parts of an address; what either keeps beside a higher
    match stays a match if it still has a capital or a digit. A number that a place or a name
    reaches into stays whole, and beside other matches its rest. None begins or ends inside a word.
    """
    trimmed = (trim(document.text, match) for match in matches)
    kept: list[Match] = []
    for group in _overlapping([m for m in trimmed if m is not None]):
        kept += [group[0]] if len(group) == 1 else _settle(document.text, group)
    return _whole_words(document.text, sorted(kept, key=lambda m: m.start))


def per_block(document: DocumentText, matches: Sequence[Match]) -> list[list[Entity]]:
    """Entities of each block; a match over several blocks is cut at their borders."""
    result: list[list[Entity]] = []
    first = 0
    for block in document.blocks:
        while first < len(matches) and matches[first].end <= block.start:
            first += 1
        entities = []
        at = first
        while at < len(matches) and matches[at].start < block.end:
            match, at = matches[at], at + 1
            start, end = max(match.start, block.start), min(match.end, block.end)
            cut = Match(match.label, start, end, match.score, match.recognizer)
            if (piece := trim(document.text, cut)) is not None:
                entities.append(_entity(piece, block.start))
        result.append(entities)
    return result


def _entity(match: Match, origin: int) -> Entity:
    start, end = match.start - origin, match.end - origin
    return Entity(match.label, start, end, match.score, match.recognizer)


def trim(text: str, match: Match) -> Match | None:
    """Without white space and punctuation around it; None if nothing is left.

    A secret loses only white space and quotes, and a phone number keeps its opening bracket. A name
    loses its genitive: the text keeps it beside every mention, so that none is restored with two.
    """
    start, end = match.start, match.end
    left, right = _TRIM_LEFT, _TRIM_RIGHT
    if match.label == "SECRET":
        left = right = _SPACES_AND_QUOTES
    elif match.label == "PHONE":
        right += ")"
    else:
        left += "([{"
        right += ")]}"
    while start < end and text[start] in left:
        start += 1
    while end > start and text[end - 1] in right:
        end -= 1
    if match.label in _NAMES and end - start > 3 and _GENITIVE.search(text, end - 2, end):
        end -= 2
    if match.label == "PERSON" and (of := _OF_SOMEBODY.match(text, start, end)):
        start = of.start("given") if is_given_name(of["given"]) else start
    if start == end:
        return None
    if (start, end) == (match.start, match.end):
        return match
    return Match(match.label, start, end, match.score, match.recognizer, match.rank)


def _whole_words(text: str, matches: Sequence[Match]) -> list[Match]:
    """Each widened to the ends of the words and numbers it cuts, as far as its neighbours.

    Else a wrong pattern shows the rest: `C01X00T47` as `ADDRESS_...` and `01X00T47`. A hyphenated
    name goes on behind its hyphen, unless the rest is another word: `Quirm-Report`.
    """
    widened: list[Match] = []
    for index, match in enumerate(matches):
        start, end = match.start, match.end
        left = widened[-1].end if widened else 0
        right = matches[index + 1].start if index + 1 < len(matches) else len(text)
        while start > left and _inside_word(text, start):
            start -= 1
        while end < right and _inside_word(text, end):
            end += 1
        if match.label == "PERSON" and (rest := _HYPHENATED.match(text, end, right)):
            end = end if is_common(rest[1]) or is_organisation_word(rest[1]) else rest.end()
        whole = (start, end) == (match.start, match.end)
        widened.append(match if whole else replace(match, start=start, end=end))
    return widened


def _inside_word(text: str, at: int) -> bool:
    """Between two letters or digits of a script that puts spaces between its words."""
    before, after = text[at - 1], text[at]
    return (before in _OF_WORDS or before.isdigit()) and (after in _OF_WORDS or after.isdigit())


def _overlapping(matches: list[Match]) -> Iterable[list[Match]]:
    """Groups of matches that touch each other directly or through others."""
    group: list[Match] = []
    end = -1
    for match in sorted(matches, key=lambda m: (m.start, -m.end, -m.rank, m.label, m.recognizer)):
        if group and match.start >= end:
            yield group
            group = []
        group.append(match)
        end = match.end if len(group) == 1 else max(end, match.end)
    if group:
        yield group


def _settle(text: str, group: list[Match]) -> list[Match]:
    order = sorted(
        group, key=lambda m: (-m.rank, m.start - m.end, m.start, -m.score, m.label, m.recognizer)
    )
    kept: list[Match] = []
    for match in order:
        over = [k for k in kept if k.start < match.end and match.start < k.end]
        if not over:
            kept.append(match)
        elif match.label in _JOINED:
            _join(text, match, over, kept)
        elif match.label in _NUMBERS:
            _keep_whole(text, match, over, kept)
    return kept


def _keep_whole(text: str, number: Match, over: list[Match], kept: list[Match]) -> None:
    """Cut back the place or name that reaches into a number, else keep the number's rest."""
    for other in over:
        if (
            other.label in _JOINED
            and other.rank <= number.rank
            and (other.start < number.start) != (number.end < other.end)
        ):
            before = other.start < number.start
            cut = (other.start, number.start) if before else (number.end, other.end)
            rest = trim(text, replace(other, start=cut[0], end=cut[1]))
            kept.remove(other)
            if rest is not None and _REST[_JOINED[other.label]].search(text, rest.start, rest.end):
                kept.append(rest)
    over = [k for k in kept if k.start < number.end and number.start < k.end]
    if over:
        _keep_rest(text, number, over, kept, _REST["number"])
    else:
        kept.append(number)


def _join(text: str, match: Match, over: list[Match], kept: list[Match]) -> None:
    """Join it to the one of its kind that it overlaps, else keep what the others leave of it."""
    if len(over) == 1 and _JOINED.get(over[0].label) == _JOINED[match.label]:
        start, end = min(over[0].start, match.start), max(over[0].end, match.end)
        if not any(k is not over[0] and k.start < end and start < k.end for k in kept):
            best = over[0]
            label = best.label if best.label == match.label else "ADDRESS"
            kept[kept.index(best)] = replace(best, label=label, start=start, end=end)
        return
    _keep_rest(text, match, over, kept, _REST[_JOINED[match.label]])


def _keep_rest(
    text: str, match: Match, over: list[Match], kept: list[Match], worth: re.Pattern[str]
) -> None:
    at = match.start
    for other in [*sorted(over, key=lambda m: m.start), None]:
        end = match.end if other is None else other.start
        if at < end and worth.search(text, at, end):
            rest = trim(text, replace(match, start=at, end=end))
            if rest is not None:
                kept.append(rest)
        at = match.end if other is None else other.end


def lines_with(sign: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Where the lines stand that hold the sign: to search them alone saves most of a text."""
    at = 0
    while found := sign.search(text, at):
        start = text.rfind("\n", at, found.start()) + 1 or at
        end = text.find("\n", found.end())
        at = len(text) if end < 0 else end
        yield start, at
