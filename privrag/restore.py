r"""Puts names back for one viewer: in one pass, by exact match, and never where they could leave.

    vault.surface ─┐
    scope, viewer ─┴─> Restorer ── restore(text)       an answer
                                ── restore_quote(text) a passage of a source document
                                ── stream()            an answer that is still being written

A token is opened if its check character is right, its entity is in the request's scope, the
viewer may reveal its type, and it stands outside every link: text that a model wrote may carry a
name away in an address that a browser then fetches. An erased one shows as `[erased]`. Whatever
else looks like a token stays as it is. What came out of the vault is recorded before it is given
to the caller: if `record` raises, no text comes back.

What counts as a link is decided on the text as it goes out, restored names included, by a small
reader (`_LinkReader`) that errs towards withholding.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from privrag.pseudonym import (
    LITERAL,
    LOOSE_PATTERN,
    base,
    is_valid,
    label,
    normalise,
    possible_prefix_start,
)
from privrag.records import Reveal, SafeText, labels_of

ERASED = "[erased]"
"""Stands in the text for somebody whose words were destroyed on request."""

Surfaces = Callable[[Collection[str]], Mapping[str, str]]
"""Gives the words behind tokens, unknown ones left out: `Vault.surface`."""

Erased = Callable[[Collection[str]], Collection[str]]
"""Gives those of the tokens that stand for somebody who was erased on request."""

Record = Callable[[Collection[str]], None]
"""Notes entities whose words are about to be given out; called before, and may refuse."""


def none_erased(tokens: Collection[str]) -> Collection[str]:
    """The answer of a vault that erases nobody."""
    del tokens
    return ()


@dataclass(frozen=True, slots=True)
class Restored:
    """A text as one viewer may see it, and how many of its tokens were opened or not."""

    text: str = field(repr=False)
    restored: int
    withheld: int
    """Valid tokens that stayed closed: out of scope, inside a link, erased, not for this viewer."""
    invalid: int
    """Tokens with a wrong check character: the model garbled or invented them."""
    opened: frozenset[str]
    """Entities whose words came out of the vault; they have been recorded."""


@dataclass(frozen=True, slots=True)
class Restorer:
    """What one viewer may see in one request."""

    surfaces: Surfaces = field(repr=False)
    """Asked once per text, or per piece of a stream, and only for tokens in scope."""
    scope: frozenset[str]
    """Entities (no alias suffix) in the question and in this request's hits."""
    reveal: Reveal
    """Types that are opened; the others only as `ephemeral`. LITERAL tokens stand for nobody and
    are always opened."""
    ephemeral: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Tokens made for this request only, with the words that the asker typed."""
    record: Record = field(kw_only=True, repr=False)
    """Called with what comes out of the vault, before it is given out."""
    erased: Erased = field(default=none_erased, kw_only=True, repr=False)
    """Asked for tokens in scope of which the vault knows no words."""

    def restore(self, text: SafeText) -> Restored:
        """Restore a text that a model wrote."""
        return _whole(self.stream(), text)

    def restore_quotes(self, texts: Sequence[SafeText]) -> list[Restored]:
        """Restore passages of source documents, inside their links too; all are recorded at once.

        This only gives back what stood there: no model put a name into those addresses.
        """
        unrecorded = replace(self, record=_leave_to_caller)
        restored = [_whole(StreamRestorer(unrecorded, links=True), text) for text in texts]
        opened = frozenset[str]().union(*(each.opened for each in restored))
        if opened:
            self.record(opened)
        return restored

    def stream(self) -> "StreamRestorer":
        """Restore a text that arrives in pieces; for each choice and channel its own."""
        return StreamRestorer(self)

    def look_up(self, tokens: Collection[str]) -> "Words":
        """Give the words behind those of these valid tokens that this viewer may see."""
        allowed = labels_of(self.reveal) | {LITERAL}
        typed, asked = {}, []
        for token in dict.fromkeys(tokens):
            words = self.ephemeral.get(token, self.ephemeral.get(base(token)))
            if words is not None:
                typed[token] = words
            elif base(token) in self.scope and label(token) in allowed:
                asked.append(token)
        kept = self.surfaces(asked) if asked else {}
        missing = [token for token in asked if token not in kept]
        return Words(typed, kept, frozenset(self.erased(missing) if missing else ()))


@dataclass(frozen=True, slots=True)
class Words:
    """What stands behind the tokens of a text, as far as this viewer may see it."""

    typed: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The asker's own words."""
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The vault's."""
    erased: frozenset[str] = frozenset()


def _leave_to_caller(entities: Collection[str]) -> None:
    """Record nothing: `restore_quotes` does it for all of its texts."""
    del entities


