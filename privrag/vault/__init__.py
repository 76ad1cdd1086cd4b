"""The one place where a pseudonym and a person meet. Its key stays apart from the index."""

from privrag.vault.entity import Flag, Mention
from privrag.vault.key_file import FileKeyProvider
from privrag.vault.key_service import open_provider
from privrag.vault.keys import KeyProvider
from privrag.vault.lookup import Shown
from privrag.vault.settings import VaultSettings
from privrag.vault.store import Vault

__all__ = [
    "FileKeyProvider",
    "Flag",
    "KeyProvider",
    "Mention",
    "Shown",
    "Vault",
    "VaultSettings",
    "open_provider",
]
