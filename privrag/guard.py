r"""Takes raw personal data out of what a model writes, before names are restored.

    draft: "Write to john%40example.com or PERSON_K7M2QX4C."
    out:   "Write to (e-mail address removed) or PERSON_K7M2QX4C."

A model sees pseudonyms only. An address or a number that it writes all the same is invented, or
leaked from its weights or its server; none of them is the documents' word. What stands in the
messages that it was sent, and what the asker typed, may come back.

Text is read word by word: a word goes out once the next one begins, and words in which a number
may go on (`4111 1111 ...`) wait for each other. Where words end depends on the text alone, so
however it is cut into pieces, the output is the same.
"""

import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from functools import cached_property
from itertools import chain

from privrag.decoded import Decoded, decode
from privrag.pseudonym import TYPE_WORDS
from privrag.raw_values import RawValue, find_values
from privrag.records import Draft, Message, Question, SafeText

MAX_HELD = 1024
"""Characters held back at most; a word that long is read in overlapping stretches."""
_KEPT = 512
"""Of such a stretch, what is read again with the next one: longer than any escaped value."""
_CONTEXT = 24
"""Characters before a word that may forbid a value in it, such as `version`."""
_GAP = r"\s,\"{}|<>)\[\]*"
_UNSPACED = (  # scripts without spaces between words: Thai to Khmer, Chinese, Japanese, Korean
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff"
    r"\ufe30-\ufe4f\U00020000-\U0003ffff"
)
_END_OF_WORD = re.compile(  # a full stop of theirs is a dot in `john@corp。example`
    rf"(?P<unspaced>(?!(?<=[A-Za-z0-9-])\u3002)[{_UNSPACED}])|[{_GAP}]++"
)
_ENDS = re.compile(r"[\n\r\"{}|<>\[\]*,]")
_MAY_GO_ON = re.compile(r"[\d%&+]|-----|[^\x00-\x7f]")
_LINE_END = re.compile(r"[ \t]*\r?\n[ \t]*")
_HEX_ENDS = re.compile(r"(?<![A-Za-z0-9])(?:0x)?[0-9A-Fa-f]{2}\Z")
_HEX_BEGINS = frozenset("0123456789abcdefABCDEF")
_NUMBER_ENDS = re.compile(r"(?:[\d;] ?[./()-]{0,2}|\+|[^\x00-\x7f])\s*\Z")  # `;` of an escape
_NUMBER_BEGINS = re.compile(r"[\d./+%&(-]|[^\x00-\x7f]")
_IN_IBAN = re.compile(r"(?i)(?<![a-z0-9])[a-z]{2}\d{2}(?: {1,2}[a-z0-9]{4}){0,7}\s*\Z")
_CHAIN = 200
"""As much of the words before a gap as an IBAN may span, escapes included."""
_WORTH_READING = re.compile(r"[0-9@%&]|-----|[^\x00-\x7f]|[A-Za-z_-]{14}")
_SWALLOWED = re.compile(r"[A-Za-z0-9_\-+/=.~%&#;\\]*")
_KEY_LINE = re.compile(r"-----(?:BEGIN|END)[ A-Z0-9]*\Z")
_KEY_BODY = re.compile(
    r"[A-Za-z0-9+/=\\-]{16,}|(?:Proc-Type|DEK-Info|Version|Comment):|4,?|ENCRYPTED"
)
_KEY_END = re.compile(r"\s*-----END [A-Z0-9 ]*-----")
_KEY_LAST_LINE = re.compile(r"[A-Za-z0-9+/=]{1,15}")


def mark(label: str) -> str:
    """What stands in the place of a value: `(e-mail address removed)`; plain in Markdown."""
    return f"({TYPE_WORDS[label].split(' ', 1)[1]} removed)"