def _whole(stream: "StreamRestorer", text: SafeText) -> Restored:
    return Restored(
        stream.feed_last(text),
        stream.restored,
        stream.withheld,
        stream.invalid,
        frozenset(stream.opened),
    )


class StreamRestorer:
    """Restores text that arrives in pieces; however it is cut, the output is that of `restore`.

    Holds back only an end that may still become a token: at most 32 characters.
    """

    def __init__(self, restorer: Restorer, *, links: bool = False) -> None:
        """Use `Restorer.stream`. With `links`, tokens inside links are opened as well."""
        self.restored = 0
        self.withheld = 0
        self.invalid = 0
        self.opened: set[str] = set()
        """Entities whose words came out of the vault so far."""
        self._restorer = restorer
        self._reader = None if links else _LinkReader()
        self._before = ""  # the last character already read: a token must not touch it
        self._held = ""

    def feed(self, piece: SafeText) -> str:
        """Take the next piece and give what can go out now."""
        buffer = self._before + self._held + piece
        return self._emit(buffer, possible_prefix_start(buffer, len(self._before)))

    def flush(self) -> str:
        """Give what was held back; call it once, at the end."""
        return self.feed_last("")

    def feed_last(self, piece: str) -> str:
        """Take the last piece and give all that is left."""
        buffer = self._before + self._held + piece
        return self._emit(buffer, len(buffer))

    def _emit(self, buffer: str, end: int) -> str:
        """Give out `buffer[len(self._before):end]`, tokens opened, and keep the rest."""
        at = len(self._before)
        matches = [m for m in LOOSE_PATTERN.finditer(buffer, at) if m.end() <= end]
        tokens = [normalise(match[0]) for match in matches]
        valid = {token for token in tokens if is_valid(token)}
        words = self._restorer.look_up(valid) if valid else Words()
        fresh: set[str] = set()
        out = []
        for match, token in zip(matches, tokens, strict=True):
            out.append(self._pass(buffer[at : match.start()]))
            if token not in valid:
                self.invalid += 1
                out.append(self._pass(match[0]))
            else:
                out.append(self._pass(self._open(match[0], token, words, fresh)))
            at = match.end()
        out.append(self._pass(buffer[at:end]))
        if fresh:
            self._restorer.record(fresh)
            self.opened |= fresh
        self._before, self._held = buffer[:end][-1:], buffer[end:]
        return "".join(out)

    def _open(self, written: str, token: str, words: Words, fresh: set[str]) -> str:
        inside = self._reader is not None and self._reader.inside and not _is_literal(token)
        if not inside and token in words.typed:
            self.restored += 1
            return words.typed[token]
        if not inside and token in words.kept:
            self.restored += 1
            fresh.add(base(token))
            return words.kept[token]
        self.withheld += 1
        return ERASED if token in words.erased and not inside else written

    def _pass(self, text: str) -> str:
        if self._reader is not None:
            self._reader.read(text)
        return text


def _is_literal(token: str) -> bool:
    return label(token) == LITERAL


_SPACE = frozenset(" \t\n\r\f\v")  # a linkifier ends an address at ASCII white space only
_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_LINE_LEAD = frozenset(" \t>*+-.)0123456789")  # quote marks, bullets and numbers before a line
_DULL = re.compile(r"[^\s\\\[\]()<>=\"'`:/.?#^]+")
_ADDRESS_BEGINS = {
    "/": re.compile(r":/\Z|[^\W_]\.[^\W\d_]{2,}(?::\d{1,5})?\Z"),  # https:/[/]  or  host.tld[/]
    "?": re.compile(r"[^\W_]\.[^\W\d_]{2,}(?::\d{1,5})?\Z"),
    "#": re.compile(r"[^\W_]\.[^\W\d_]{2,}(?::\d{1,5})?\Z"),
    ".": re.compile(r"(?:\A|[^a-z0-9])www\Z", re.IGNORECASE),
    ":": re.compile(r"(?:mailto|xmpp|javascript)\Z", re.IGNORECASE),
}
_OPENING_TAG = re.compile(
    r"<[A-Za-z][A-Za-z0-9-]*(?:\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'))?)*\s*/?>",
    re.ASCII,
)
_LONGEST_MARKUP = 1000  # a longer tag is never taken for a well-formed one
_TAIL = 80  # enough for the longest of them: a top-level domain has at most 63 characters


