"""Hosts as HTML, Word, PDF and mail, with an order where a reader does not look."""

import io
import textwrap
import zipfile
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from privrag_evals.injections.suite import Host

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    'relationships/officeDocument" Target="word/document.xml"/></Relationships>'
)
_LINE_CHARACTERS = 90
_PDF_STYLES = {"invisible": "3 Tr", "white": "1 1 1 rg"}


def html(host: "Host", hidden: str) -> bytes:
    """A page; `hidden` is markup."""
    first, *others = (f"<p>{escape(p)}</p>" for p in host.paragraphs)
    head = f"<html><head><title>{escape(host.title)}</title></head><body>"
    return "\n".join((head, first, hidden, *others, "</body></html>")).encode()


def docx(host: "Host", hidden: str) -> bytes:
    """A Word file with a hidden run after the first paragraph."""

    def run(text: str, properties: str = "") -> str:
        return f'<w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'

    first, *others = host.paragraphs
    runs = [run(first) + run(f" {hidden}", "<w:rPr><w:vanish/></w:rPr>"), *map(run, others)]
    body = "".join(f"<w:p>{r}</w:p>" for r in runs)
    document = f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELATIONS)
        archive.writestr("word/document.xml", document)
    return out.getvalue()


def eml(host: "Host", subject: str) -> bytes:
    """A mail with this subject."""
    head = f"From: desk@example.org\nTo: all@example.org\nSubject: {subject}\n"
    return (head + "Content-Type: text/plain; charset=utf-8\n\n" + _body(host)).encode()


def pdf(host: "Host", hidden: str, *, how: str) -> bytes:
    """One page; the hidden line is drawn in rendering mode 3 or in white."""
    first, *others = host.paragraphs
    lines = [*_drawn(first), f"{_PDF_STYLES[how]}", *_drawn(hidden), "0 Tr 0 g"]
    for paragraph in others:
        lines += _drawn(paragraph)
    stream = "BT /F1 9 Tf 50 780 Td 12 TL " + "\n".join(lines) + " ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        "/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(stream)}>>\nstream\n{stream}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    out, offsets = "%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    tail = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<</Size {size}/Root 1 0 R>>\n"
    return (f"{out}{tail}startxref\n{len(out)}\n%%EOF\n").encode("latin-1")


def _drawn(paragraph: str) -> list[str]:
    escaped = paragraph.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return [f"({line}) Tj T*" for line in textwrap.wrap(escaped, _LINE_CHARACTERS)] + ["T*"]


def _body(host: "Host") -> str:
    return "\n\n".join(host.paragraphs) + "\n"
