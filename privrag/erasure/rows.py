"""Take a person out of safe texts: its tokens become the bare words for their type.

The vectors stay: they were made from these very words. Only where a name had been missed, and so
stood in the text that was embedded, the chunk is embedded anew. A missed name may be written as a
user name or encoded (percent escapes, base64, ...): then the whole encoded run goes.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from privrag.embed import Embedder, embedding_text
from privrag.erasure.halves import LoneParts
from privrag.index.protocol import EmbeddedChunk
from privrag.intake import Stores
from privrag.leak import KnownValues
from privrag.leak.values import Match
from privrag.leak.views import View, views_of_text
from privrag.manifest import Entry
from privrag.pseudonym import PATTERN, TYPE_WORDS, base, is_valid, label, placeholders
from privrag.pseudonymize import find_known
from privrag.records import Chunk, SafeSentence, SafeText

_AT_ONCE = 256

Cut = tuple[int, int, str]
"""Start, end, and what is written there."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A text without the person."""

    text: str = field(repr=False)
    cuts: tuple[Cut, ...]
    raw: bool
    """Whether the name itself stood there, not only its tokens."""

    def offset(self, at: int) -> int:
        """Where an offset of the old text lies now."""
        shift = 0
        for start, end, words in self.cuts:
            if at <= start:
                break
            if at < end:
                return start + shift
            shift += len(words) - (end - start)
        return at + shift


class Striker:
    """Takes one person out of texts."""

    def __init__(
        self,
        stores: Stores,
        pseudonyms: Collection[str],
        known: KnownValues,
        *,
        doubtful: KnownValues,
        alone: LoneParts,
        initials: bool,
    ) -> None:
        """`known` are the person's raw values; none once the vault has destroyed them.

        `doubtful` may as well be somebody else's: they are told, not struck. `alone` finds single
        words of the name. `initials`: whether an initial with the surname means this person, and
        nobody else.
        """
        self._stores = stores
        self._pseudonyms = frozenset(pseudonyms)
        self._known = known
        self._doubtful = doubtful
        self._alone = alone
        self._initials = initials

    def matches(self, view: View) -> Iterator[tuple[Match, bool]]:
        """The person's values in a view, and whether each is to be struck."""
        for match in self._known.search(view.text):
            other = match.ordinary or (match.initial and not self._initials)
            yield match, not other
        yield from ((match, False) for match in self._doubtful.search(view.text))
        yield from self._alone.search(view.text)

    def strike(self, texts: Sequence[str]) -> list[Struck]:
        """The texts without tokens of the person, and without its suppressed forms."""
        missed = find_known(texts, self._stores.vault, only_forgotten=True)
        return [
            self._struck(text, [(e.start, e.end, TYPE_WORDS[e.label]) for e in some])
            for text, some in zip(texts, missed, strict=True)
        ]

    def _struck(self, text: str, missed: list[Cut]) -> Struck:
        missed += [
            (*extent(match.start, match.end), TYPE_WORDS[match.label])
            for view, extent in views_of_text(text)
            for match, to_strike in self.matches(view)
            if to_strike
        ]
        tokens = [
            (m.start(), m.end(), TYPE_WORDS[label(m[0])])
            for m in PATTERN.finditer(text)
            if is_valid(m[0]) and base(m[0]) in self._pseudonyms
        ]
        cuts: list[Cut] = []
        for start, end, words in sorted([*tokens, *missed], key=_order):
            if cuts and start < cuts[-1][1]:
                cuts[-1] = (cuts[-1][0], max(end, cuts[-1][1]), cuts[-1][2])
            else:
                cuts.append((start, end, words))
        parts, at = [], 0
        for start, end, words in cuts:
            parts += [text[at:start], words]
            at = end
        return Struck("".join([*parts, text[at:]]), tuple(cuts), raw=bool(missed))


def _order(cut: Cut) -> tuple[int, bool, int, str]:
    """From left to right; of two at one place first what says more than that it is a secret."""
    return cut[0], cut[2] == TYPE_WORDS["SECRET"], cut[1], cut[2]


StruckChunk = tuple[EmbeddedChunk, Struck, Struck]
"""A chunk, its text and its context without the person."""


async def rewrite_chunks(stores: Stores, striker: Striker, embedder: Embedder) -> int:
    """Write every chunk that the person stands in anew; gives their number."""
    changed = 0
    async for batch in struck_chunks(stores, striker):
        fresh = [await _rewritten(*each, embedder) for each in batch]
        if fresh:
            await stores.index.upsert(fresh)
        changed += len(fresh)
    return changed


async def struck_chunks(stores: Stores, striker: Striker) -> AsyncIterator[list[StruckChunk]]:
    """Those chunks that the person stands in."""
    async for batch in batches(stores):
        texts = [text for item in batch for text in (item.chunk.text, item.chunk.context)]
        struck = iter(await asyncio.to_thread(striker.strike, texts))
        pairs = [(item, next(struck), next(struck)) for item in batch]
        yield [each for each in pairs if each[1].cuts or each[2].cuts]


async def batches(stores: Stores) -> AsyncIterator[list[EmbeddedChunk]]:
    """All chunks of the tenant, some at a time."""
    batch: list[EmbeddedChunk] = []
    async for item in stores.index.scroll(tenant=stores.settings.tenant):
        batch.append(item)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    yield batch


async def _rewritten(
    item: EmbeddedChunk, text: Struck, context: Struck, embedder: Embedder
) -> EmbeddedChunk:
    chunk = without(item.chunk, text, context)
    if not (text.raw or context.raw):
        return EmbeddedChunk(chunk, item.vector)
    vectors = await asyncio.to_thread(embedder.embed, [embedding_text(chunk)])
    return EmbeddedChunk(chunk, vectors[0])


def without(chunk: Chunk, text: Struck, context: Struck) -> Chunk:
    """The chunk with its struck texts; its sentences keep their places in the document."""
    return replace(
        chunk,
        text=SafeText(text.text),
        context=SafeText(context.text),
        placeholders=placeholders(text.text) | placeholders(context.text),
        sentences=tuple(
            SafeSentence(text.offset(s.safe_start), text.offset(s.safe_end), s.start, s.end)
            for s in chunk.sentences
        ),
    )


def rewrite_titles(stores: Stores, striker: Striker) -> int:
    """The same with titles of documents."""
    fresh = [replace(entry, title=title.text) for entry, title in struck_titles(stores, striker)]
    if fresh:
        stores.manifest.swap(fresh)
    return len(fresh)


def struck_titles(stores: Stores, striker: Striker) -> list[tuple[Entry, Struck]]:
    """Those titles that the person stands in."""
    entries = stores.manifest.entries()
    struck = striker.strike([entry.title for entry in entries])
    return [pair for pair in zip(entries, struck, strict=True) if pair[1].cuts]
