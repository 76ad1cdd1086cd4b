"""From bytes to characters, and from characters to text that can be quoted."""

import re
import unicodedata
from typing import TYPE_CHECKING

from privrag.errors import DamagedDocumentError, ParseLimitError

if TYPE_CHECKING:
    from charset_normalizer import CharsetMatch

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_SAMPLE_BYTES = 1 << 18
"""What the encoding is guessed from; the whole text is then decoded with it."""
_MOSTLY_UTF8 = 10
"""A stray byte is forgiven if at least this many proper UTF-8 sequences stand beside it."""
_BINARY_SHARE = 0.01
"""Share of control characters above which something is not text; prose and logs have none."""
_STRAY_CONTROLS = 3
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")

_LINE_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_SPACES = re.compile(r"[\u00a0\u2007\u202f]")
_INVISIBLE = re.compile(
    r"\x1b\[[0-9;]*[A-Za-z]|"  # the colours of a terminal
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    r"\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]|"
    r"[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}|"  # a run of selectors carries hidden bytes
    r"(?<=[\x00-\x22\x24-\x29\x2b-\x2f\x3a-\u02ff])[\ufe00-\ufe0f\U000e0100-\U000e01ef]"
)
"""What no reader sees. A single variation selector stays where it chooses a shape: after an emoji,
a key cap's digit, an ideograph."""
_SYMBOL_BULLETS = str.maketrans({"\uf0b7": "\u2022", "\uf0a7": "\u25aa", "\uf0d8": "\u27a2"})
"""Bullets of the fonts Symbol and Wingdings, which have no Unicode of their own."""
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_TRAILING = re.compile(r"[ \t]+(?=\n|$)")


def decode(data: bytes, max_characters: int) -> str:
    """The text of a file in UTF-8, UTF-16 or UTF-32 with a mark, or a recognisable old encoding.

    Raises DamagedDocumentError if it is not text, ParseLimitError if it is too long.
    """
    if len(data) > 4 * max_characters:
        raise too_long(max_characters)
    text = _decode(data)
    if len(text) > max_characters:
        raise too_long(max_characters)
    sample = text[:_SAMPLE_BYTES]
    if len(_CONTROLS.findall(sample)) > _STRAY_CONTROLS + _BINARY_SHARE * len(sample):
        raise not_text()
    return text


def too_long(max_characters: int) -> ParseLimitError:
    """The error for a text above the limit."""
    return ParseLimitError(
        f"it holds more than {max_characters:,} characters; split it or raise parse.max_characters"
    )


def not_text() -> DamagedDocumentError:
    """The error for bytes that no encoding explains."""
    return DamagedDocumentError(
        "its content is not text in any encoding we know; save it again as UTF-8, "
        "or give it the file name extension of what it is"
    )


def clean(text: str) -> str:
    """Normalise to NFC; drop what cannot be seen; keep everything that a reader would quote."""
    text = _SPACES.sub(" ", _LINE_BREAKS.sub("\n", text))
    text = _SURROGATES.sub("\ufffd", _INVISIBLE.sub("", text)).translate(_SYMBOL_BULLETS)
    return _TRAILING.sub("", unicodedata.normalize("NFC", text)).strip("\n")


def _decode(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as error:
                raise not_text() from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_old(data)


def _decode_old(data: bytes) -> str:
    """Text in no declared encoding: nearly UTF-8, or what charset-normalizer recognises."""
    text = data.decode("utf-8", "replace")
    strays = text.count("\ufffd")
    proper = sum(1 for character in text[:_SAMPLE_BYTES] if character > "\x7f") - strays
    if proper >= _MOSTLY_UTF8 * strays:
        return text
    if b"\0" in data[:_SAMPLE_BYTES]:
        raise not_text()
    from charset_normalizer import from_bytes

    matches = list(from_bytes(data[:_SAMPLE_BYTES]))
    if not matches:
        raise not_text()
    return data.decode(_likeliest(matches), "replace")


def _likeliest(matches: "list[CharsetMatch]") -> str:
    """The best match's encoding, or Windows-1252 if that reads as well.

    Western European texts read alike in many code pages, and that one is by far the commonest.
    """
    best = matches[0]
    for match in matches:
        as_clean = match.chaos <= best.chaos + 0.005 and match.coherence >= best.coherence - 0.01
        if as_clean and "cp1252" in (match.encoding, *match.could_be_from_charset):
            return "cp1252"
    return best.encoding
