"""A vault as schema 1 wrote it: tables, keys and ciphertexts, made without our code for them."""

import hashlib
import hmac
import secrets
import sqlite3
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_TABLES = """
CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), schema_version INTEGER NOT NULL,
  key_fingerprint BLOB NOT NULL);
CREATE TABLE entities (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL,
  pseudonym TEXT NOT NULL UNIQUE, label TEXT NOT NULL, canonical BLOB NOT NULL,
  part INTEGER NOT NULL, wrapped_key BLOB NOT NULL, UNIQUE (tenant, canonical, part));
CREATE TABLE surfaces (entity INTEGER NOT NULL REFERENCES entities ON DELETE CASCADE,
  suffix TEXT NOT NULL, blind BLOB NOT NULL, sealed BLOB NOT NULL,
  PRIMARY KEY (entity, suffix), UNIQUE (entity, blind)) WITHOUT ROWID;
CREATE TABLE forms (blind BLOB NOT NULL,
  entity INTEGER NOT NULL REFERENCES entities ON DELETE CASCADE,
  PRIMARY KEY (blind, entity)) WITHOUT ROWID;
CREATE INDEX forms_of_entity ON forms (entity);
CREATE TABLE mentions (version TEXT NOT NULL,
  entity INTEGER NOT NULL REFERENCES entities ON DELETE CASCADE,
  PRIMARY KEY (version, entity)) WITHOUT ROWID;
CREATE INDEX mentions_of_entity ON mentions (entity);
"""


def frame(*parts: str) -> bytes:
    return b"".join(len(p.encode()).to_bytes(4, "big") + p.encode() for p in parts)


class Schema1:
    """Writes entities into a file of schema 1."""

    def __init__(self, path: Path, key_file: Path, *, tenant: str = "default") -> None:
        self._root = secrets.token_bytes(32)
        key_file.write_bytes(self._root)
        key_file.chmod(0o600)
        self._tenant = tenant
        self._db = sqlite3.connect(path)
        self._db.executescript("PRAGMA journal_mode = WAL;" + _TABLES)
        check = hashlib.sha256(frame("privrag key check") + self.derive("", "check")).digest()
        self._db.execute("INSERT INTO meta VALUES (1, 1, ?)", (check,))
        self._db.commit()

    def derive(self, tenant: str, purpose: str) -> bytes:
        info = frame("privrag", "1", purpose, tenant)
        return HKDF(SHA256(), 32, None, info).derive(self._root)

    def add(
        self, pseudonym: str, canonical: str, surfaces: list[str], *, version: str, part: int = 0
    ) -> None:
        label = pseudonym.partition("_")[0]
        blind = self._blind("form", label, canonical)
        own = [self._tenant, pseudonym, label, blind.hex(), str(part), "1"]
        key, nonce = secrets.token_bytes(32), secrets.token_bytes(12)
        siv = AESGCMSIV(self.derive(self._tenant, "wrap"))
        wrapped = nonce + siv.encrypt(nonce, key, frame("key", *own))
        entity = self._db.execute(
            "INSERT INTO entities (tenant, pseudonym, label, canonical, part, wrapped_key)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (self._tenant, pseudonym, label, blind, part, wrapped),
        ).lastrowid
        for suffix, text in zip(("", "_B", "_C"), surfaces, strict=False):
            nonce = secrets.token_bytes(12)
            sealed = nonce + AESGCM(key).encrypt(
                nonce, text.encode(), frame("surface", *own, suffix)
            )
            of_entity = self._blind("surface", pseudonym, text)
            self._db.execute(
                "INSERT INTO surfaces VALUES (?, ?, ?, ?)", (entity, suffix, of_entity, sealed)
            )
        last = self._blind("form", label, canonical.split()[-1])
        self._db.execute("INSERT OR IGNORE INTO forms VALUES (?, ?)", (last, entity))
        self._db.execute("INSERT INTO mentions VALUES (?, ?)", (version, entity))
        self._db.commit()

    def seal(self, text: str, context: str) -> bytes:
        nonce = secrets.token_bytes(12)
        key = AESGCM(self.derive(self._tenant, "seal"))
        return nonce + key.encrypt(nonce, text.encode(), frame("seal", self._tenant, context))

    def wrapped_keys(self) -> list[bytes]:
        return [row[0] for row in self._db.execute("SELECT wrapped_key FROM entities")]

    def close(self) -> None:
        self._db.close()

    def _blind(self, *parts: str) -> bytes:
        return hmac.digest(self.derive(self._tenant, "index"), frame(*parts), "sha256")
