"""HashiCorp Vault, Transit engine: AES-256-GCM under a key that never leaves it.

A ciphertext names the version that made it (`vault:v1:...`). With a derived key (`derived=true`)
the context that is sent along keeps these root keys apart from whatever else the key encrypts.
"""

import base64
import binascii
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from privrag.errors import MissingExtraError, VaultError
from privrag.vault.key_service import Wrapped
from privrag.vault.settings import VaultSettings

_CONTEXT = base64.b64encode(b"privrag root key").decode()


class TransitService:
    """One key of a Transit engine."""

    name = "transit"

    def __init__(self, settings: VaultSettings) -> None:
        """Connect on first use. Raises MissingExtraError without hvac."""
        try:
            import hvac
        except ImportError:
            raise MissingExtraError("hvac", "keys") from None
        assert settings.token is not None  # noqa: S101 - the settings see to it
        self._client = hvac.Client(
            url=settings.address,
            token=settings.token.get_secret_value(),
            namespace=settings.namespace,
            verify=True if settings.ca_file is None else str(settings.ca_file),
            timeout=settings.timeout_seconds,
        )
        self._client.session.trust_env = False  # no proxy, no .netrc: only what the settings say
        self._where = f"{settings.key} at {settings.address}"
        self._place: dict[str, Any] = {"name": settings.key, "mount_point": settings.mount}

    def fresh(self) -> tuple[bytes, Wrapped]:
        """Let the service draw the bytes (`datakey/plaintext`)."""
        with self._clear_errors():
            data = self._transit.generate_data_key(
                key_type="plaintext", context=_CONTEXT, bits=256, **self._place
            )["data"]
            return base64.b64decode(data["plaintext"]), self._wrapped(data["ciphertext"])

    def wrap(self, root: bytes) -> Wrapped:
        """Encrypt a root key that came out of a backup."""
        with self._clear_errors():
            self._transit.read_key(**self._place)  # encrypt would make a key that is not there
            data = self._transit.encrypt_data(
                plaintext=base64.b64encode(root).decode(), context=_CONTEXT, **self._place
            )["data"]
            return self._wrapped(data["ciphertext"])

    def unwrap(self, wrapped: Wrapped) -> bytes:
        """Let the service decrypt."""
        with self._clear_errors():
            data = self._transit.decrypt_data(
                ciphertext=wrapped.data.decode("ascii"), context=_CONTEXT, **self._place
            )["data"]
            return base64.b64decode(data["plaintext"])

    @property
    def _transit(self) -> Any:  # noqa: ANN401 - hvac has no types
        return self._client.secrets.transit

    def _wrapped(self, ciphertext: str) -> Wrapped:
        return Wrapped(str(self._place["name"]), ciphertext.encode("ascii"))

    @contextmanager
    def _clear_errors(self) -> Generator[None]:
        import hvac.exceptions as vault
        import requests

        try:
            yield
        except (vault.Forbidden, vault.Unauthorized):
            said = "refuses the token; give a valid one in PRIVRAG_VAULT__TOKEN"
        except vault.InvalidPath:
            said = "does not exist; restore it there, or put vault.key and vault.mount right"
        except vault.InvalidRequest:
            said = "refuses: it is another key, or this version of it was revoked"
        except (vault.VaultDown, vault.VaultNotInitialized):
            said = "cannot be used: that Vault is sealed; unseal it, then retry"
        except (
            vault.VaultError,
            requests.RequestException,
            KeyError,
            TypeError,
            UnicodeError,
            binascii.Error,
        ) as error:
            said = f"cannot be used ({type(error).__name__}); see that it is reachable, then retry"
        else:
            return
        raise VaultError(f"the Transit key {self._where} {said}") from None
