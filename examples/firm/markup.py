"""The small markup in which the documents are written, and its blocks.

A line that starts with `#` or `##` is a heading, `- ` a list item, `| a | b |` a table row (the
first one is the header), `> ` a line that keeps its end (addresses, signatures), `=== Title` a
new slide or sheet. Everything else is prose: lines up to the next blank line are one paragraph.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

BlockKind = Literal["heading", "paragraph", "item", "table", "lines", "break"]

_SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=[A-Z0-9\ue000“(])")
_PREFIXES: tuple[tuple[str, BlockKind], ...] = (
    ("=== ", "break"),
    ("# ", "heading"),
    ("## ", "heading"),
    ("- ", "item"),
    ("| ", "table"),
    ("> ", "lines"),
)


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document: `lines` holds table rows (cells joined by a tab) or kept lines."""

    kind: BlockKind
    text: str = ""
    level: int = 0
    lines: tuple[str, ...] = ()

    @property
    def rows(self) -> list[list[str]]:
        return [line.split("\t") for line in self.lines]

    @property
    def passages(self) -> list[str]:
        """What may be cited from this block: sentences, kept lines or table rows."""
        return list(self.lines) if self.lines else _SENTENCE_END.split(self.text)


def parse(source: str) -> list[Block]:
    """Read the markup.

    >>> [block.kind for block in parse("# A\\n\\nOne.\\nTwo.\\n\\n| a | b |\\n| 1 | 2 |")]
    ['heading', 'paragraph', 'table']
    """
    blocks: list[Block] = []
    kind: BlockKind | None = None
    held: list[str] = []
    for line in [*(line.strip() for line in source.splitlines()), ""]:
        prefix, new = next((p for p in _PREFIXES if line.startswith(p[0])), ("", None))
        if line and new is None:
            new = "paragraph"
        if held and (new != kind or new in ("break", "heading", "item")):
            blocks.append(_block(kind, held))
            held = []
        kind = new
        if line:
            held.append(line if new == "heading" else line.removeprefix(prefix))
    return blocks


def _block(kind: BlockKind | None, lines: Sequence[str]) -> Block:
    if kind is None:
        raise ValueError("a block without a kind")
    if kind == "heading":
        level = len(lines[0]) - len(lines[0].lstrip("#"))
        return Block(kind, lines[0][level:].strip(), level)
    if kind == "table":
        cells = (line.strip("|").split("|") for line in lines)
        return Block(kind, lines=tuple("\t".join(c.strip() for c in row) for row in cells))
    if kind == "lines":
        return Block(kind, lines=tuple(lines))
    return Block(kind, " ".join(lines))


def table(header: str, rows: Iterable[Sequence[object]]) -> str:
    """Write a table in the markup; the header's cells are separated by `|`."""
    body = ("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)
    return "\n".join(["", f"| {header} |", *body, ""])