class Guard:
    """The text of one answer in, piece by piece; the same without raw values out."""

    def __init__(self, sent: Iterable[str] = (), words: Iterable[str] = ()) -> None:
        """`sent`: what the model was given; `words`: values that the asker typed."""
        self._sent, self._words = tuple(sent), tuple(words)
        self._taken: list[str] = []  # normal forms
        self._before = ""
        self._held = ""
        self._looked = 0  # the word in `held` does not end before
        self._swallowing = False  # in a secret that was too long to hold
        self._in_key = False  # in the lines of a private key, its header taken out
        self._key_ends = False

    @property
    def guarded(self) -> int:
        """Values taken out so far."""
        return len(self._taken)

    def feed(self, piece: str) -> SafeText:
        """Take the next piece and give what can go out now."""
        self._held += piece
        return SafeText("".join(self._words_out()))

    def flush(self) -> SafeText:
        """Give what was held back; call it once, at the end."""
        last, self._held = self._held, ""
        return SafeText(self._word(last))

    @cached_property
    def _known(self) -> frozenset[str]:
        """Normal forms of the values that may stay."""
        sent = chain.from_iterable(_values_of(text) for text in self._sent)
        return frozenset((*sent, *(_normal(decode(words).text) for words in self._words)))

    def _words_out(self) -> Iterator[str]:
        """Whole words, cleaned, as long as there are any."""
        start = 0
        while True:
            end = self._end_of_word(start)
            if end is not None:
                yield self._word(self._held[start:end])
                start = self._looked = end
            elif len(self._held) - start > MAX_HELD:
                out, taken = self._stretch(self._held[start : start + MAX_HELD])
                yield out
                start = self._looked = start + taken
            else:
                break
        self._held = self._held[start:]
        self._looked -= start

    def _end_of_word(self, start: int) -> int | None:
        """Where the word that begins at `start` ends, its gap included; None if unknown yet."""
        last = min(start + MAX_HELD, len(self._held) - 1)
        for found in _END_OF_WORD.finditer(self._held, self._looked, last + 1):
            if found.lastgroup == "unspaced":
                return found.end()
            if found.end() > last:
                self._looked = found.start()
                return None
            if not self._goes_on(start, found):
                return found.end()
            self._looked = found.end()
        self._looked = max(self._looked, last)
        return None

    def _goes_on(self, start: int, gap: re.Match[str]) -> bool:
        """Whether one value may stand on both sides of the gap."""
        left = self._held[max(start, gap.start() - _CHAIN) : gap.start()]
        if not _MAY_GO_ON.search(left):
            return False
        follows = self._held[gap.end()]
        if gap[0] == ",":
            return left[-1].isdigit() and follows.isdigit()
        if _LINE_END.fullmatch(gap[0]) and left[-1].isdigit() and follows.isdigit():
            return True
        if _ENDS.search(gap[0]):
            return False
        if follows in _HEX_BEGINS and _HEX_ENDS.search(left[-5:]):
            return True
        if _KEY_LINE.search(left):
            return True
        if _NUMBER_BEGINS.match(follows) and _NUMBER_ENDS.search(left[-4:]):
            return True
        return _IN_IBAN.search(decode(left).text) is not None

    def _word(self, raw: str) -> str:
        """One word, or several that a value may span, with the gap behind."""
        if self._swallowing:
            raw = self._rest_of_secret(raw)
        if self._in_key:
            raw = self._rest_of_key(raw)
        if not _WORTH_READING.search(raw):
            self._before = (self._before + raw)[-_CONTEXT:]
            return raw
        _, places = self._read(raw)
        out, at = self._without(raw, places, len(raw))
        self._before = (self._before + raw)[-_CONTEXT:]
        return out + raw[at:]

    def _stretch(self, raw: str) -> tuple[str, int]:
        """The beginning of a word that is too long to hold, and how much of it that took."""
        if self._swallowing:
            return "", len(raw) - len(self._rest_of_secret(raw))
        decoded, places = self._read(raw)
        cut = decoded.whole(len(self._before) + MAX_HELD - _KEPT) - len(self._before)
        out, at = self._without(raw, places, cut)
        self._swallowing = at >= len(raw) - 1
        cut = max(cut, at)
        self._before = (self._before + raw[:cut])[-_CONTEXT:]
        return out + raw[at:cut], cut

    def _read(self, raw: str) -> tuple[Decoded, list[tuple[int, int, RawValue, str]]]:
        """The plain form of context and word; start, end and normal form of values to take out."""
        origin = len(self._before)
        decoded = decode(self._before + raw)
        places = []
        for value in find_values(decoded.text, decoded.plain_start(origin)):
            normal = _normal(decoded.text[value.start : value.end])
            start = decoded.written_start(value.start) - origin
            end = decoded.written_end(value.end) - origin
            if normal not in self._known:
                places.append((max(start, 0), end, value, normal))
        return decoded, places

    def _without(
        self, raw: str, places: list[tuple[int, int, RawValue, str]], before: int
    ) -> tuple[str, int]:
        """`raw` up to the end of the last value that begins before `before`, and where that is."""
        out, at = [], 0
        for start, end, value, normal in places:
            if at <= start < before:
                self._taken.append(normal)
                out += [raw[at:start], mark(value.label)]
                at = end
                self._in_key = value.opens_key
        return "".join(out), at

    def _rest_of_secret(self, raw: str) -> str:
        rest = raw[_SWALLOWED.match(raw).end() :]  # type: ignore[union-attr] # may be empty
        self._swallowing = not rest
        return rest

    def _rest_of_key(self, raw: str) -> str:
        """What is left of a word within a private key: nothing of its body, all after its end."""
        word = raw.strip()
        ends = self._key_ends
        self._key_ends = bool(word) and not _KEY_BODY.fullmatch(word)
        if not word or not self._key_ends or (not ends and _KEY_LAST_LINE.fullmatch(word)):
            return ""
        self._in_key = self._key_ends = False
        if (end := _KEY_END.match(raw)) is not None:
            return raw[end.end() :]
        return raw


def _values_of(text: str) -> list[str]:
    """Normal forms of the raw values in a text."""
    reader = Guard()
    reader.feed(text)
    reader.flush()
    return reader._taken


def _normal(value: str) -> str:
    return "".join(c for c in value.casefold() if c.isalnum())


def guard_for(messages: Sequence[Message], question: Question) -> Guard:
    """Lets pass what stands in the messages or was typed by the asker."""
    return Guard([message.content for message in messages], question.ephemeral.values())


async def guarded_draft(
    draft: AsyncGenerator[SafeText | Draft, None], guard: Guard
) -> AsyncGenerator[SafeText | Draft, None]:
    """The draft without raw values that the model was not sent, then the Draft itself."""
    async with aclosing(draft):
        async for piece in draft:
            out = guard.flush() if isinstance(piece, Draft) else guard.feed(piece)
            if out:
                yield out
            if isinstance(piece, Draft):
                yield piece
