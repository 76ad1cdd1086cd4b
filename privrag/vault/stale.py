"""Document versions that tell apart less than the vault does now: a sync writes them again.

Like a mention, each row counts in the vault's sum (integrity.py), so one put in or taken out shows.
"""

from collections.abc import Collection

from privrag.vault.integrity import State
from privrag.vault.opened import Opened


def mark_stale(opened: Opened, state: State, versions: Collection[str]) -> State:
    """Note versions; gives the state with them."""
    there = set(opened.select("SELECT version FROM stale WHERE version IN", versions))
    fresh = sorted(set(versions) - {version for (version,) in there})
    opened.db.executemany(
        "INSERT INTO stale VALUES (?, ?)", [(version, opened.tenant) for version in fresh]
    )
    rows = (stale_row(opened.tenant, version) for version in fresh)
    return state.after(loose=state.with_loose(opened.state_key, added=rows))


def drop_stale(opened: Opened, state: State, version: str) -> State:
    """Forget a version that is gone; the same state if it was not noted."""
    dropped = opened.db.execute(
        "DELETE FROM stale WHERE version = ? AND tenant = ?", (version, opened.tenant)
    ).rowcount
    if not dropped:
        return state
    gone = [stale_row(opened.tenant, version)]
    return state.after(loose=state.with_loose(opened.state_key, gone=gone))


def stale_versions(opened: Opened) -> set[str]:
    """Those that are noted."""
    with opened.reading():
        rows = opened.db.execute("SELECT version FROM stale WHERE tenant = ?", (opened.tenant,))
        return {version for (version,) in rows}


def stale_row(tenant: str, version: str) -> str:
    """What a row adds to the vault's sum."""
    return f"stale|{tenant}|{version}"
