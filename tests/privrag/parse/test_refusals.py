"""Every file that cannot be read is refused with one sentence: name, reason, way out."""

import os
import socket
from pathlib import Path

import pytest

from privrag.errors import (
    DamagedDocumentError,
    EmptyDocumentError,
    EncryptedDocumentError,
    ParseError,
    ParseLimitError,
    UnsupportedFormatError,
)
from privrag.parse import ParseSettings, ParseWorker
from tests.privrag.parse.conftest import Parse
from tests.privrag.parse.samples import (
    RTF,
    every_format,
    make_docx,
    make_epub,
    make_odt,
    make_pdf,
    make_pptx,
    make_xlsx,
    make_zip,
    texts,
    write_lines,
)

PDF = make_pdf(write_lines("Hello Mira Tolland."))
DOCX = make_docx()
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def make_ole(stream: str) -> bytes:
    """An OLE container (512-byte sectors) with one empty stream of that name."""
    end, free = b"\xfe\xff\xff\xff", b"\xff\xff\xff\xff"
    header = OLE + bytes(16) + b"\x3e\0\x03\0\xfe\xff\x09\0\x06\0" + bytes(6)
    header += bytes(4) + b"\x01\0\0\0" + b"\x01\0\0\0" + bytes(4) + b"\0\x10\0\0"
    header += end + bytes(4) + end + bytes(4) + bytes(4) + free * 108

    def entry(name: str, kind: int, child: bytes) -> bytes:
        raw = (name + "\0").encode("utf-16-le")
        return (
            raw.ljust(64, b"\0")
            + len(raw).to_bytes(2, "little")
            + bytes([kind, 1])
            + free * 2
            + child
            + bytes(36)
            + end
            + bytes(8)
        )

    directory = entry("Root Entry", 5, b"\x01\0\0\0") + entry(stream, 2, free)
    fat = b"\xfd\xff\xff\xff" + end
    return header + fat.ljust(512, b"\xff") + directory.ljust(512, b"\0")


def encrypted_pdf() -> bytes:
    import io

    import pypdf

    writer = pypdf.PdfWriter(io.BytesIO(PDF))
    writer.encrypt("secret", algorithm="AES-256")
    buffer = io.BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def encrypted_zip() -> bytes:
    """A Word file whose entries carry the flag of an encrypted one."""
    data = bytearray(DOCX)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = data.find(mark)
        while position >= 0:
            data[position + offset] |= 1
            position = data.find(mark, position + 4)
    return bytes(data)


ENCRYPTED_MANIFEST = (
    '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    "<m:file-entry><m:encryption-data/></m:file-entry></m:manifest>"
)
DRM = (
    '<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><EncryptedData '
    'xmlns="http://www.w3.org/2001/04/xmlenc#"><EncryptionMethod Algorithm="aes256-cbc"/>'
    "</EncryptedData></encryption>"
)
BOMB = make_zip({"[Content_Types].xml": "", "word/document.xml": bytes(80 * 2**20)})
MANY_PARTS = make_zip({f"word/{n}": "" for n in range(20_001)} | {"[Content_Types].xml": ""})

