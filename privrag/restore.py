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

What counts as a link is decided on the text as it goes out, restored names included, by readers
(`outbound`) that err towards withholding: addresses, paths, attributes, scripts, commands and the
arguments of tools.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from privrag.outbound import LONGEST_WAIT, Outbound, following
from privrag.pseudonym import (
    LITERAL,
    LOOSE_PATTERN,
    MAX_TOKEN_LENGTH,
    base,
    is_valid,
    label,
    normalise,
    possible_prefix_start,
)
from privrag.records import Reveal, SafeText, labels_of

ERASED = "[erased]"
"""Stands in the text for somebody whose words were destroyed on request."""

MAX_HELD = MAX_TOKEN_LENGTH + LONGEST_WAIT
"""Characters of a stream that wait at most."""

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


def _record_nothing(entities: Collection[str]) -> None:
    """Take note of nobody: where the caller does, or where there is nobody to note."""
    del entities


@dataclass(frozen=True, slots=True)
class Restored:
    """A text as one viewer may see it, and what of it was opened or not."""

    text: str = field(repr=False)
    restored: int
    withheld: int
    """How many of `closed`."""
    invalid: int
    """Tokens with a wrong check character: the model garbled or invented them."""
    opened: frozenset[str]
    """Entities whose words came out of the vault; they have been recorded."""
    closed: frozenset[str] = field(default=frozenset(), compare=False)
    """Entities that stayed closed somewhere: out of scope, inside a link, erased, not for this
    viewer."""


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
    confirms: frozenset[str] = frozenset()
    """Entities that the asker named, may not see, and of whom the documents found speak."""
    record_asked: Record = field(default=_record_nothing, kw_only=True, repr=False)
    """Called with those of `confirms` whose typed words are put back, before they are."""
    erased: Erased = field(default=none_erased, kw_only=True, repr=False)
    """Asked for tokens in scope of which the vault knows no words."""

    def restore(self, text: SafeText) -> Restored:
        """Restore a text that a model wrote."""
        return _whole(self.stream(), text)

    def restore_quotes(self, texts: Sequence[SafeText]) -> list[Restored]:
        """Restore passages of source documents, inside their links too; all are recorded at once.

        This only gives back what stood there: no model put a name into those addresses.
        """
        unrecorded = replace(self, record=_record_nothing)
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


def _whole(stream: "StreamRestorer", text: SafeText) -> Restored:
    return Restored(
        stream.feed_last(text),
        stream.restored,
        stream.withheld,
        stream.invalid,
        frozenset(stream.opened),
        frozenset(stream.closed),
    )


class StreamRestorer:
    """Restores text that arrives in pieces; however it is cut, the output is that of `restore`.

    Holds back only an end that may still become a token, and a token until it is known what is
    joined to it (`P.evil.example`): at most `MAX_HELD` characters, most often none.
    """

    def __init__(self, restorer: Restorer, *, links: bool = False) -> None:
        """Use `Restorer.stream`. With `links`, tokens inside links are opened as well."""
        self.restored = 0
        self.invalid = 0
        self.opened: set[str] = set()
        """Entities whose words came out of the vault so far."""
        self.closed: set[str] = set()
        """Entities that stayed closed somewhere so far."""
        self._asked: set[str] = set()
        self._restorer = restorer
        self._reader = None if links else Outbound()
        self._before = ""  # the last character already read: a token must not touch it
        self._held = ""

    def feed(self, piece: SafeText) -> str:
        """Take the next piece and give what can go out now."""
        buffer = self._before + self._held + piece
        return self._emit(buffer, self._known_up_to(buffer))

    @property
    def withheld(self) -> int:
        """Entities that stayed closed somewhere so far."""
        return len(self.closed)

    def flush(self) -> str:
        """Give what was held back; call it once, at the end."""
        return self.feed_last("")

    def feed_last(self, piece: str) -> str:
        """Take the last piece and give all that is left."""
        buffer = self._before + self._held + piece
        return self._emit(buffer, len(buffer))

    def _known_up_to(self, buffer: str) -> int:
        """Where the part of the buffer ends of which all is known."""
        at = len(self._before)
        end = possible_prefix_start(buffer, at)
        if self._reader is None:
            return end
        for match in LOOSE_PATTERN.finditer(buffer, at):
            if match.end() > end:
                break
            joined = following(buffer, match.end())
            if match.end() + len(joined) == len(buffer) and len(joined) < LONGEST_WAIT:
                return match.start()
        return end

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
                opened = self._open(match[0], token, words, fresh, following(buffer, match.end()))
                out.append(self._pass(opened, restored=opened != match[0]))
            at = match.end()
        out.append(self._pass(buffer[at:end]))
        if fresh:
            self._restorer.record(fresh)
            self.opened |= fresh
        if self._asked:
            self._restorer.record_asked(self._asked)
            self._asked = set()
        self._before, self._held = buffer[:end][-1:], buffer[end:]
        return "".join(out)

    def _open(self, written: str, token: str, words: Words, fresh: set[str], after: str) -> str:
        inside = self._reader is not None and not _is_literal(token) and self._reader.takes(after)
        if not inside and token in words.typed:
            self.restored += 1
            self._asked |= self._restorer.confirms & {base(token)}
            return words.typed[token]
        if not inside and token in words.kept:
            self.restored += 1
            fresh.add(base(token))
            return words.kept[token]
        self.closed.add(base(token))
        return ERASED if token in words.erased and not inside else written

    def _pass(self, text: str, *, restored: bool = False) -> str:
        if self._reader is not None:
            self._reader.read(text, restored=restored)
        return text


def _is_literal(token: str) -> bool:
    return label(token) == LITERAL
