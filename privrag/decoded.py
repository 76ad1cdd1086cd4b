# ruff: noqa: RUF001 - letters that look alike
r"""A text as its reader sees it: escapes decoded, what is invisible left out, digits in ASCII.

    john%40example.com       ->  john@example.com     percent-encoded, up to three times over
    john&#64;example.com     ->  john@example.com     HTML entities
    jo<U+200B>hn@example.com ->  john@example.com     zero-width, bidi marks, soft hyphens
    <full-width 4>111 ...    ->  4111 ...             other digits, full-width and styled letters
    M<Cyrillic a>rta         ->  Marta                look-alikes in a word with Latin letters

Those who look for identities read this form; what they find is moved back to where it stands.
"""

import html
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from privrag.records import Entity

_INVISIBLE = (
    r"\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
_STYLED = r"\uff01-\uff5e\U0001d400-\U0001d7ff"
_HYPHENS = r"\u2010\u2011\ufe63\uff0d"
_SPACES = r"\u2000-\u200a\u202f\u205f"
_PERCENT = r"%(?:25){0,3}[0-9A-Fa-f]{2}"
_ENTITY = (
    r"&(?:amp;|\#38;){0,3}(?:\#[0-9]{1,7}|\#[xX][0-9A-Fa-f]{1,6}"
    r"|commat|period|hyphen|dash|lowbar|colon|nbsp|plus|amp|num|shy|zwj|zwnj|lrm|rlm);"
)
_VEILED = re.compile(
    rf"(?P<hyphen>[{_HYPHENS}]|\u00ad(?=[ \t]*\r?\n))|(?P<invisible>[{_INVISIBLE}])"
    rf"|(?P<styled>[{_STYLED}]|(?![0-9])\d)|(?P<space>[{_SPACES}])"
    rf"|(?P<percent>(?:{_PERCENT})+)|(?P<entity>{_ENTITY})"
)
_ONE_PERCENT = re.compile(_PERCENT)
_LOOKALIKES = str.maketrans(
    "АВЕКМНОРСТУХІЈЅаеорсухіјѕԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοαν",
    "ABEKMHOPCTYXIJSaeopcyxijsdhqwABEZHIKMNOPTYXoav",
)
_ALIKE = re.compile(r"[\u0370-\u052f]")
_LATIN = re.compile(r"[A-Za-z]")
_WORD = re.compile(r"\w+")
_JSON = re.compile(r"\\u(?![dD][89a-fA-F])([0-9a-fA-F]{4})")
_JSON_LENGTH = 6
_ROUNDS = 2
"""An escape inside an escape of the other kind: `%26%2364%3B` is `&#64;` is `@`."""
_UTF8_LENGTHS = ((0xF0, 4), (0xE0, 3), (0xC0, 2))
_CONTINUES = range(0x80, 0xC0)


@dataclass(frozen=True, slots=True)
class Decoded:
    """The plain form of a text, and which of its stretches were written in another way."""

    text: str = field(repr=False)
    starts: tuple[int, ...]
    """Where the plain form differs: start of each stretch in `text`, in order."""
    ends: tuple[int, ...]
    """Ends of the same stretches; equal to the start where something was left out."""
    written: tuple[tuple[int, int], ...]
    """Start and end of each stretch in the text as it was written."""

    @classmethod
    def unchanged(cls, text: str) -> "Decoded":
        """A text that is its own plain form."""
        return cls(text, (), (), ())

    @classmethod
    def of(cls, text: str, stretches: Iterable[tuple[int, int, str]]) -> "Decoded":
        """The text with each (start, end, what is read there) in the place of what is written."""
        parts: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        written: list[tuple[int, int]] = []
        at = length = 0
        for start, end, shown in stretches:
            parts += [text[at:start], shown]
            starts.append(length + start - at)
            ends.append(starts[-1] + len(shown))
            written.append((start, end))
            length, at = ends[-1], end
        return cls("".join([*parts, text[at:]]), tuple(starts), tuple(ends), tuple(written))

    def written_start(self, at: int) -> int:
        """Where the character at `at` begins as written."""
        i = bisect_right(self.starts, at) - 1
        if i < 0:
            return at
        if at < self.ends[i]:
            return self.written[i][0]
        return self.written[i][1] + at - self.ends[i]

    def written_end(self, at: int) -> int:
        """Where the character before `at` ends as written; what is invisible after it is out."""
        i = bisect_left(self.starts, at) - 1
        if i < 0:
            return at
        if at <= self.ends[i]:
            return self.written[i][1]
        return self.written[i][1] + at - self.ends[i]

    def plain_start(self, at: int) -> int:
        """Where the plain form of what is written at `at` begins."""
        i = bisect_left(self.written, at, key=lambda place: place[1]) - 1
        if i < 0:
            return at if not self.written or at < self.written[0][0] else self.starts[0]
        following = self.starts[i + 1] if i + 1 < len(self.starts) else len(self.text)
        return min(self.ends[i] + at - self.written[i][1], following)

    def whole(self, at: int) -> int:
        """The last place up to `at`, as written, that cuts no character in two."""
        i = bisect_left(self.written, at, key=lambda place: place[1])
        if i == len(self.written) or self.starts[i] == self.ends[i]:
            return at
        return min(at, self.written[i][0])

    def spread(self, entities: list[Entity]) -> list[Entity]:
        """Entities of the plain form with their offsets in the text as it was written."""
        if not self.starts:
            return entities
        return [
            replace(e, start=self.written_start(e.start), end=self.written_end(e.end))
            for e in entities
        ]


def decode(text: str) -> Decoded:
    """Give the plain form; the text itself if nothing in it is veiled."""
    if text.isascii() and "%" not in text and "&" not in text:
        return Decoded.unchanged(text)
    decoded = _unescaped(text)
    if decoded.text.isascii() or not _ALIKE.search(decoded.text):
        return decoded
    return replace(decoded, text=_WORD.sub(_latin, decoded.text))


def without_json_escapes(text: str) -> Decoded:
    r"""The text with `\u00fc` as the letter; `decode` leaves it, for it may be a path."""
    if "\\u" not in text:
        return Decoded.unchanged(text)
    read = ((*found.span(), chr(int(found[1], 16))) for found in _JSON.finditer(text))
    return Decoded.of(text, read)


def _unescaped(text: str) -> Decoded:
    decoded = _once(text)
    for _ in range(_ROUNDS - 1):
        if not decoded.starts or ("&" not in decoded.text and "%" not in decoded.text):
            break
        again = _once(decoded.text)
        if not again.starts:
            break
        decoded = _joined(decoded, again)
    return decoded


def _latin(word: re.Match[str]) -> str:
    """A word with Latin letters has no others that look like them."""
    return word[0].translate(_LOOKALIKES) if _LATIN.search(word[0]) else word[0]


def _once(text: str) -> Decoded:
    return Decoded.of(text, (one for found in _VEILED.finditer(text) for one in _read(found)))


def _read(found: re.Match[str]) -> list[tuple[int, int, str]]:
    """(start, end, plain form) of what was found; one for each character of an escaped run."""
    start, end = found.span()
    match found.lastgroup:
        case "invisible":
            return [(start, end, "")]
        case "styled":
            return [(start, end, _ascii(found[0]))]
        case "hyphen":
            return [(start, end, "-")]
        case "space":
            return [(start, end, " ")]
        case "entity":
            inner = re.sub(r"&(?:(?:amp|#38);)+", "&", found[0])
            return [(start, end, _shown(html.unescape(inner)))]
    return _percent(found)


def _percent(found: re.Match[str]) -> list[tuple[int, int, str]]:
    """The characters of a run of percent escapes, which are bytes of UTF-8."""
    escapes = [
        (m.start(), m.end(), int(m[0][-2:], 16))
        for m in _ONE_PERCENT.finditer(found.string, *found.span())
    ]
    characters: list[tuple[int, int, str]] = []
    at = 0
    while at < len(escapes):
        first = escapes[at][2]
        length = next((n for lead, n in _UTF8_LENGTHS if first >= lead), 1)
        group = escapes[at : at + length]
        if any(byte not in _CONTINUES for *_, byte in group[1:]):
            group = group[:1]
        text = bytes(byte for *_, byte in group).decode("utf-8", "replace")
        characters.append((group[0][0], group[-1][1], _shown(text)))
        at += len(group)
    return characters


def _shown(character: str) -> str:
    """What an escaped character looks like: nothing, if it is invisible."""
    whole = _VEILED.fullmatch(character)
    if whole is None or whole.lastgroup in ("percent", "entity"):
        return character
    return "".join(shown for *_, shown in _read(whole))


def _ascii(character: str) -> str:
    digit = unicodedata.decimal(character, None)
    return unicodedata.normalize("NFKC", character) if digit is None else str(digit)


def _joined(outer: Decoded, inner: Decoded) -> Decoded:
    """The plain form of a plain form, its stretches in terms of the text as first written.

    Stretches of `outer` that lie in none of `inner` stay; a stretch of `inner` covers all that it
    was read from.
    """
    stretches = [
        (start, end, (outer.written_start(a), outer.written_end(b)))
        for start, end, (a, b) in zip(inner.starts, inner.ends, inner.written, strict=True)
    ]
    covered = [(a, b) for a, b in inner.written]
    lows = [a for a, _ in covered]
    for start, end, place in zip(outer.starts, outer.ends, outer.written, strict=True):
        i = bisect_right(lows, start) - 1
        if i >= 0 and start < covered[i][1]:
            continue
        shift = 0 if i < 0 else inner.ends[i] - covered[i][1]
        stretches.append((start + shift, end + shift, place))
    stretches.sort(key=lambda s: (s[2], s[0]))
    starts, ends, written = zip(*stretches, strict=True)
    return Decoded(inner.text, starts, ends, written)
