"""E-books (.epub): the chapters in the order of the spine."""

import posixpath
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote

from privrag.errors import DamagedDocumentError, EncryptedDocumentError
from privrag.parse.archive import open_archive, read_xml
from privrag.parse.hypertext import html_pieces, html_root
from privrag.parse.piece import Content, Context, Piece, Untyped

_FONT_OBFUSCATION = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_TITLE = "{http://purl.org/dc/elements/1.1/}title"


def parse_epub(data: bytes, context: Context) -> Content:
    """Books behind digital rights management are refused as encrypted."""
    archive = open_archive(data)
    _refuse_rights_management(archive)
    container = read_xml(archive, "META-INF/container.xml")
    rootfile = container.find(".//{*}rootfile") if container is not None else None
    main = rootfile.get("full-path", "") if rootfile is not None else ""
    package = read_xml(archive, main)
    if package is None:
        raise DamagedDocumentError("it is not an e-book inside; get a fresh copy")
    folder = posixpath.dirname(main)
    files = {item.get("id"): item for item in package.iterfind(".//{*}manifest/{*}item")}
    chapters = [
        posixpath.normpath(posixpath.join(folder, unquote(item.get("href", ""))))
        for reference in package.iterfind(".//{*}spine/{*}itemref")
        if (item := files.get(reference.get("idref"))) is not None
        and "nav" not in (item.get("properties") or "").split()
    ]
    return Content(_chapters(archive, chapters), title=package.findtext(f".//{_TITLE}"))


def _chapters(archive: zipfile.ZipFile, names: list[str]) -> Iterator[Piece]:
    for name in names:
        root = _chapter(archive, name)
        if root is not None:
            yield from html_pieces(root)


def _chapter(archive: zipfile.ZipFile, name: str) -> Untyped:
    """XHTML as it should be, else read as forgivingly as a browser would; None if it is missing."""
    from lxml import etree

    try:
        return read_xml(archive, name)
    except etree.XMLSyntaxError:
        data = archive.read(name)
        return html_root(data) if data.strip() else None


def _refuse_rights_management(archive: zipfile.ZipFile) -> None:
    encryption = read_xml(archive, "META-INF/encryption.xml")
    methods = encryption.iterfind(".//{*}EncryptionMethod") if encryption is not None else ()
    if any(method.get("Algorithm") not in _FONT_OBFUSCATION for method in methods):
        raise EncryptedDocumentError("it is protected by digital rights management")
