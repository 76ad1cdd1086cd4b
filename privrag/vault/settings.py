"""Table `[vault]` of `privrag.toml`."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

_SERVICE_FIELDS = ("address", "key", "ca_file")
_AZURE_FIELDS = ("authority", "directory", "client", "client_secret")
_TRANSIT_FIELDS = ("token", "namespace")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class VaultSettings(BaseModel):
    """Where the root key is kept, and what guards the vault's file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    provider: Literal["file", "azure", "transit"] = "file"
    """Who holds the root key: a file of this machine, an Azure Key Vault, or the Transit engine of
    a HashiCorp Vault. The services keep it wrapped; it is unwrapped in memory at start."""
    key_file: Path | None = None
    """File with the root key (mode 0600, made on first use). None means `vault.key` in the home,
    with a service `vault.key.json`, which only the service can open. A path on another disk, or a
    mounted secret, keeps the key apart from the vault."""
    counter_file: Path | None = None
    """File that notes how far the vault has come, so that an older copy put back is noticed. None
    means `vault.seen` in the home; on another disk it also notices a home that was put back."""
    address: str | None = None
    """Address of the service, `https://...`; none by default, and plain http only to loopback."""
    key: str | None = Field(default=None, pattern=r"^[A-Za-z0-9-]{1,127}$")
    """Name of the service's key: RSA in Azure (RSA-OAEP-256), `aes256-gcm96` in Transit."""
    mount: str = "transit"
    """Where the Transit engine is mounted."""
    namespace: str | None = None
    """Namespace of the HashiCorp Vault, where it has any."""
    ca_file: Path | None = None
    """Certificates (PEM) to trust for the service, in place of the usual ones."""
    authority: str | None = None
    """Azure: address that gives out tokens, as `https://login.microsoftonline.com`; needed with
    `client_secret`."""
    directory: str | None = None
    """Azure: id of the directory (Entra tenant) that the client is registered in."""
    client: str | None = None
    """Azure: id of the client; without `client_secret`, of the machine's managed identity."""
    client_secret: SecretStr | None = None
    """Azure: the client's secret (`PRIVRAG_VAULT__CLIENT_SECRET`); without it the machine's managed
    identity is used."""
    token: SecretStr | None = None
    """Transit: the token to come with (`PRIVRAG_VAULT__TOKEN`)."""
    passphrase: SecretStr | None = None
    """Passphrase of backups (`PRIVRAG_VAULT__PASSPHRASE`); without it the command asks."""
    timeout_seconds: float = Field(default=10.0, gt=0, le=120)
    """How long to wait for the service (up to 120)."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """Refuse what contradicts itself, naming both fields."""
        self._check_provider()
        self._check_credentials()
        for name in ("address", "authority"):
            self._check_address(name, getattr(self, name))
        return self

    def _check_provider(self) -> None:
        foreign = {
            "file": (*_SERVICE_FIELDS, *_AZURE_FIELDS, *_TRANSIT_FIELDS),
            "azure": _TRANSIT_FIELDS,
            "transit": _AZURE_FIELDS,
        }[self.provider]
        for name in foreign:
            if getattr(self, name) is not None:
                msg = f"{name} contradicts provider = '{self.provider}'; drop one of them"
                raise ValueError(msg)
        if self.provider != "file":
            for name in ("address", "key"):
                if getattr(self, name) is None:
                    msg = f"provider = '{self.provider}' needs {name}"
                    raise ValueError(msg)

    def _check_credentials(self) -> None:
        if self.provider == "transit" and self.token is None:
            msg = "provider = 'transit' needs token; set PRIVRAG_VAULT__TOKEN"
            raise ValueError(msg)
        if self.client_secret is not None:
            for name in ("authority", "directory", "client"):
                if getattr(self, name) is None:
                    msg = f"client_secret needs {name}"
                    raise ValueError(msg)
        elif self.authority is not None or self.directory is not None:
            name = "authority" if self.authority is not None else "directory"
            msg = f"{name} needs client_secret; set PRIVRAG_VAULT__CLIENT_SECRET"
            raise ValueError(msg)

    def _check_address(self, name: str, address: str | None) -> None:
        if address is None:
            return
        parts = urlsplit(address)
        local = parts.scheme == "http" and parts.hostname in _LOOPBACK and self.provider != "azure"
        if not parts.hostname or not (parts.scheme == "https" or local):
            msg = f"{name} expects https://HOST (for transit on this machine also http://)"
            raise ValueError(msg)
        if parts.username or parts.password or parts.query or parts.fragment:
            msg = f"{name} expects an address alone, without credentials or query"
            raise ValueError(msg)
