"""Mail as Outlook saves it (.msg)."""

from collections.abc import Iterator

from privrag.errors import EncryptedDocumentError
from privrag.parse.eml import attachment_pieces, body_pieces, header_piece
from privrag.parse.piece import Content, Context, Piece, Untyped

_DISPLAY = {"Cc": 0x0E03, "Bcc": 0x0E02, "To": 0x0E04}
"""Property ids of the recipients as Outlook shows them (MS-OXPROPS 2.665 to 2.667)."""
_SIGNED_ONLY = "SMIME.MultipartSigned"


def parse_msg(data: bytes, context: Context) -> Content:
    """Title: the subject. Mails attached to it are named, not read."""
    from oxmsg import Message

    message = Message.load(data)
    kind = message.message_class
    sealed = "SMIME" in kind and not kind.endswith(_SIGNED_ONLY)
    if sealed or "multipart/encrypted" in str(message.message_headers.get("Content-Type")):
        raise EncryptedDocumentError("it is an encrypted mail; save it decrypted")
    return Content(_pieces(message, context), title=message.subject)


def _pieces(message: Untyped, context: Context) -> Iterator[Piece]:
    yield header_piece(_headers(message))
    html = message.html_body
    yield from body_pieces(message.body, html.encode() if html else None, context)
    for attachment in message.attachments:
        name = attachment.file_name or "unnamed"
        yield from attachment_pieces(name, attachment.file_bytes or b"", context)


def _headers(message: Untyped) -> list[tuple[str, str]]:
    travelled = {name.lower(): value for name, value in message.message_headers.items()}

    def recipients(name: str) -> str:
        shown = message.properties.str_prop_value(_DISPLAY[name])
        return " ".join(str(travelled.get(name.lower()) or shown or "").split())

    date = travelled.get("date") or message.sent_date
    return [
        ("From", " ".join((message.sender or "").split())),
        *((name, recipients(name)) for name in ("To", "Cc", "Bcc")),
        ("Subject", message.subject),
        ("Date", str(date or "")),
    ]