class _LinkReader:
    """Knows, after every character read, whether a token here would stand inside a link.

    Four readers run side by side, each for one construct, and each rather stays inside too long:
    a bare address (to the next white space), a Markdown link or image target (to its closing
    parenthesis), a Markdown reference definition (`[1]: target`), and an HTML tag (to its `>`).
    An unclosed target or tag ends with the paragraph; an open attribute quote never does.
    """

    def __init__(self) -> None:
        self._run = ""  # the last characters since white space, backslashes left out
        self._address = False
        self._target = ""  # "" outside, "(" inside, or the character that ends a part of it
        self._depth = 0
        self._definition = "lead"  # lead, label, first, after, wait, angle, there, off
        self._tag = ""  # "" outside, "<" maybe, "in", "=" before a value, or its quote
        self._markup = ""  # the tag so far
        self._last = ""
        self._escaped = False
        self._blank = False  # only white space since the last line break

    @property
    def inside(self) -> bool:
        """Whether what comes next belongs to a link, a target or a tag."""
        return (
            self._address
            or self._target != ""
            or self._definition in ("wait", "angle", "there")
            or self._tag not in ("", "<")
        )

    def read(self, text: str) -> None:
        """Go on by this text; how it is cut into calls makes no difference."""
        at = 0
        while at < len(text):
            dull = None if self._busy else _DULL.match(text, at)
            if dull is not None:
                self._read_dull(dull[0])
                at = dull.end()
            else:
                self._read_character(text[at])
                at += 1

    @property
    def _busy(self) -> bool:
        """Whether even a letter may change something."""
        return self.inside or self._tag != "" or self._definition != "off" or self._escaped

    def _read_dull(self, text: str) -> None:
        self._run = (self._run + text)[-_TAIL:]
        self._last = text[-1]
        self._blank = False

    def _read_character(self, c: str) -> None:
        paragraph_ends = c == "\n" and self._blank
        self._read_address(c)
        self._read_target(c, paragraph_ends=paragraph_ends)
        self._read_definition(c, paragraph_ends=paragraph_ends)
        self._read_tag(c, paragraph_ends=paragraph_ends)
        self._blank = c == "\n" or (self._blank and c in _SPACE)
        self._escaped = c == "\\" and not self._escaped
        if c != "\\":
            self._last = c

    def _read_address(self, c: str) -> None:
        if c in _SPACE or c == "<":
            self._address, self._run = False, ""
        elif c != "\\":
            begins = _ADDRESS_BEGINS.get(c)
            if begins is not None and begins.search(self._run):
                self._address = True
            self._run = (self._run + c)[-_TAIL:]

    def _read_target(self, c: str, *, paragraph_ends: bool) -> None:
        if self._target == "":
            if c == "(" and self._last == "]":
                self._target, self._depth = "(", 0
        elif paragraph_ends:
            self._target = ""
        elif not self._escaped:
            self._read_within_target(c)

    def _read_within_target(self, c: str) -> None:
        if self._target != "(":  # in <angle brackets> or a "title"
            if c == self._target or (c == "\n" and self._target == ">"):
                self._target = "("
        elif c == "<":
            self._target = ">"
        elif c in "\"'" and self._last in _SPACE:
            self._target = c
        elif c == "(":
            self._depth += 1
        elif c == ")":
            self._depth -= 1
            self._target = "(" if self._depth >= 0 else ""

    def _read_definition(self, c: str, *, paragraph_ends: bool) -> None:
        if c == "\n" and (paragraph_ends or self._definition in ("off", "after", "there", "angle")):
            self._definition = "lead"
            return
        match self._definition:
            case "lead" if c not in _LINE_LEAD and c not in _SPACE:
                self._definition = "first" if c == "[" else "off"
            case "first" | "label" if c == "]" and not self._escaped:
                self._definition = "after"
            case "first":
                self._definition = "off" if c == "^" else "label"  # [^1]: is a footnote's text
            case "after":
                self._definition = "wait" if c == ":" else "off"
            case "wait" if c not in _SPACE:
                self._definition = "angle" if c == "<" else "there"
            case "there" if c in _SPACE:
                self._definition = "off"
            case "angle" if c == ">" and not self._escaped:
                self._definition = "off"

    def _read_tag(self, c: str, *, paragraph_ends: bool) -> None:
        self._keep_markup(c)
        if self._tag in ('"', "'"):
            self._tag = "in" if c == self._tag else self._tag
        elif self._tag in ("", "<"):
            opens = self._tag == "<" and (c in _LETTERS or c in "/!?")
            self._tag = "in" if opens else "<" if c == "<" else ""
        elif c == ">" or paragraph_ends:
            if _OPENING_TAG.fullmatch(self._markup):
                self._address = False  # the one in its attribute ends with it
            self._tag = ""
        elif self._tag == "=" and c in "\"'":
            self._tag = c
        elif c == "=":
            self._tag = "="
        elif c not in _SPACE:
            self._tag = "in"

    def _keep_markup(self, c: str) -> None:
        if self._tag in ("", "<") and c == "<":
            self._markup = "\\<" if self._escaped else "<"
        elif self._tag != "" and len(self._markup) <= _LONGEST_MARKUP:
            self._markup += c
