"""ZIP-based formats: checked before they are opened, their XML read without surprises."""

import io
import zipfile

from privrag.errors import DamagedDocumentError, EncryptedDocumentError, ParseLimitError
from privrag.parse.piece import Untyped

_MAX_ENTRIES = 20_000
"""The largest real office files have a few thousand parts (one for each picture)."""
_MAX_RATIO = 200
_RATIO_MATTERS_ABOVE = 64 * 2**20
"""Repetitive spreadsheets shrink 200-fold too, but stay small."""


def open_archive(data: bytes) -> zipfile.ZipFile:
    """Open a ZIP from memory; raises DamagedDocumentError if it is none or is cut off."""
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise DamagedDocumentError(
            "it is damaged or incomplete (its ZIP directory is missing); get a fresh copy"
        ) from error


def check_archive(data: bytes, max_unpacked_mb: int) -> None:
    """Refuse what would unpack to too much, before anything is unpacked.

    The sizes are those the file claims; `zipfile` never reads past them, so lying gains nothing.
    """
    with open_archive(data) as archive:
        entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise EncryptedDocumentError("it is encrypted; save it without a password")
    unpacked = sum(entry.file_size for entry in entries)
    too_dense = unpacked > _RATIO_MATTERS_ABOVE and unpacked > _MAX_RATIO * len(data)
    if len(entries) > _MAX_ENTRIES or too_dense or unpacked > max_unpacked_mb * 2**20:
        raise ParseLimitError(
            f"it would unpack to {len(entries):,} parts and {unpacked / 2**20:,.0f} MB, as a ZIP "
            "bomb does; if it is genuine, save it in a plainer format or raise "
            "parse.max_unpacked_mb"
        )


def read_xml(archive: zipfile.ZipFile, name: str) -> Untyped:
    """The root element of a part; None if there is no such part. No entities, no network."""
    from lxml import etree

    try:
        data = archive.read(name)
    except KeyError:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return etree.fromstring(data, parser)
