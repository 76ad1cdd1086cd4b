"""The one place where a pseudonym and a person meet. Its key stays apart from the index."""

from privrag.vault.keys import FileKeyProvider, KeyProvider, VaultSettings
from privrag.vault.store import Mention, Vault

__all__ = ["FileKeyProvider", "KeyProvider", "Mention", "Vault", "VaultSettings"]
