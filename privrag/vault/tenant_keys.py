"""A tenant's own keys: random, wrapped by the root key, made when they are first needed."""

import secrets
import sqlite3

from privrag.errors import VaultError
from privrag.vault.cipher import frame
from privrag.vault.keys import KEY_BYTES, Keyring, Purpose

__all__ = ["Purpose", "rewrap_tenant_keys", "tenant_key"]


def tenant_key(
    db: sqlite3.Connection,
    keyring: Keyring,
    tenant: str,
    purpose: Purpose,
    *,
    root: bytes,
    legacy: bytes,
) -> bytes:
    """Give the tenant's key, from its row or a new one; inside a transaction.

    In a vault that schema 1 made, keys are the ones which schema 1 derived, as long as its root key
    is there: what other stores sealed must open.
    """
    row = db.execute(
        "SELECT CAST(wrapped AS BLOB) FROM tenant_keys WHERE tenant = ? AND purpose = ?",
        (tenant, purpose),
    ).fetchone()
    context = _context(tenant, purpose)
    if row is not None:
        try:
            return keyring.unwrap(row[0], tenant=tenant, context=context)
        except VaultError:
            message = (
                f"the vault's {purpose} key of {tenant or 'its checks'!r} was damaged or exchanged;"
                " put the vault back from its backup"
            )
            raise VaultError(message) from None
    if legacy and legacy in keyring.ids() and purpose != "state":
        key = keyring.derive_v1(tenant, purpose)
    else:
        key = secrets.token_bytes(KEY_BYTES)
    wrapped = keyring.wrap(key, root=root, tenant=tenant, context=context)
    db.execute("INSERT INTO tenant_keys VALUES (?, ?, ?)", (tenant, purpose, wrapped))
    return key


def rewrap_tenant_keys(db: sqlite3.Connection, keyring: Keyring, *, root: bytes) -> None:
    """Wrap every tenant's keys under this root key; inside a transaction."""
    rows = db.execute("SELECT tenant, purpose, wrapped FROM tenant_keys").fetchall()
    for tenant, purpose, wrapped in rows:
        context = _context(tenant, purpose)
        key = keyring.unwrap(wrapped, tenant=tenant, context=context)
        db.execute(
            "UPDATE tenant_keys SET wrapped = ? WHERE tenant = ? AND purpose = ?",
            (keyring.wrap(key, root=root, tenant=tenant, context=context), tenant, purpose),
        )


def _context(tenant: str, purpose: str) -> bytes:
    return frame("tenant key", tenant, purpose)
