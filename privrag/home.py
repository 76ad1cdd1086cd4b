"""What lies in a home, and how its vault and its audit log are opened."""

from collections.abc import Callable, Sequence
from pathlib import Path

from privrag.audit import AUDIT_FILE, AuditLog
from privrag.errors import VaultError
from privrag.settings import Settings, make_home
from privrag.vault import Vault, open_provider

VAULT_FILE = "vault.db"
MANIFEST_FILE = "manifest.db"


def open_vault(
    home: Path,
    settings: Settings,
    *,
    accept: bool = False,
    record: Callable[[Vault], None] | None = None,
) -> Vault:
    """The home's vault, created with it on first use. Raises SettingsError or VaultError.

    With `accept` it is taken as it is, also if it is an older copy than the counter file says;
    `record` is called before.
    """
    make_home(home)
    counter = counter_file(home, settings)
    if not (home / VAULT_FILE).exists():
        _refuse_a_lost_vault(home, [counter, home / MANIFEST_FILE, home / AUDIT_FILE])
    return Vault.open(
        home / VAULT_FILE,
        open_provider(settings.vault, home),
        tenant=settings.tenant,
        counter=counter,
        accept=accept,
        record=record,
    )


def _refuse_a_lost_vault(home: Path, others: Sequence[Path]) -> None:
    """Raise VaultError if any of the files is there that come into being after the vault."""
    found = [file.name for file in others if file.exists()]
    if found:
        raise VaultError(
            f"the vault {home / VAULT_FILE} is gone, but {' and '.join(found)} "
            f"{'is' if len(found) == 1 else 'are'} there; put it back, or from a backup: privrag "
            "vault restore FILE (nothing was changed; without it no name comes back, and only a "
            "new home can be begun)"
        )


def counter_file(home: Path, settings: Settings) -> Path:
    """The file that notes how far the vault is."""
    return settings.vault.counter_file or home / "vault.seen"


def open_audit(home: Path, settings: Settings, vault: Vault) -> AuditLog:
    """The home's audit log under the vault's keys; its file is made by the first record."""
    note = vault.records_note()
    return AuditLog(home, vault, tenant=settings.tenant, settings=settings.audit, note=note)
