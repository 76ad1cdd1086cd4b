"""A new vault's first rows, and a vault of an older schema brought to this one in one transaction.

Schema 1 derived its tenants' keys from the root key and kept data keys beside the entities. Those
keys stay the same; only where they lie changes, so that a rotation need not touch anything else.
Schema 2 had two tables outside of its sum: from here on what stands in them is what counts.
"""

import sqlite3

from privrag.vault.integrity import META_COLUMNS, SUM, State, loose_hash
from privrag.vault.keys import fingerprint
from privrag.vault.opened import Opened
from privrag.vault.schema import META, NEW_IN_2, SCHEMA_VERSION, make_tables, run_all
from privrag.vault.tenant_keys import tenant_key
from privrag.vault.verify import sum_since_3

_PAGE = 2000
_FROM_1 = """
ALTER TABLE entities DROP COLUMN wrapped_key;
ALTER TABLE entities ADD COLUMN leader INTEGER;
ALTER TABLE entities ADD COLUMN flags INTEGER NOT NULL DEFAULT 0;
ALTER TABLE surfaces ADD COLUMN moved INTEGER NOT NULL DEFAULT 0;
DROP TABLE meta
"""
_LEAD_PARTS = (
    "UPDATE entities SET leader = (SELECT f.id FROM entities f WHERE f.tenant = entities.tenant"
    " AND f.canonical = entities.canonical AND f.part < entities.part ORDER BY f.part LIMIT 1)"
    " WHERE part > 0"
)


def make_new(opened: Opened) -> None:
    """Make the tables of an empty file; inside a transaction that writes."""
    make_tables(opened.db)
    _write_meta(opened, legacy=b"", next_id=1)
    opened.start()
    _finish(opened)


def migrate(opened: Opened) -> None:
    """Bring a vault of schema 1 to this one; inside a transaction that writes."""
    db, keyring = opened.db, opened.keyring
    stored = db.execute("SELECT key_fingerprint FROM meta").fetchone()[0]
    root = keyring.ids()[-1]
    if stored != fingerprint(keyring.derive_v1("", "check")):
        opened.known_root(b"")  # says that the key is another one
    wrapped = db.execute("SELECT id, CAST(wrapped_key AS BLOB) FROM entities ORDER BY id")
    kept = [(entity, root + data) for entity, data in wrapped]
    run_all(db, _FROM_1, META, NEW_IN_2)
    db.executemany("INSERT INTO data_keys VALUES (?, ?)", kept)
    db.execute(_LEAD_PARTS)
    _write_meta(opened, legacy=root, next_id=max((e for e, _ in kept), default=0) + 1)
    for (tenant,) in db.execute("SELECT DISTINCT tenant FROM entities").fetchall():
        for purpose in ("index", "seal", "audit"):
            tenant_key(db, keyring, tenant, purpose, root=root, legacy=root)
    opened.start()
    _finish(opened)


def migrate_2(opened: Opened) -> None:
    """Bring an opened vault of schema 2 to this one; inside a transaction that writes."""
    state = opened.current()
    opened.save(state.after(loose=(state.loose + sum_since_3(opened)) % SUM))
    opened.db.execute("UPDATE meta SET schema_version = ?", (SCHEMA_VERSION,))


def _write_meta(opened: Opened, *, legacy: bytes, next_id: int) -> None:
    """The row of `meta` before its seal can be made."""
    root = legacy or opened.keyring.ids()[0]
    opened.db.execute(
        f"INSERT INTO meta (one, schema_version, {META_COLUMNS})"  # noqa: S608 - our own words
        " VALUES (1, ?, ?, ?, 0, ?, 0, x'', x'', x'')",
        (SCHEMA_VERSION, root, legacy, next_id),
    )


def _finish(opened: Opened) -> None:
    """Check every row in, seal the state and begin the counter's note."""
    db, key = opened.db, opened.state_key
    root, legacy, next_id = db.execute("SELECT root_key, legacy, next_id FROM meta").fetchone()
    opened.checks.start(bytes(16))
    tree, after = bytes(16), 0
    while page := opened.page(after, _PAGE):
        opened.read_rows(page)
        after = max(page)
        tree = opened.checks.put(opened.digests(page.values()))
    loose = 0
    for version, entity in db.execute("SELECT version, entity FROM mentions"):
        loose = (loose + loose_hash(f"mention|{version}|{entity}", key)) % SUM
    opened.save(State(root, legacy, 0, next_id, 0, tree, loose))
    opened.counter.restart(1)


def vacuum(db: sqlite3.Connection) -> None:
    """Rewrite the file: nothing stays in it that no table holds."""
    db.execute("VACUUM")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
