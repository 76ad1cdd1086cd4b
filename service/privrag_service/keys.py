"""API keys: who may ask, in which collections, and who may see restored names.

A key is `privrag_<id>_<secret>`; the secret has 256 random bits, so a plain SHA-256 of the key is
stored and nothing slow is needed. The database is read on every request: a key that is revoked on
the command line stops working at once in a running service.
"""

import hashlib
import hmac
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from privrag.errors import SettingsError
from privrag.pseudonym import LABELS
from privrag.records import Viewer, joined
from privrag.settings import make_home

PREFIX = "privrag_"
_SECRET_BYTES = 32
_SCHEMA = """
CREATE TABLE IF NOT EXISTS api_key (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    scopes TEXT NOT NULL,
    created TEXT NOT NULL,
    expires TEXT,
    revoked TEXT
) STRICT
"""


@dataclass(frozen=True, slots=True)
class Principal:
    """The holder of a valid key."""

    key_id: str
    name: str
    scopes: frozenset[str]

    def viewer(self, tenant: str) -> Viewer:
        """What this principal may search and see; without a `collection:` scope, every one."""
        collections = self._named("collection:")
        return Viewer(
            user=self.name,
            groups=self._named("group:"),
            tenant=tenant,
            collections=collections or None,
            reveal=joined(["reveal" in self.scopes, self._named("reveal:")]),
        )

    def _named(self, prefix: str) -> frozenset[str]:
        return frozenset(s.removeprefix(prefix) for s in self.scopes if s.startswith(prefix))


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A key as `keys list` shows it; the key itself is not kept anywhere."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created: datetime
    expires: datetime | None
    revoked: datetime | None

    @property
    def active(self) -> bool:
        return self.revoked is None and (self.expires is None or self.expires > datetime.now(UTC))


class KeyStore:
    """The keys of one home, in a SQLite file that only its owner can read."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it with mode 0600. Raises SettingsError."""
        make_home(path.parent)
        self._lock = threading.Lock()
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            path.chmod(0o600)
            self._db = sqlite3.connect(
                path, timeout=5, isolation_level=None, check_same_thread=False
            )
            self._db.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise SettingsError(
                f"{path.name} in the home cannot be used ({type(error).__name__}); put it back "
                "from its backup, or remove it and make new keys"
            ) from None

    def create(
        self, name: str, scopes: Iterable[str] = (), expires: datetime | None = None
    ) -> tuple[str, str]:
        """Make a key; gives (id, key) and keeps only a digest. Every key may chat.

        Raises SettingsError for an empty name, an unknown scope or an expiry in the past.
        """
        if not name.strip() or not name.isprintable():
            raise SettingsError("a key needs a name without control characters")
        granted = {"chat", *scopes}
        for scope in granted:
            _check_scope(scope)
        now = datetime.now(UTC)
        if expires is not None and expires <= now:
            raise SettingsError("the expiry of a key must lie in the future")
        key_id = secrets.token_hex(6)
        key = f"{PREFIX}{key_id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
        row = (
            key_id,
            name.strip(),
            _digest(key),
            "\n".join(sorted(granted)),
            now.isoformat(),
            expires.astimezone(UTC).isoformat() if expires else None,
        )
        with self._lock:
            self._db.execute("INSERT INTO api_key VALUES (?, ?, ?, ?, ?, ?, NULL)", row)
        return key_id, key

    def list(self) -> list[KeyInfo]:
        """Every key ever made, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT id, name, scopes, created, expires, revoked FROM api_key"
                " ORDER BY created, id"
            ).fetchall()
        return [_info(*row) for row in rows]

    def revoke(self, key_id: str) -> bool:
        """Make a key useless from the next request on; False if there is none with this id."""
        with self._lock:
            changed = self._db.execute(
                "UPDATE api_key SET revoked = coalesce(revoked, ?) WHERE id = ?",
                (datetime.now(UTC).isoformat(), key_id),
            ).rowcount
        return changed == 1

    def verify(self, key: str) -> Principal | None:
        """The holder of this key; None if it is unknown, wrong, expired or revoked."""
        key_id = key.removeprefix(PREFIX).partition("_")[0]
        with self._lock:
            row = self._db.execute(
                "SELECT digest, id, name, scopes, created, expires, revoked FROM api_key"
                " WHERE id = ?",
                (key_id,),
            ).fetchone()
        stored = row[0] if row else b"\0" * 32  # compared all the same: equal work, known id or not
        if not hmac.compare_digest(stored, _digest(key)) or row is None:
            return None
        info = _info(*row[1:])
        return Principal(info.id, info.name, frozenset(info.scopes)) if info.active else None

    def any_active(self) -> bool:
        """Whether at least one key works now."""
        return any(info.active for info in self.list())

    def locked(self) -> bool:
        """Whether every request needs a key: one was made once.

        Expired and revoked ones count. Neither time nor shutting somebody out may open a door.
        """
        with self._lock:
            row = self._db.execute("SELECT 1 FROM api_key LIMIT 1").fetchone()
        return row is not None

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _check_scope(scope: str) -> None:
    kind, colon, name = scope.partition(":")
    named = colon and name.strip() and name.isprintable()
    if scope in {"chat", "reveal"} or (kind == "reveal" and name in LABELS):
        return
    if kind in {"collection", "group"} and named:
        return
    raise SettingsError(
        "a scope is chat, reveal, reveal:TYPE, collection:NAME or group:NAME; "
        f"types are {', '.join(LABELS)}"
    )


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode(errors="surrogatepass")).digest()


def _info(
    key_id: str, name: str, scopes: str, created: str, expires: str | None, revoked: str | None
) -> KeyInfo:
    return KeyInfo(
        id=key_id,
        name=name,
        scopes=tuple(scopes.split("\n")),
        created=datetime.fromisoformat(created),
        expires=datetime.fromisoformat(expires) if expires else None,
        revoked=datetime.fromisoformat(revoked) if revoked else None,
    )
