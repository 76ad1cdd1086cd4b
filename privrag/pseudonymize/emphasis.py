# ruff: noqa: RUF001 - quotes and dashes as people type them
"""A text without its marks of emphasis: `Ask **Zolta Quirm**`, `__Bram Tann__`, `~~Ute~~`, `<b>`.

A sign that touches a word makes it another word for whoever reads word by word. So detection reads
the text without the signs, and what it finds is moved back: the text itself keeps them. Only signs
in pairs around words are left out: not `2 * 3`, `snake_case`, `*.py`, `* a bullet`, `f(**kw)`, nor
anything in a code span, unless that holds nothing but two or more words as names are written, or a
number. Of a link, `[Zolta Quirm](https://...)`, the reader sees the text; its target stands behind.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from privrag.decoded import Decoded
from privrag.pseudonymize.lexicon import LETTER, UPPER
from privrag.records import Entity

_SIGNS = ("*", "_", "~~", "`", "</", "](")
_BEFORE_TARGET = " – "
"""Between the text of a link and its target, in place of `](`."""
_WORDS = rf"[{UPPER}][{LETTER}.'’-]{{0,40}}(?:,?[ \n][{UPPER}][{LETTER}.'’-]{{0,40}}){{1,4}}"
_NUMBER = r"(?=(?:[^`\n]*\d){4})[A-Z]{0,6}-?[+(]?\d[\d A-Z()/.-]{3,30}"
_SIGN = re.compile(
    rf"(?P<span>(?<!`)`(?:{_WORDS}|{_NUMBER})`(?!`))|(?P<fence>`{{3,}}[^`]*`{{3,}})"
    r"|(?P<code>(?P<ticks>`{1,2})(?!`)[^`\n]+(?P=ticks)(?!`))"
    r"|(?P<link>(?<![\w\]])!?\[(?=[^\[\]\n]{1,300}\]\())"
    r"|(?P<mark>\*+|_+|~~+)"
    r"|(?P<tag></?(?:b|i|u|s|em|strong|mark|small|del|ins|sup|sub|bdi)>)"
    r"|(?P<end>\n[ \t]*\n|\|)"
)
_LONGEST = 3
_MOST_OPEN = 16
"""Openers that wait for their closer; more are no emphasis, and would take quadratic time."""
_BEFORE = " \t\r\n\u00a0([{\"'“‘„«‚‹>|*_~`:;,–—-"
_AFTER_OPENER = "([{\"'“‘„«‚‹*_~<`#@§$€£+"
_BEFORE_CLOSER = ".,;:!?)]}\"'”’»“‘›*_~>`%…"
_AFTER = " \t\r\n\u00a0.,;:!?)]}\"'”’»“‘›*_~<|`–—-…("


def without_emphasis(text: str) -> Decoded:
    """The text without the marks of emphasis around its words; the text itself if it has none."""
    if not any(sign in text for sign in _SIGNS):
        return Decoded.unchanged(text)
    marks = sorted(_marks(text))
    return Decoded.of(
        text, ((at, end, _BEFORE_TARGET if text[at] == "]" else "") for at, end in marks)
    )


def with_whole_marks(plain: Decoded, entities: Sequence[Entity]) -> list[Entity]:
    """Entities of the plain text where they stand as written, with the marks of split names.

    A mark around the name stays outside, `**Zolta Quirm**`; where one stands inside, those that
    touch its ends belong to it, or half of a pair would be left: `*Zolta* **Quirm**`.
    """
    if not plain.starts:
        return list(entities)
    moved: list[Entity] = []
    for entity, written in zip(entities, plain.spread(list(entities)), strict=True):
        start, end = written.start, written.end
        if bisect_left(plain.starts, entity.end) > bisect_right(plain.starts, entity.start):
            first = bisect_left(plain.starts, entity.start)
            last = bisect_right(plain.starts, entity.end) - 1
            start = plain.written[first][0] if plain.starts[first] == entity.start else start
            end = plain.written[last][1] if plain.ends[last] == entity.end else end
        start = max(start, moved[-1].end) if moved else start
        moved.append(replace(written, start=start, end=end))
    return moved


def _marks(text: str) -> Iterator[tuple[int, int]]:
    """Where the signs stand that belong to a pair around words, and the plain tags."""
    opened: list[re.Match[str]] = []
    for sign in _SIGN.finditer(text):
        if sign["tag"]:
            yield sign.span()
        elif sign["link"]:
            yield sign.span()
            closing = text.index("](", sign.end())
            yield closing, closing + 2
        elif sign["span"]:
            yield sign.start(), sign.start() + 1
            yield sign.end() - 1, sign.end()
        elif sign["end"]:
            opened.clear()
        elif sign["mark"] and len(sign[0]) <= _LONGEST:
            fitting = [one for one in opened if one[0][0] == sign[0][0]]
            if fitting and _closes(text, sign):
                yield sign.span()
                yield from _closed(opened, fitting, len(sign[0]))
            elif _opens(text, sign):
                opened = [*opened[-_MOST_OPEN:], sign]


def _closed(
    opened: list[re.Match[str]], fitting: list[re.Match[str]], length: int
) -> Iterator[tuple[int, int]]:
    """The openers that a closer of this length ends: two of `**bold *and more***`."""
    while fitting and length > 0:
        opener = fitting.pop()
        length -= len(opener[0])
        yield opener.span()
        del opened[opened.index(opener) :]


def _opens(text: str, sign: re.Match[str]) -> bool:
    before, after = text[sign.start() - 1 : sign.start()], text[sign.end() : sign.end() + 1]
    if sign.start() and not (before in _BEFORE or _may_touch(sign[0], before, after)):
        return False
    return after.isalnum() or (after != "" and after in _AFTER_OPENER)


def _closes(text: str, sign: re.Match[str]) -> bool:
    before, after = text[sign.start() - 1 : sign.start()], text[sign.end() : sign.end() + 1]
    if not (before.isalnum() or before in _BEFORE_CLOSER):
        return False
    return after in _AFTER or _may_touch(sign[0], after, before)


def _may_touch(sign: str, outside: str, inside: str) -> bool:
    """A double sign may stand within a word, `**Zol**ta`, and beside a slash; not so `2**3`."""
    if sign[0] == "_" or len(sign) == 1:
        return False
    return outside == "/" or (outside.isalpha() and inside.isalpha())
