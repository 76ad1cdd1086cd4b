"""Is the audit log whole? Every record in its place, unchanged, up to the last checkpoint."""

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from privrag.audit.checkpoint import Checkpoint, parse_checkpoint, public_key, read_lines
from privrag.audit.log import AUDIT_FILE, AuditKeys, lost
from privrag.audit.record import Head, chained, parse_record
from privrag.audit.store import AuditStore
from privrag.errors import AuditError


@dataclass(frozen=True, slots=True)
class Verified:
    """One tenant's chain, found whole."""

    tenant: str
    records: int
    head: str
    checkpoints: int
    unsigned: int
    """Records since the last checkpoint: only these could have been cut without showing."""


def forgotten(home: Path, keys: AuditKeys, checkpoints: Path, *, tenant: str) -> frozenset[str]:
    """Pseudonyms of all whom the tenant's log says were forgotten; its chain is checked first.

    Raises AuditError as `verify` does, for what is wrong with this tenant.
    """
    path = home / AUDIT_FILE
    store = AuditStore(path) if path.exists() else None
    found: set[str] = set()
    try:
        copies = store.checkpoints(tenant) if store else []
        signed = _signed_lines(checkpoints, keys, only=tenant)
        _check_copies(tenant, copies, signed, checkpoints)
        _verify_tenant(tenant, store, keys, signed)
        for _, body, _ in store.records(tenant) if store else ():
            record = parse_record(body)
            if (record.action, record.result) == ("forget", "ok"):
                found.update(record.entities)
    finally:
        if store is not None:
            store.close()
    return frozenset(found)


def verify(
    home: Path, keys: AuditKeys, checkpoints: Path, *, tenant: str, noted: int = 0
) -> list[Verified]:
    """Check the chains of all tenants in the log and of `tenant`, in the order of their names.

    `noted` is the record of `tenant` that the vault has noted. Raises AuditError with one sentence
    that names tenant and record for the first thing wrong: a gap, an edited, moved, added or copied
    record, a cut tail, a missing or forged checkpoint.
    """
    path = home / AUDIT_FILE
    store = AuditStore(path) if path.exists() else None
    try:
        # Whoever writes meanwhile writes record, line, copy: so they are read in the other order.
        copies = {name: store.checkpoints(name) for name in store.tenants()} if store else {}
        signed = _signed_lines(checkpoints, keys)
        chains = []
        for name in sorted({tenant, *copies, *(c.tenant for c in signed)}):
            own = [c for c in signed if c.tenant == name]
            _check_copies(name, copies.get(name, []), own, checkpoints)
            chains.append(_verify_tenant(name, store, keys, own))
            if name == tenant and chains[-1].records < noted:
                raise lost(name, chains[-1].records, noted)
        return chains
    finally:
        if store is not None:
            store.close()


def _signed_lines(path: Path, keys: AuditKeys, *, only: str | None = None) -> list[Checkpoint]:
    """Every checkpoint in the file; each must be one, and be signed by its tenant's key.

    With `only`, those of this tenant, and nothing is asked of the other lines.
    """
    signed = []
    for number, line in enumerate(read_lines(path) or [], 1):
        found = parse_checkpoint(line)
        if only is not None and (found is None or found.tenant != only):
            continue
        if found is None:
            raise AuditError(
                f"line {number} of the audit checkpoints is not a checkpoint: it was edited, or "
                "broke off in a power cut"
            )
        if not found.signed_by(public_key(keys.key("checkpoint", tenant=found.tenant))):
            raise AuditError(
                f"line {number} of {path} (tenant {found.tenant}, record {found.seq}) was not "
                "signed by this log's key: it is forged, or the key is another one"
            )
        signed.append(found)
    return signed


def _check_copies(
    tenant: str, copies: Sequence[str], signed: Sequence[Checkpoint], path: Path
) -> None:
    """Whether every checkpoint of which the log has a copy is still in the file."""
    written = {checkpoint.line() for checkpoint in signed}
    for number, line in enumerate(copies, 1):
        if line not in written:
            raise AuditError(
                f"checkpoint {number} of tenant {tenant} is missing from {path}; put the file back "
                "from its backup"
            )


def _verify_tenant(
    tenant: str, store: AuditStore | None, keys: AuditKeys, signed: Sequence[Checkpoint]
) -> Verified:
    expected = {c.seq: c for c in signed}
    head = Head(tenant)
    for head in _chain(tenant, store, keys):
        known = expected.get(head.seq)
        if known is not None and (known.head, known.count) != (head.hash, head.seq):
            raise AuditError(
                f"record {head.seq} of tenant {tenant} is not the one that its checkpoint signed"
            )
    last = max(expected, default=0)
    if last > head.seq:
        raise AuditError(
            f"the audit log of tenant {tenant} ends at record {head.seq}, but a checkpoint signed "
            f"record {last}: records {head.seq + 1} to {last} were cut off"
        )
    return Verified(tenant, head.seq, head.hash, len(signed), head.seq - last)


def _chain(tenant: str, store: AuditStore | None, keys: AuditKeys) -> Iterator[Head]:
    """Each record's head in order, checked against the one before."""
    if store is None:
        return
    key, before = keys.key("audit", tenant=tenant), Head(tenant)
    for seq, body, stored in store.records(tenant):
        if seq != before.seq + 1:
            raise AuditError(
                f"record {before.seq + 1} of tenant {tenant} is missing (the next is {seq})"
            )
        if not hmac.compare_digest(stored.encode(), chained(key, body).encode()):
            raise _wrong_hash(tenant, seq, store, key)
        try:
            record = parse_record(body)
        except ValueError:
            raise AuditError(f"record {seq} of tenant {tenant} is not a record") from None
        if (record.tenant, record.seq) != (tenant, seq):
            raise AuditError(
                f"record {seq} of tenant {tenant} is record {record.seq} of tenant "
                f"{record.tenant}: it was moved or copied there"
            )
        if record.prev != before.hash:
            raise AuditError(
                f"record {seq} of tenant {tenant} does not follow on record {before.seq}: the one "
                "before it was exchanged"
            )
        before = Head(tenant, seq, stored)
        yield before


def _wrong_hash(tenant: str, seq: int, store: AuditStore, key: bytes) -> AuditError:
    """Whether one record is wrong or the key: it fits none of them then."""
    fits = any(chained(key, body) == stored for _, body, stored in store.records(tenant))
    if fits or seq > 1:
        return AuditError(
            f"record {seq} of tenant {tenant} was edited, added or moved: its hash is wrong"
        )
    return AuditError(
        f"no record of tenant {tenant}, from record {seq} on, fits the key: put back the key file "
        "that the log was written with, or every record was edited"
    )
