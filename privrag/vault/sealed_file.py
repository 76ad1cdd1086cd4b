"""A file under a passphrase: encrypted in chunks, authenticated as a whole.

    magic | salt 16 | nonce prefix 7 | chunk, chunk, ... each of 1 MiB and 16 bytes of tag

Key: scrypt (RFC 7914; N = 2^17, r = 8, p = 1: 128 MiB and some tenths of a second). Chunk: AES-256-
GCM, nonce = prefix | number (4 bytes) | 1 for the last one, else 0, over magic and salt too: an
exchanged, repeated or dropped chunk does not open, and neither does a file without its end (the
STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar, CRYPTO 2015).
"""

import secrets
from collections.abc import Generator, Iterable
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from privrag.errors import VaultError
from privrag.vault.keys import KEY_BYTES

_MAGIC = b"privrag vault backup 1\n"
_SALT = 16
_PREFIX = 7
_CHUNK = 1 << 20
_TAG = 16
_SCRYPT = {"n": 2**17, "r": 8, "p": 1}
_SHORTEST = 12

NOT_OPENED = "the backup does not open: another passphrase, or it is damaged or not complete"


def check_passphrase(passphrase: str) -> None:
    """Raise VaultError for one that is quickly guessed."""
    if len(passphrase) < _SHORTEST:
        message = f"a backup's passphrase has at least {_SHORTEST} characters; give a longer one"
        raise VaultError(message)


def write_sealed(file: BinaryIO, parts: Iterable[bytes], passphrase: str) -> None:
    """Write the parts, one after the other, sealed."""
    check_passphrase(passphrase)
    salt, prefix = secrets.token_bytes(_SALT), secrets.token_bytes(_PREFIX)
    cipher = _cipher(passphrase, salt)
    file.write(_MAGIC + salt + prefix)
    number, buffer = 0, bytearray()
    for part in parts:
        buffer += part
        while len(buffer) > _CHUNK:  # never the last one
            chunk = bytes(buffer[:_CHUNK])
            file.write(cipher.encrypt(_nonce(prefix, number, last=False), chunk, _MAGIC + salt))
            del buffer[:_CHUNK]
            number += 1
    file.write(cipher.encrypt(_nonce(prefix, number, last=True), bytes(buffer), _MAGIC + salt))


def read_sealed(file: BinaryIO, passphrase: str) -> Generator[bytes]:
    """Give what was sealed, piece by piece. Raises VaultError, at the latest at the end.

    Nothing may be done with the pieces before the end was reached.
    """
    head = file.read(len(_MAGIC) + _SALT + _PREFIX)
    if not head.startswith(_MAGIC) or len(head) < len(_MAGIC) + _SALT + _PREFIX:
        message = "this file is no backup of a vault, or of a newer privrag"
        raise VaultError(message)
    salt, prefix = head[len(_MAGIC) : -_PREFIX], head[-_PREFIX:]
    cipher = _cipher(passphrase, salt)
    number, chunk = 0, file.read(_CHUNK + _TAG)
    while True:
        following = file.read(_CHUNK + _TAG)
        try:
            nonce = _nonce(prefix, number, last=not following)
            yield cipher.decrypt(nonce, chunk, _MAGIC + salt)
        except (InvalidTag, ValueError):
            raise VaultError(NOT_OPENED) from None
        if not following:
            return
        number, chunk = number + 1, following


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    kdf = Scrypt(salt=salt, length=KEY_BYTES, **_SCRYPT)
    return AESGCM(kdf.derive(passphrase.encode("utf-8", "surrogatepass")))
