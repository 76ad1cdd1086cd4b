"""Azure Key Vault: RSA-OAEP-256 under an RSA key that never leaves it.

Each wrapped root key names the version that wrapped it, so a key that Azure rotates goes on
opening old ones. The application needs the permissions get, wrapKey and unwrapKey.
"""

import logging
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from privrag.errors import MissingExtraError, VaultError
from privrag.vault.key_service import Wrapped
from privrag.vault.keys import KEY_BYTES
from privrag.vault.settings import VaultSettings

if TYPE_CHECKING:
    from azure.keyvault.keys.crypto import CryptographyClient


class AzureService:
    """One RSA key of an Azure Key Vault."""

    name = "azure"

    def __init__(self, settings: VaultSettings) -> None:
        """Connect on first use. Raises MissingExtraError without azure's libraries."""
        try:
            import azure.identity
            import azure.keyvault.keys.crypto  # noqa: F401 - only to say early that it is missing
        except ImportError:
            package = "azure-keyvault-keys with azure-identity"
            raise MissingExtraError(package, "keys") from None
        logging.getLogger("azure").setLevel(logging.ERROR)  # it warns of what we raise
        self._address = str(settings.address).rstrip("/")
        self._key = f"{self._address}/keys/{settings.key}"
        self._options: dict[str, Any] = {
            "connection_timeout": settings.timeout_seconds,
            "read_timeout": settings.timeout_seconds,
            "use_env_settings": False,  # no proxy: only what the settings say
            "retry_total": 1,
            "retry_backoff_factor": 0.2,
        }
        if settings.ca_file is not None:
            self._options["connection_verify"] = str(settings.ca_file)
        self._credential = self._open_credential(settings)

    def fresh(self) -> tuple[bytes, Wrapped]:
        """Draw here (Key Vault has no call for it), wrap there."""
        root = secrets.token_bytes(KEY_BYTES)
        return root, self.wrap(root)

    def wrap(self, root: bytes) -> Wrapped:
        """Encrypt under the newest version of the key."""
        from azure.keyvault.keys.crypto import KeyWrapAlgorithm

        with self._clear_errors(), self._client(self._key) as client:
            result = client.wrap_key(KeyWrapAlgorithm.rsa_oaep_256, root)
        return Wrapped(result.key_id or self._key, result.encrypted_key)

    def unwrap(self, wrapped: Wrapped) -> bytes:
        """Let the service decrypt with the version that wrapped it."""
        from azure.keyvault.keys.crypto import KeyWrapAlgorithm

        if not wrapped.key.startswith(f"{self._key}/") and wrapped.key != self._key:
            message = f"the root key was wrapped by another key than {self._key}; set vault.key"
            raise VaultError(message)  # and no address but the settings' is ever asked
        with self._clear_errors(), self._client(wrapped.key) as client:
            result = client.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped.data)
        return result.key

    def _client(self, key: str) -> "CryptographyClient":
        from azure.keyvault.keys.crypto import CryptographyClient

        return CryptographyClient(key, self._credential, **self._options)

    def _open_credential(self, settings: VaultSettings) -> Any:  # noqa: ANN401 - a TokenCredential
        """The client with its secret, or this machine's managed identity."""
        from azure.identity import ClientSecretCredential, ManagedIdentityCredential

        if settings.client_secret is None:
            return ManagedIdentityCredential(client_id=settings.client)
        return ClientSecretCredential(
            tenant_id=str(settings.directory),
            client_id=str(settings.client),
            client_secret=settings.client_secret.get_secret_value(),
            authority=settings.authority,
            disable_instance_discovery=True,  # it would ask a Microsoft address
            **self._options,
        )

    @contextmanager
    def _clear_errors(self) -> Generator[None]:
        from azure.core.exceptions import (
            AzureError,
            ClientAuthenticationError,
            HttpResponseError,
            ResourceNotFoundError,
        )

        try:
            yield
        except ClientAuthenticationError:
            said = "gets no token; check vault.authority, vault.client and the client's secret"
        except ResourceNotFoundError:
            said = "has no such key (version); restore it there, or put vault.key right"
        except HttpResponseError as error:
            said = f"refuses ({error.status_code}): the key is revoked, disabled or another one"
        except (AzureError, ValueError) as error:  # ValueError: it asks for another vault's token
            said = f"cannot be used ({type(error).__name__}); see that it is reachable, then retry"
        else:
            return
        raise VaultError(f"the Azure Key Vault key {self._key} {said}") from None
