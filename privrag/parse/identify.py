"""What a file really is, by its first bytes, whatever its name says."""

import zipfile

from privrag.errors import (
    DamagedDocumentError,
    EncryptedDocumentError,
    ParseError,
    UnsupportedFormatError,
)
from privrag.parse.archive import open_archive
from privrag.parse.formats import FORMATS, Format

_SIGNATURES = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"\x1f\x8b\x08", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"RIFF", "a sound or film"),
)
_SHORT_SIGNATURE = 4
"""Shorter ones are words as well (`BM`, `MZ`): they count only beside a zero byte."""
_ZIP_MARKERS = {"word/": "docx", "ppt/": "pptx", "xl/": "xlsx"}
_OLE_STREAMS = {
    "WordDocument": "doc",
    "PowerPoint Document": "ppt",
    "Workbook": "xls",
    "Book": "xls",
    "__properties_version1.0": "msg",
}
_OLD = ("doc", "ppt")
_NAMES = {
    "pdf": "a PDF",
    "rtf": "Rich Text Format",
    "zip": "a ZIP archive",
    "ole": "an old Office file",
}


def check_content(data: bytes, suffix: str) -> Format:
    """The format to parse the bytes with.

    Raises UnsupportedFormatError if there is no parser, DamagedDocumentError if the content is
    not what the suffix says, EncryptedDocumentError for sealed office files.
    """
    wanted = FORMATS.get(suffix)
    if wanted is None:
        raise _unsupported(suffix, data)
    found = _kind(data)
    if found == "encrypted":
        raise EncryptedDocumentError("it is encrypted; save it without a password")
    if wanted.container == found or (found is None and wanted.container == "text"):
        return wanted
    if found == "ole" and wanted.container in _OLE_STREAMS.values():
        raise DamagedDocumentError("it is damaged or incomplete; get a fresh copy")
    if found is None:
        raise DamagedDocumentError(
            f"its name says {suffix}, but its content is not; get a fresh copy, "
            "or correct the file name extension"
        )
    raise _misnamed(suffix, found)


def _kind(data: bytes) -> str | None:
    """A container of `formats.FORMATS`, another file type in words, or None: maybe text."""
    if b"%PDF-" in data[:1024] and not data.startswith((b"PK", b"\xd0\xcf")):
        return "pdf"
    start = data.lstrip()[:32] if data[:64].lstrip().startswith(b"{\\rtf") else data[:32]
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            if len(signature) < _SHORT_SIGNATURE and b"\0" not in data[:512]:
                continue
            return _zip_kind(data) if kind == "zip" else _ole_kind(data) if kind == "ole" else kind
    return None


def _zip_kind(data: bytes) -> str:
    with open_archive(data) as archive:
        names = archive.namelist()
        if "mimetype" in names:
            return _declared_kind(archive)
    if "[Content_Types].xml" in names:
        for prefix, kind in _ZIP_MARKERS.items():
            if any(name.startswith(prefix) for name in names):
                return kind
    return "epub" if "META-INF/container.xml" in names else "zip"


def _declared_kind(archive: zipfile.ZipFile) -> str:
    """OpenDocument and EPUB say what they are in their first entry."""
    if archive.getinfo("mimetype").file_size > 200:
        return "zip"
    declared = archive.read("mimetype").decode("ascii", "replace").strip()
    if declared.startswith("application/vnd.oasis.opendocument.text"):
        return "odt"
    return "epub" if declared == "application/epub+zip" else "zip"


def _ole_kind(data: bytes) -> str:
    import io

    import olefile  # type: ignore[import-untyped]

    with olefile.OleFileIO(io.BytesIO(data)) as container:
        streams = {entry[0] for entry in container.listdir()}
    if "EncryptedPackage" in streams:
        return "encrypted"
    return next((kind for name, kind in _OLE_STREAMS.items() if name in streams), "ole")


def _unsupported(suffix: str, data: bytes) -> ParseError:
    if suffix.removeprefix(".") in _OLD:
        found = _kind(data)
        if found is not None and found not in (*_OLD, "ole"):
            return _misnamed(suffix, found)
        return UnsupportedFormatError(
            f"the old {suffix} format is not supported; save it as {suffix}x"
        )
    named = f"{suffix} files are" if suffix else "a file without a name extension is"
    return UnsupportedFormatError(f"{named} not supported; save it as .pdf, .docx, .html or .txt")


def _misnamed(suffix: str, found: str) -> DamagedDocumentError:
    if found in _OLD:
        return DamagedDocumentError(
            f"its name says {suffix}, but it looks like an old .{found} file; "
            f"open it and save it as .{found}x"
        )
    named = next((known for known, format_ in FORMATS.items() if format_.container == found), None)
    looks = _NAMES.get(found, f"a .{found} file" if named else found)
    remedy = f"rename it to {named}" if named else "give it the extension of what it is"
    return DamagedDocumentError(f"its name says {suffix}, but it looks like {looks}; {remedy}")
