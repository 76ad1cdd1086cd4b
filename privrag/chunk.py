"""Cut a safe document into chunks: whole sentences, token-aware, offsets kept.

A chunk never crosses a page, never mixes a table with prose, and starts anew at a heading once
it has some substance. What a chunk needs to be understood but does not contain, the headings
above it and a table's header row, travels in `context`: embedded and shown to the model, never
quoted.
"""

import itertools
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, Field, model_validator

from privrag.pseudonym import placeholders
from privrag.records import (
    BLOCK_SEPARATOR,
    BlockKind,
    Chunk,
    SafeBlock,
    SafeDocument,
    SafeSentence,
    SafeText,
    Source,
)

CountTokens = Callable[[Sequence[str]], Sequence[int]]
"""Tokens of each text as the embedder counts them, without special tokens."""

_NAMESPACE = uuid.UUID("5b1b7c55-43a7-5d0c-9f0a-6b6f3f1c2a11")
_MAX_CONTEXT_CHARACTERS = 240
_HEADINGS_ABOVE = 2


class ChunkSettings(BaseModel):
    """How long a chunk is."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    size: int = Field(default=160, ge=16, le=2048)
    """Tokens of the embedder in one chunk at most (16-2048). 160 leaves room for the context
    below the 256 tokens that the default embedder reads."""
    overlap: int = Field(default=0, ge=0, le=512)
    """Tokens at most that a chunk repeats from the one before it, in whole sentences; at most
    half of `size`. Tables do not overlap. 24 found the right page among the first five for 414 of
    438 questions of the example corpus (seeds 2 and 5), 0 for 409, with a tenth less to embed."""

    @model_validator(mode="after")
    def _overlap_below_half(self) -> "ChunkSettings":
        if self.overlap * 2 > self.size:
            msg = f"chunk.overlap ({self.overlap}) must be at most half of chunk.size ({self.size})"
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class _Piece:
    """One sentence on its way into a chunk."""

    text: str
    joint: str
    """What stands between the piece before and this one, if they share a chunk."""
    start: int
    end: int
    tokens: int
    page: int | None
    kind: BlockKind


def chunk_document(
    document: SafeDocument, source: Source, *, settings: ChunkSettings, count_tokens: CountTokens
) -> list[Chunk]:
    """Chunks in reading order; an empty document gives none."""
    chunks: list[Chunk] = []
    headings: list[str] = []
    for block_group in _groups(document.blocks):
        first = block_group[0]
        if first.kind == "table":
            chunks += _table_chunks(first, source, headings, settings, count_tokens)
            continue
        pieces = _pieces(block_group, settings.size, count_tokens)
        for run in _pack(pieces, settings):
            chunks.append(_chunk(run, source, _context(headings, run)))
            headings += [p.text for p in run if p.kind == "heading" and p.text not in headings]
            del headings[:-_HEADINGS_ABOVE]
    return list({chunk.id: chunk for chunk in chunks}.values())


def _groups(blocks: Sequence[SafeBlock]) -> Iterator[list[SafeBlock]]:
    """Runs of blocks that may share chunks: one page, no table; each table by itself."""
    counter = itertools.count()
    key_of = lambda b: (b.page, next(counter) if b.kind == "table" else -1)  # noqa: E731
    for _, run in itertools.groupby(blocks, key_of):
        yield list(run)


def _pieces(blocks: Sequence[SafeBlock], size: int, count_tokens: CountTokens) -> list[_Piece]:
    """Every sentence of the blocks, those longer than a chunk cut at white space."""
    raw: list[tuple[str, str, SafeSentence, SafeBlock]] = []
    for block in blocks:
        previous_end = 0
        for number, sentence in enumerate(block.sentences):
            text = block.text[sentence.safe_start : sentence.safe_end]
            joint = block.text[previous_end : sentence.safe_start] if number else BLOCK_SEPARATOR
            raw.append((text, joint, sentence, block))
            previous_end = sentence.safe_end
    counts = count_tokens([text for text, *_ in raw])
    pieces: list[_Piece] = []
    for (text, joint, sentence, block), tokens in zip(raw, counts, strict=True):
        piece = _Piece(text, joint, sentence.start, sentence.end, tokens, block.page, block.kind)
        pieces += [piece] if tokens <= size else _cut(piece, size, count_tokens)
    return pieces


def _cut(piece: _Piece, size: int, count_tokens: CountTokens) -> list[_Piece]:
    """Cut an overlong sentence at white space into parts of at most about `size` tokens.

    Parts share the sentence's offsets: inside it the safe and the parsed text cannot be aligned.
    """
    words = piece.text.split(" ")
    counts = count_tokens(words)
    parts: list[list[str]] = [[]]
    total = 0
    for word, tokens in zip(words, counts, strict=True):
        if parts[-1] and total + tokens > size:
            parts.append([])
            total = 0
        parts[-1].append(word)
        total += tokens
    return [
        replace(
            piece,
            text=" ".join(part),
            tokens=min(size, sum(count_tokens(part))),
            joint=piece.joint if number == 0 else " ",
        )
        for number, part in enumerate(parts)
    ]


def _pack(pieces: Sequence[_Piece], settings: ChunkSettings) -> Iterator[list[_Piece]]:
    """Fill chunks greedily; a heading opens a new one once a third of the space is used."""
    current: list[_Piece] = []
    fresh = 0  # pieces in `current` that no earlier chunk holds
    for piece in pieces:
        total = sum(p.tokens for p in current)
        heading_break = piece.kind == "heading" and total * 3 >= settings.size
        if current and (heading_break or total + piece.tokens > settings.size):
            yield current
            current = [] if heading_break else _tail(current, settings, piece.tokens)
            fresh = 0
        current.append(piece)
        fresh += 1
    if fresh:
        yield current


def _tail(pieces: Sequence[_Piece], settings: ChunkSettings, coming: int) -> list[_Piece]:
    """The last whole sentences worth repeating in the next chunk."""
    tail: list[_Piece] = []
    room = min(settings.overlap, settings.size - coming)
    for piece in reversed(pieces[1:]):
        if piece.tokens > room:
            break
        tail.insert(0, piece)
        room -= piece.tokens
    return tail


def _table_chunks(
    block: SafeBlock,
    source: Source,
    headings: Sequence[str],
    settings: ChunkSettings,
    count_tokens: CountTokens,
) -> Iterator[Chunk]:
    rows = _pieces([block], settings.size, count_tokens)
    header = _shortened(rows[0].text) if rows and not placeholders(rows[0].text) else ""
    for number, run in enumerate(_pack(rows, settings.model_copy(update={"overlap": 0}))):
        above = _context(headings, run)
        yield _chunk(
            run, source, above if number == 0 else "\n".join(filter(None, (above, header)))
        )


def _context(headings: Sequence[str], run: Sequence[_Piece]) -> str:
    """The headings above that the chunk does not itself begin with."""
    own = {piece.text for piece in run}
    lines = [_shortened(h) for h in headings if h not in own]
    while len("\n".join(lines)) > _MAX_CONTEXT_CHARACTERS:
        del lines[0]  # the outermost heading tells least
    return "\n".join(lines)


def _shortened(text: str) -> str:
    """The beginning of a long line, cut at white space: never inside a pseudonym."""
    if len(text) <= _MAX_CONTEXT_CHARACTERS:
        return text
    head = text[: _MAX_CONTEXT_CHARACTERS + 1]
    return head[: max(head.rfind(" "), head.rfind("\t"), 0)].rstrip()


def _chunk(run: Sequence[_Piece], source: Source, context: str) -> Chunk:
    parts: list[str] = []
    sentences: list[SafeSentence] = []
    position = 0
    for number, piece in enumerate(run):
        joint = piece.joint if number else ""
        position += len(joint)
        end = position + len(piece.text)
        sentences.append(SafeSentence(position, end, piece.start, piece.end))
        parts += [joint, piece.text]
        position = end
    text = "".join(parts)
    start, end = run[0].start, run[-1].end
    return Chunk(
        id=str(uuid.uuid5(_NAMESPACE, f"{source.version}|{start}|{end}|{text}")),
        source=source,
        text=SafeText(text),
        context=SafeText(context),
        start=start,
        end=end,
        page=run[0].page,
        kind=run[-1].kind if run[0].kind == "heading" else run[0].kind,
        sentences=tuple(sentences),
        placeholders=placeholders(f"{context}\n{text}"),
    )