REFUSED: list[tuple[str, bytes, type[ParseError], str]] = [
    ("a.txt", b"", EmptyDocumentError, "it is empty"),
    ("a.txt", b" \r\n\t\f ", EmptyDocumentError, "it is empty"),
    ("a.txt", "\u200b\u00a0\n".encode(), EmptyDocumentError, "it holds no text"),
    ("a.docx", b"", EmptyDocumentError, "it is empty"),
    ("a.xlsx", make_xlsx(), EmptyDocumentError, "it holds no text"),
    ("a.pdf", make_pdf(lambda c: None), EmptyDocumentError, "seems to be scanned"),
    ("a.pdf", encrypted_pdf(), EncryptedDocumentError, "it needs a password"),
    ("a.docx", encrypted_zip(), EncryptedDocumentError, "save it without a password"),
    ("a.docx", make_ole("EncryptedPackage"), EncryptedDocumentError, "without a password"),
    ("a.odt", make_odt("", ENCRYPTED_MANIFEST), EncryptedDocumentError, "without a password"),
    (
        "a.epub",
        make_epub("x", extra={"META-INF/encryption.xml": DRM}),
        EncryptedDocumentError,
        "digital rights management",
    ),
    ("a.doc", make_ole("WordDocument"), UnsupportedFormatError, "save it as .docx"),
    ("a.ppt", make_ole("PowerPoint Document"), UnsupportedFormatError, "save it as .pptx"),
    ("a.xyz", b"text", UnsupportedFormatError, ".xyz files are not supported"),
    ("README", b"text", UnsupportedFormatError, "without a name extension"),
    ("a.docx", PDF, DamagedDocumentError, "it looks like a PDF; rename it to .pdf"),
    ("a.txt", PDF, DamagedDocumentError, "it looks like a PDF; rename it to .pdf"),
    ("a.pdf", make_zip({"x": "y"}), DamagedDocumentError, "it looks like a ZIP archive"),
    ("a.pdf", b"just text", DamagedDocumentError, "its name says .pdf, but its content is not"),
    ("a.xlsx", DOCX, DamagedDocumentError, "it looks like a .docx file; rename it to .docx"),
    ("a.docx", make_ole("WordDocument"), DamagedDocumentError, "open it and save it as .docx"),
    ("a.doc", RTF, DamagedDocumentError, "rename it to .rtf"),
    ("a.doc", DOCX, DamagedDocumentError, "rename it to .docx"),
    ("a.csv", b"\x89PNG\r\n\x1a\n\0\0", DamagedDocumentError, "it looks like a PNG picture"),
    ("a.txt", bytes(range(1, 256)) * 9, DamagedDocumentError, "is not text in any encoding"),
    ("a.txt", b"abc\0def\0" * 99, DamagedDocumentError, "is not text in any encoding"),
    ("a.eml", b"Hello there,\n\nno headers.", DamagedDocumentError, "headers of a mail"),
    ("a.pdf", PDF[: len(PDF) // 2], DamagedDocumentError, "it is incomplete"),
    ("a.docx", DOCX[: len(DOCX) // 2], DamagedDocumentError, "it is damaged or incomplete"),
    ("a.pptx", make_pptx()[:-30], DamagedDocumentError, "it is damaged or incomplete"),
    ("a.rtf", RTF[:-9], DamagedDocumentError, "it is incomplete"),
    ("a.odt", make_odt("<t:p>"), DamagedDocumentError, "it is damaged or incomplete"),
    ("a.xls", make_ole("Lost"), DamagedDocumentError, "it is damaged or incomplete"),
    ("a.xls", make_ole("Workbook"), DamagedDocumentError, "it is damaged or incomplete"),
    ("a.msg", make_ole("__properties_version1.0"), EmptyDocumentError, "it holds no text"),
    ("a.docx", BOMB, ParseLimitError, "as a ZIP bomb does"),
    ("a.docx", MANY_PARTS, ParseLimitError, "it would unpack to 20,002 parts"),
    ("a.rtf", b"{\\rtf1 " + b"{" * 2000, ParseLimitError, "nested too deeply"),
    ("a.html", b"<div>" * 9000 + b"Deep.", ParseLimitError, "nested too deeply"),
]


@pytest.mark.parametrize(
    ("name", "data", "error", "reason"), REFUSED, ids=[f"{r[0]}-{r[3][:24]}" for r in REFUSED]
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(
    parse: Parse, name: str, data: bytes, error: type[ParseError], reason: str
) -> None:
    with pytest.raises(ParseError) as caught:
        parse(name, data)
    assert type(caught.value) is error
    message = str(caught.value)
    assert message.startswith(f"{name}: ")
    assert reason in message
    assert "\n" not in message
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("name", every_format())
def test_no_message_shows_what_a_damaged_file_holds(parse: Parse, name: str) -> None:
    sample = every_format()[name]
    damaged = sample[: len(sample) // 3] + b"\x00\x01Tolland\xff" * 40 + sample[len(sample) // 2 :]
    try:
        parse(name, damaged)
    except ParseError as error:
        assert "Tolland" not in str(error)


def test_what_is_not_a_regular_file_is_refused_without_waiting(
    worker: ParseWorker, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "loop.txt").symlink_to(tmp_path / "loop.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket.txt"))
        for path, reason in (
            (tmp_path / "pipe.txt", "it is not a regular file"),
            (tmp_path / "socket.txt", "it is not a regular file"),
            (Path("/dev/zero"), "it is not a regular file"),
            (tmp_path / "folder.txt", "it is a directory"),
            (tmp_path / "loop.txt", "it is a symbolic link that leads in a circle"),
            (tmp_path / "gone.txt", "it is no longer there"),
        ):
            with pytest.raises(ParseError, match=f"{path.name}: {reason}"):
                worker.parse(path)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("two\nlines\x1b[31m.txt", r"two\nlines\x1b[31m.txt"),
        (os.fsdecode(b"caf\xe9.txt"), r"caf\udce9.txt"),
        ("\u00fcber \u202e.txt", r"über \u202e.txt"),
    ],
)
def test_any_file_name_works_and_is_shown_on_one_line(
    worker: ParseWorker, tmp_path: Path, name: str, shown: str
) -> None:
    path = tmp_path / name
    path.write_text("Hello.")
    document = worker.parse(path)
    assert document.uri == path.as_uri()
    assert document.title == shown.removesuffix(".txt")
    path.write_text("")
    with pytest.raises(EmptyDocumentError) as caught:
        worker.parse(path)
    assert str(caught.value) == f"{shown}: it is empty"


def test_size_is_checked_before_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(100 * 2**20)  # sparse: reading it would fill memory
    with (
        ParseWorker(ParseSettings()) as worker,
        pytest.raises(ParseLimitError, match="it has 100 MB, more than 50"),
    ):
        worker.parse(path)


def test_text_is_refused_above_its_limit_not_cut(tmp_path: Path) -> None:
    line = tmp_path / "line.txt"
    line.write_bytes(b"word " * 200_000)
    many = tmp_path / "many.html"
    many.write_bytes(b"<p>words" * 20_000)
    with ParseWorker(ParseSettings(max_characters=100_000)) as worker:
        for path in (line, many):
            with pytest.raises(ParseLimitError, match="it holds more than 100,000 characters"):
                worker.parse(path)


def test_text_that_is_nested_deeply_is_all_there(parse: Parse) -> None:
    page = b"<p>Intro</p>" + b"<div>" * 1500 + b"Deep." + b"</div>" * 1500 + b"<p>End.</p>"
    assert [text for _, text in texts(parse("a.html", page))] == ["Intro", "Deep.", "End."]


def test_a_damaged_pdf_after_an_encrypted_one_is_not_called_encrypted(parse: Parse) -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption

    locked = make_pdf(write_lines("Secret."), encrypt=StandardEncryption("password", strength=128))
    with pytest.raises(EncryptedDocumentError):
        parse("a.pdf", locked)
    with pytest.raises(DamagedDocumentError):
        parse("b.pdf", b"%PDF-1.4\nstartxref\n%%EOF")
