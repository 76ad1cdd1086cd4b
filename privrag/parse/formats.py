"""Every format privrag reads: file name suffix, media type, what its bytes must be, its parser."""

from dataclasses import dataclass

from privrag.parse.delimited import parse_csv, parse_tsv
from privrag.parse.docx import parse_docx
from privrag.parse.eml import parse_eml
from privrag.parse.epub import parse_epub
from privrag.parse.hypertext import parse_html
from privrag.parse.markup import parse_org, parse_rst
from privrag.parse.md import parse_markdown
from privrag.parse.msg import parse_msg
from privrag.parse.odt import parse_odt
from privrag.parse.pdf import parse_pdf
from privrag.parse.piece import Parser
from privrag.parse.plain import parse_json, parse_source, parse_text, parse_xml
from privrag.parse.pptx import parse_pptx
from privrag.parse.rtf import parse_rtf
from privrag.parse.sheet import parse_xls, parse_xlsx

_OOXML = "application/vnd.openxmlformats-officedocument"


@dataclass(frozen=True, slots=True)
class Format:
    """How one kind of file is read."""

    media_type: str
    container: str
    """What `identify` must find in the bytes: `text`, or the binary format's name."""
    parser: Parser


_TEXT = Format("text/plain", "text", parse_text)
_MARKDOWN = Format("text/markdown", "text", parse_markdown)
_HTML = Format("text/html", "text", parse_html)
_YAML = Format("application/yaml", "text", parse_source)
_DOCX = Format(f"{_OOXML}.wordprocessingml.document", "docx", parse_docx)
_XLSX = Format(f"{_OOXML}.spreadsheetml.sheet", "xlsx", parse_xlsx)
_PPTX = Format(f"{_OOXML}.presentationml.presentation", "pptx", parse_pptx)

FORMATS: dict[str, Format] = {
    ".txt": _TEXT,
    ".text": _TEXT,
    ".log": _TEXT,
    ".md": _MARKDOWN,
    ".mdx": _MARKDOWN,
    ".markdown": _MARKDOWN,
    ".rst": Format("text/x-rst", "text", parse_rst),
    ".org": Format("text/org", "text", parse_org),
    ".html": _HTML,
    ".htm": _HTML,
    ".xhtml": _HTML,
    ".csv": Format("text/csv", "text", parse_csv),
    ".tsv": Format("text/tab-separated-values", "text", parse_tsv),
    ".json": Format("application/json", "text", parse_json),
    ".jsonl": Format("application/jsonl", "text", parse_json),
    ".yaml": _YAML,
    ".yml": _YAML,
    ".xml": Format("application/xml", "text", parse_xml),
    ".pdf": Format("application/pdf", "pdf", parse_pdf),
    ".docx": _DOCX,
    ".docm": _DOCX,
    ".xlsx": _XLSX,
    ".xlsm": _XLSX,
    ".pptx": _PPTX,
    ".pptm": _PPTX,
    ".xls": Format("application/vnd.ms-excel", "xls", parse_xls),
    ".odt": Format("application/vnd.oasis.opendocument.text", "odt", parse_odt),
    ".rtf": Format("application/rtf", "rtf", parse_rtf),
    ".epub": Format("application/epub+zip", "epub", parse_epub),
    ".eml": Format("message/rfc822", "text", parse_eml),
    ".msg": Format("application/vnd.ms-outlook", "msg", parse_msg),
}


def supported_suffixes() -> frozenset[str]:
    """File name suffixes that have a parser, in lower case with their dot."""
    return frozenset(FORMATS)
