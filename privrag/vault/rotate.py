"""Another root key: every wrapped key is wrapped again, then the old root key is destroyed.

    1  the provider keeps a new root key beside the old one
    2  one transaction: the tenants' keys are wrapped again, and `meta` names the new root key;
       from now on every process wraps what it writes under the new one
    3  the entities' data keys, some at a time
    4  the provider keeps the new root key only

A kill anywhere leaves a vault that opens, with one root key or two, and running it again goes on.
No entity, hash, sealed text or audit record changes. Copies of the vault from before cannot be
opened any more: that is the point, for entities destroyed since then too. Make a new backup.
"""

from privrag.errors import VaultError
from privrag.vault.entity import Entity, damaged
from privrag.vault.keys import ID_BYTES, WRAPPED_BYTES
from privrag.vault.opened import Opened
from privrag.vault.tenant_keys import rewrap_tenant_keys

_AT_ONCE = 1000
_DESTROYED = bytes(WRAPPED_BYTES)


def rotate(opened: Opened) -> int:
    """Change the root key, or finish a rotation that was killed; gives the wrapped data keys."""
    keyring = opened.keyring
    with opened.writing() as state:
        keyring.reload()
        new = keyring.ids()[0] if len(keyring.ids()) > 1 else keyring.add()
        if state.root_key != new:
            rewrap_tenant_keys(opened.db, keyring, root=new)
            opened.save(state.after(root_key=new))
    count, last = 0, 0
    while True:
        rewrapped, seen = _rewrap_some(opened, new, after=last)
        if seen is None:
            break
        count, last = count + rewrapped, seen
    with opened.writing() as state:
        if state.root_key == new:  # else another rotation has begun meanwhile and will finish
            keyring.keep_only(new)
    opened.truncate_log()
    return count


def _rewrap_some(opened: Opened, root: bytes, *, after: int) -> tuple[int, int | None]:
    """Wrap the next data keys again; how many, and the last entity looked at (None: no more)."""
    with opened.writing():
        rows = opened.db.execute(
            "SELECT entity, CAST(wrapped AS BLOB) FROM data_keys WHERE entity > ?"
            " ORDER BY entity LIMIT ?",
            (after, _AT_ONCE),
        ).fetchall()
        old = {e: w for e, w in rows if w[:ID_BYTES] != root and w != _DESTROYED}
        entities = opened.page(after, _AT_ONCE) if old else {}
        opened.db.executemany(
            "UPDATE data_keys SET wrapped = ? WHERE entity = ?",
            [
                (_rewrapped(opened, entities[e], w, root), e)
                for e, w in old.items()
                if e in entities
            ],
        )
    return len(old), rows[-1][0] if rows else None


def _rewrapped(opened: Opened, entity: Entity, wrapped: bytes, root: bytes) -> bytes:
    context = entity.context()
    try:
        key = opened.keyring.unwrap(wrapped, tenant=entity.tenant, context=context)
    except VaultError:
        raise damaged(entity.pseudonym) from None
    return opened.keyring.wrap(key, root=root, tenant=entity.tenant, context=context)
