"""Tokens that nobody would write by hand: long, of letters and digits in no order.

A random base62 string changes between capitals, small letters and digits at 62 % of its places, a
name such as `OCPP16ChargePointStatus` at 25 %: that, more than entropy, tells the two apart. Hex
digits are checksums and commits more often than keys: those count only behind a word for a secret.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

_CANDIDATE = re.compile(
    r"(?<![A-Za-z0-9+/=_.~%@#&\\-])(?=[A-Za-z+/_-]{0,80}\d)(?=[\d+/_-]{0,80}[A-Za-z])"
    r"[A-Za-z0-9+_-][A-Za-z0-9+/_-]{14,300}={0,2}(?![A-Za-z0-9+/=_@%(\\-]|\.[A-Za-z0-9])"
)
_ASSIGNED = re.compile(
    r"(?<=[=:])(?=[A-Za-z+/_-]{0,80}\d)(?=[\d+/_-]{0,80}[A-Za-z])"
    r"[A-Za-z0-9+/_-]{20,300}={0,2}(?![A-Za-z0-9+/=_@%(\\-]|\.[A-Za-z0-9])"
)
"""The same behind `name=` and `name:`."""
_IN_URL = re.compile(r"(?:://|\bwww\.)[^\s\"'<>]{0,200}\Z")
_NOT_A_SECRET = re.compile(
    r"(?i)(?:\b(?:sha-?\d{0,3}|md5|crc\d*|digest|checksum|integrity|fingerprint|hash(?:es)?|commit"
    r"|revision|rev|etag|nonce|blob|uuid|guid|base64|ssh-(?:rsa|dss|ed25519)|ecdsa\S{0,24}"
    r"|sec-websocket-\w{3,10}|public[ _-]?key|pubkey|thumbprint|boundary|message-id|cid)\b"
    r"[^\w\n]{0,4}(?:is\b[ ])?[\"'`(<]{0,2}|base64,|data:[^\s,]{0,60},)\Z"
)
_SPEAKS_OF_SECRET = re.compile(
    r"(?i)(?:secret|password|passwort|passphrase|token|credential|api[ _-]?key|access[ _-]?key"
    r"|private[ _-]?key|encryption[ _-]?key|signing[ _-]?key|account[ _-]?key|master[ _-]?key"
    r"|licen[cs]e[ _-]?key|mot de passe|kennwort|schlüssel"
    r"|(?<![a-z])(?:(?:php|j|asp)?sess(?:ion)?(?:[_ -]?id)?|sid|cookie)(?=[\"'` ]{0,2}[=:]))"
    r"s?(?:[_-][a-z]{1,12}){0,2}"
    r"(?:[ ]+(?:is|was|are|of|for|to|key|value|named?|ist|lautet|est|now|here|below|called)\b){0,3}"
    r"[ \t:=\"'`(]{1,4}\Z"
)
_FILE_OR_KEY = re.compile(
    r"(?:sha\d{1,3}-|MI[IG][A-Za-z0-9]{2}|AAAA[BCE][13]|iVBOR|R0lGOD|/9j/|PHN2Zy|JVBERi)"
)
"""How digests are written, and how DER, public SSH keys, pictures and PDF begin in base64."""
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_CALLED_ID = re.compile(r"(?i)id\W{0,4}\Z")
_HEX = re.compile(r"(?:0x)?[0-9a-f_-]+|(?:0x)?[0-9A-F_-]+")
_PIECE = re.compile(r"[A-Za-z0-9]+")
_DIGITS = re.compile(r"\d+")
_LOWER_RUN = re.compile(r"[a-z]{4,}")
_LEAST, _LEAST_NAMED = 20, 16
_BITS, _BITS_NAMED = 3.6, 3.0
"""Shannon entropy a character; 24 random base62 characters have 4.2."""
_CHANGES, _CHANGES_DIVIDED, _CHANGES_ONE_CASE, _CHANGES_NAMED = 0.38, 0.45, 0.29, 0.15
_WHOLE_PIECE, _DIVIDED_PIECE = 16, 9
_LINES_OF_DATA, _LONGEST_LINE = frozenset({60, 64, 72, 76}), 200
_DATA = re.compile(r"[A-Za-z0-9+/=]+")
_BEFORE = 60


def find_random_tokens(text: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, whether a word for a secret stands before it) of each random token."""
    for pattern in (_CANDIDATE, _ASSIGNED):
        for match in pattern.finditer(text):
            start, value = match.start(), match[0].rstrip("-_/+")
            left = max(0, start - _BEFORE)
            if _NOT_A_SECRET.search(text, left, start):
                continue
            named = _SPEAKS_OF_SECRET.search(text, left, start) is not None
            if _UUID.fullmatch(value):
                if named and not _CALLED_ID.search(text, left, start):
                    yield start, start + len(value), named
                continue
            if (named and _is_key(value)) or (
                _is_random(value)
                and not _IN_URL.search(text, max(0, start - 240), start)
                and not _among_lines_of_data(text, start, match.end())
            ):
                yield start, start + len(value), named


def entropy(value: str) -> float:
    """Shannon entropy in bits a character; 0 for the empty string."""
    counts = Counter(value).values()
    return -sum(n / len(value) * math.log2(n / len(value)) for n in counts)


def changes(value: str) -> float:
    """The share of neighbours of which one is a capital, a small letter, a digit, and one not."""
    kinds = [_kind(c) for c in value]
    return sum(a != b for a, b in pairwise(kinds)) / max(1, len(kinds) - 1)


def _kind(character: str) -> int:
    if character.isdigit():
        return 0
    return (1 if character.isupper() else 2) if character.isalpha() else 3


def _is_key(value: str) -> bool:
    """Behind a word for a secret: no name of several words."""
    if len(value) < _LEAST_NAMED or entropy(value) < _BITS_NAMED:
        return False
    if _HEX.fullmatch(value):
        return "-" not in value and "_" not in value
    if value.isupper() or value.islower():
        divided = _PIECE.fullmatch(value) is None
        return changes(value) >= _CHANGES_NAMED and not (divided and _of_words(value.lower()))
    return changes(value) >= _CHANGES_ONE_CASE and not _of_words(value)


def _is_random(value: str) -> bool:
    if (
        len(value) < _LEAST
        or entropy(value) < _BITS
        or _FILE_OR_KEY.match(value)
        or _HEX.fullmatch(value)
    ):
        return False
    pieces = _PIECE.findall(value)
    longest, whole = max(map(len, pieces), default=0), "".join(pieces)
    if longest < _DIVIDED_PIECE or len(whole) < _WHOLE_PIECE:
        return False
    digits = len(_DIGITS.findall(whole))
    if whole.isupper() or whole.islower():
        return longest >= _LEAST and digits > longest // 8 and changes(whole) >= _CHANGES_ONE_CASE
    least = _CHANGES if longest >= _WHOLE_PIECE else _CHANGES_DIVIDED
    return digits > 0 and changes(whole) >= least and not _of_words(value)


def _of_words(value: str) -> bool:
    """Whether half of it is runs of small letters, as in `meter-reading-interval-2`."""
    return sum(map(len, _LOWER_RUN.findall(value))) * 2 > len(value)


def _among_lines_of_data(text: str, start: int, end: int) -> bool:
    """Above or below a full line of the same letters, as MIME and PEM cut them: a file."""
    above = text[max(0, start - _LONGEST_LINE) : start].split()[-1:]
    below = text[end : end + _LONGEST_LINE].split()[:1]
    return any(
        len(line) in _LINES_OF_DATA and _DATA.fullmatch(line) is not None
        for line in (*above, *below)
    )
