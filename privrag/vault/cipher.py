"""AES-256-GCM over texts, and the bytes that bind a ciphertext to its place."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


def frame(*parts: str) -> bytes:
    """Join texts so that no two different lists give the same bytes: each behind its length.

    Lone surrogates pass: a parser may leave one, and an encoding error would print the text.
    """
    return frame_bytes([part.encode("utf-8", "surrogatepass") for part in parts])


def frame_bytes(parts: list[bytes]) -> bytes:
    """`frame` of what is bytes already."""
    framed = b""
    for part in parts:  # few and short: this is the fastest way to join them
        framed += len(part).to_bytes(4, "big") + part
    return framed


def encrypt(key: bytes, text: str, context: bytes) -> bytes:
    """AES-256-GCM under a random 96-bit nonce: nonce + ciphertext."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text.encode("utf-8", "surrogatepass"), context)


def decrypt(key: bytes, data: bytes, context: bytes) -> str:
    """Undo `encrypt`. Raises InvalidTag for anything else, however short."""
    if len(data) < NONCE_BYTES:
        raise InvalidTag
    plain = AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], context)
    return plain.decode("utf-8", "surrogatepass")
