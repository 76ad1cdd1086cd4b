"""Writers for text formats: plain text, Markdown, reStructuredText, HTML, CSV, JSON; and pandoc."""

import csv
import io
import json
import os
import textwrap
from html import escape
from pathlib import Path

import pypandoc

from firm.marks import bare
from firm.markup import Block
from firm.office import fix_archive

_WIDTH = 88


def _wrap(text: str, *, first: str = "", later: str = "") -> str:
    return textwrap.fill(
        bare(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_text(blocks: list[Block], *, underline: str = "=-") -> str:
    """Plain text with underlined headings; lists and tables drawn with characters."""
    parts: list[str] = []
    for block in blocks:
        match block.kind:
            case "heading":
                text = bare(block.text)
                parts.append(f"{text}\n{underline[block.level - 1] * len(text)}")
            case "item":
                parts.append(_wrap(block.text, first="- ", later="  "))
            case "table":
                rows = [[bare(cell) for cell in row] for row in block.rows]
                widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
                lines = (
                    "  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) for r in rows
                )
                parts.append("\n".join(line.rstrip() for line in lines))
            case "lines":
                parts.append("\n".join(bare(line) for line in block.lines))
            case _:
                parts.append(_wrap(block.text))
    return "\n\n".join(parts) + "\n"


def write_txt(path: Path, title: str, blocks: list[Block]) -> None:
    head = bare(title).upper()
    path.write_text(f"{head}\n{'=' * len(head)}\n\n{as_text(blocks)}", encoding="utf-8")


def write_rst(path: Path, title: str, blocks: list[Block]) -> None:
    head = bare(title)
    path.write_text(f"{head}\n{'*' * len(head)}\n\n{as_text(blocks)}", encoding="utf-8")


def write_md(path: Path, title: str, blocks: list[Block]) -> None:
    parts = [f"# {bare(title)}"]
    for block in blocks:
        match block.kind:
            case "heading":
                parts.append(f"#{'#' * block.level} {bare(block.text)}")
            case "item":
                parts.append(f"- {bare(block.text)}")
            case "table":
                lines = ["| " + " | ".join(bare(cell) for cell in row) + " |" for row in block.rows]
                lines.insert(1, "|" + " --- |" * len(block.rows[0]))
                parts.append("\n".join(lines))
            case "lines":
                parts.append("  \n".join(bare(line) for line in block.lines))
            case _:
                parts.append(bare(block.text))
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _html_block(block: Block) -> str:
    match block.kind:
        case "heading":
            return f"<h{block.level}>{escape(bare(block.text))}</h{block.level}>"
        case "item":
            return f"<ul><li>{escape(bare(block.text))}</li></ul>"
        case "table":
            rows = []
            for i, row in enumerate(block.rows):
                tag = "td" if i else "th"
                cells = "".join(f"<{tag}>{escape(bare(cell))}</{tag}>" for cell in row)
                rows.append(f"<tr>{cells}</tr>")
            head, body = rows[0], "\n".join(rows[1:])
            return f"<table>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody>\n</table>"
        case "lines":
            return f"<p>{'<br>'.join(escape(bare(line)) for line in block.lines)}</p>"
        case _:
            return f"<p>{escape(bare(block.text))}</p>"


def as_html(blocks: list[Block]) -> str:
    return "\n".join(_html_block(block) for block in blocks).replace("</ul>\n<ul>", "\n")


def write_html(path: Path, title: str, blocks: list[Block]) -> None:
    name = escape(bare(title))
    path.write_text(
        f'<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{name}</title>\n'
        "<style>body { font-family: sans-serif; max-width: 60em } td { padding: .2em }</style>"
        "</head>\n<body>\n<nav>Intranet home · Departments · Forms · Search</nav>\n"
        f"<main>\n<h1>{name}</h1>\n{as_html(blocks)}\n</main>\n"
        "<footer>Varnsund Ladetechnik GmbH, internal use only</footer>\n</body>\n</html>\n",
        encoding="utf-8",
    )


def write_csv(path: Path, _title: str, blocks: list[Block]) -> None:
    path.write_text(as_csv(blocks[0]), encoding="utf-8", newline="")


def as_csv(block: Block) -> str:
    """A table as the German Excel writes it: semicolons."""
    file = io.StringIO()
    rows = ([bare(cell) for cell in row] for row in block.rows)
    csv.writer(file, delimiter=";", lineterminator="\n").writerows(rows)
    return file.getvalue()


def write_json(path: Path, title: str, blocks: list[Block]) -> None:
    """`{"title", "notes", "records"}`; one record of the table per line."""
    notes = [bare(block.text) for block in blocks if block.kind == "paragraph"]
    table = next(block for block in blocks if block.kind == "table")
    header, *rows = table.rows
    records = ",\n    ".join(json_record(header, row) for row in rows)
    path.write_text(
        f'{{\n  "title": {json.dumps(bare(title), ensure_ascii=False)},\n'
        f'  "notes": {json.dumps(notes, ensure_ascii=False)},\n'
        f'  "records": [\n    {records}\n  ]\n}}\n',
        encoding="utf-8",
    )


def json_record(header: list[str], row: list[str]) -> str:
    pairs = {bare(name): bare(cell) for name, cell in zip(header, row, strict=True)}
    return json.dumps(pairs, ensure_ascii=False)


def write_with_pandoc(path: Path, title: str, blocks: list[Block]) -> None:
    """ODT, RTF and EPUB."""
    os.environ["SOURCE_DATE_EPOCH"] = "1768208400"  # 12 January 2026
    name = bare(title)
    options = ["--standalone", f"--metadata=title:{name}", "--metadata=lang:en"]
    options.append("--metadata=identifier:varnsund-" + path.stem)
    pypandoc.convert_text(
        as_html(blocks), path.suffix[1:], format="html", outputfile=str(path), extra_args=options
    )
    if path.suffix != ".rtf":
        fix_archive(path)
