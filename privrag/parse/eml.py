"""Mail as it travels (.eml): headers, the body, then each attachment."""

import email
import email.header
import email.message
import re
from collections.abc import Iterator
from io import BytesIO

from privrag.errors import DamagedDocumentError, EncryptedDocumentError, ParseError
from privrag.parse.hypertext import parse_html
from privrag.parse.piece import Content, Context, Piece
from privrag.parse.plain import text_pieces
from privrag.parse.text import decode

HEADERS = ("From", "To", "Cc", "Bcc", "Subject", "Date")
_MARKS_OF_MAIL = frozenset(("from", "to", "subject", "date", "received", "message-id"))
_SIGNATURES = frozenset(
    ("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature")
)
_SMIME = frozenset(("application/pkcs7-mime", "application/x-pkcs7-mime"))
_SUFFIXES = {
    "application/pdf": ".pdf",
    "message/rfc822": ".eml",
    "text/calendar": ".txt",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
}
"""Tells what an attachment is that has no name."""


def parse_eml(data: bytes, context: Context) -> Content:
    """Title: the subject. Plain text is preferred where the mail offers several bodies."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # saved as UTF-16 by an editor
        data = decode(data, context.max_characters).encode()
    message = email.message_from_binary_file(BytesIO(data.lstrip()))
    if not _MARKS_OF_MAIL & {name.lower() for name in message}:
        raise DamagedDocumentError(
            "it has none of the headers of a mail; if it is text, name it .txt"
        )
    _refuse_encrypted(message)
    headers = [(name, _header(message, name)) for name in HEADERS]
    return Content(
        _pieces(headers, message, context),
        title=next(value for name, value in headers if name == "Subject"),
    )


def header_piece(headers: list[tuple[str, str]]) -> Piece:
    """Who wrote to whom, and when: one line for each header that is there."""
    return Piece("header", "\n".join(f"{name}: {value}" for name, value in headers if value))


def attachment_pieces(name: str, data: bytes, context: Context) -> Iterator[Piece]:
    """An attachment under a heading; if it cannot be read, a note says why, and the mail stays."""
    yield Piece("heading", f"Attachment: {name}")
    try:
        for piece in context.parse_part(name, data).pieces:
            yield Piece(piece.kind, piece.text)
    except ParseError as error:
        yield Piece("paragraph", f"[This attachment was not read: {str(error).partition(';')[0]}]")


def body_pieces(plain: str | None, html: bytes | None, context: Context) -> Iterator[Piece]:
    """The plain body, or the HTML one if there is no plain one."""
    if plain and plain.strip():
        yield from text_pieces(plain)
    elif html and html.strip():
        yield from parse_html(html, context).pieces


def _pieces(
    headers: list[tuple[str, str]], message: email.message.Message, context: Context
) -> Iterator[Piece]:
    yield header_piece(headers)
    attachments: list[email.message.Message] = []
    yield from _bodies(message, attachments, context)
    for part in attachments:
        yield from attachment_pieces(_name(part), _payload(part), context)


def _bodies(
    part: email.message.Message, attachments: list[email.message.Message], context: Context
) -> Iterator[Piece]:
    """The bodies in order; what is not a body is added to `attachments`."""
    kind = part.get_content_type()
    children = _children(part)
    if kind == "message/rfc822":
        attachments.append(part)
    elif kind == "multipart/alternative":
        yield from _alternative(children, attachments, context)
    elif children:
        for child in children:
            yield from _bodies(child, attachments, context)
    elif kind in ("text/plain", "text/html") and not _is_attached(part):
        plain = _text(part, context) if kind == "text/plain" else None
        html = _text(part, context).encode() if kind == "text/html" else None
        yield from body_pieces(plain, html, context)
    elif kind not in _SIGNATURES and not kind.startswith("multipart/"):
        attachments.append(part)


def _alternative(
    parts: list[email.message.Message],
    attachments: list[email.message.Message],
    context: Context,
) -> Iterator[Piece]:
    """One body of several renderings; attachments of all of them."""
    chosen: list[Piece] = []
    for part in sorted(parts, key=lambda part: part.get_content_type() != "text/plain"):
        pieces = [piece for piece in _bodies(part, attachments, context) if piece.text.strip()]
        chosen = chosen or pieces
    yield from chosen


def _children(part: email.message.Message) -> list[email.message.Message]:
    payload = part.get_payload() if part.is_multipart() else []
    return [child for child in payload if isinstance(child, email.message.Message)]


def _is_attached(part: email.message.Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


def _text(part: email.message.Message, context: Context) -> str:
    data = part.get_payload(decode=True)
    assert isinstance(data, bytes)  # noqa: S101 - not multipart, so it has one payload
    try:
        return data.decode(part.get_content_charset() or "utf-8")
    except (LookupError, UnicodeDecodeError):
        return decode(data, context.max_characters)


def _payload(part: email.message.Message) -> bytes:
    if part.is_multipart():  # an attached mail
        return b"\n".join(mail.as_bytes() for mail in _children(part))
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _name(part: email.message.Message) -> str:
    name = _unfold(_decoded(part.get_filename() or ""))
    if name:
        return name
    kind = part.get_content_type()
    return f"unnamed{_SUFFIXES.get(kind, '.' + re.sub(r'[^a-z0-9]', '', kind.split('/')[1]))}"


def _header(message: email.message.Message, name: str) -> str:
    values = [value for key, value in message.raw_items() if key.lower() == name.lower()]
    return ", ".join(_unfold(_decoded(str(value))) for value in values)


def _decoded(value: str) -> str:
    """Encoded words as text; raw bytes as UTF-8, whatever the standard says."""
    raw = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return str(email.header.make_header(email.header.decode_header(raw)))
    except (LookupError, UnicodeError, ValueError):  # an encoding that does not exist
        return raw


def _unfold(value: str) -> str:
    return " ".join(value.split())


def _refuse_encrypted(message: email.message.Message) -> None:
    kind = message.get_content_type()
    sealed = kind in _SMIME and message.get_param("smime-type") != "signed-data"
    if kind == "multipart/encrypted" or sealed:
        raise EncryptedDocumentError("it is an encrypted mail; save it decrypted")
