"""Who was forgotten in a home so far, by what says so and is signed: its log, its certificates."""

from collections.abc import Sequence
from pathlib import Path

from privrag.audit import checkpoint_path, forgotten
from privrag.audit.checkpoint import public_key
from privrag.erasure.certificate import FOLDER, verify
from privrag.errors import AuditError
from privrag.settings import Settings
from privrag.vault import Vault


def forgotten_before(home: Path, settings: Settings, vaults: Sequence[Vault]) -> frozenset[str]:
    """Pseudonyms of all of this tenant, for a vault from before, which may still know them.

    The log has to be whole under the keys of one of the vaults; certificates of other homes and
    tenants count for nothing. Raises AuditError where either was changed: nobody knows then.
    """
    keys = {public_key(vault.key("checkpoint")).hex() for vault in vaults}
    found = set(_in_log(home, settings, vaults))
    for path in sorted((home / FOLDER).glob("*.json")):
        certificate = verify(path)
        if certificate.tenant == settings.tenant and certificate.public_key in keys:
            found.update(certificate.pseudonyms)
    return frozenset(found)


def _in_log(home: Path, settings: Settings, vaults: Sequence[Vault]) -> frozenset[str]:
    checkpoints, failed = checkpoint_path(home, settings.audit), None
    for vault in vaults:
        try:
            return forgotten(home, vault, checkpoints, tenant=settings.tenant)
        except AuditError as error:
            failed = failed or error
    if failed is not None:
        raise failed
    return frozenset()
