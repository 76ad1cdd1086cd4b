"""Root keys that a service keeps wrapped: Azure Key Vault, or HashiCorp Vault Transit.

What lies in the home is a small file of wrapped root keys. At start the service unwraps them, and
they are in memory only: no clear root key is ever written, and once the service refuses, nothing
opens. After the start no request waits for the service.
"""

import base64
import binascii
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from privrag.errors import VaultError
from privrag.vault.key_file import FileKeyProvider, read_private, replace_file, write_new
from privrag.vault.keys import KEY_BYTES, KeyProvider
from privrag.vault.settings import VaultSettings


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A root key that only the service can open."""

    key: str
    """The service's key that wrapped it, with its version where the service needs that."""
    data: bytes = field(repr=False)


class WrappingService(Protocol):
    """A service that wraps 32 bytes under a key which never leaves it.

    Every failure is a VaultError of one sentence that names address and key, never a credential.
    """

    name: str

    def fresh(self) -> tuple[bytes, Wrapped]:
        """Draw 32 random bytes, and wrap them."""
        ...

    def wrap(self, root: bytes) -> Wrapped: ...

    def unwrap(self, wrapped: Wrapped) -> bytes: ...


class ServiceKeyProvider:
    """The root keys in a file (mode 0600) that a service must open."""

    wrapped = True

    def __init__(self, path: Path, service: WrappingService) -> None:
        self.path = path
        self._service = service
        self._wrapped: dict[bytes, Wrapped] = {}

    def fresh(self) -> bytes:
        """Let the service draw a root key; how it is wrapped is remembered for `save`."""
        root, wrapped = self._service.fresh()
        self._wrapped[root] = wrapped
        return root

    def create(self) -> None:
        """Write a file with a new root key if there is none."""
        if not self.path.exists():
            root = self.fresh()
            write_new(self.path, self._file([self._wrapped[root]]))

    def load(self) -> tuple[bytes, ...]:
        """Read the file and let the service open what is in it."""
        known = {wrapped: root for root, wrapped in self._wrapped.items()}
        found: dict[bytes, Wrapped] = {}
        for wrapped in self._read():
            root = known[wrapped] if wrapped in known else self._service.unwrap(wrapped)
            if len(root) != KEY_BYTES:
                message = f"the {self._service.name} gave {len(root)} bytes instead of {KEY_BYTES}"
                raise VaultError(f"{message} for the root key in {self.path}; check its key")
            found[root] = wrapped
        self._wrapped = found
        return tuple(found)

    def save(self, roots: tuple[bytes, ...]) -> None:
        """Replace the file; root keys that the service has not seen yet are wrapped first."""
        wrapped = {root: self._wrapped.get(root) or self._service.wrap(root) for root in roots}
        replace_file(self.path, self._file(list(wrapped.values())))
        self._wrapped = wrapped

    def at(self, path: Path) -> "ServiceKeyProvider":
        """The same service with another file."""
        return ServiceKeyProvider(path, self._service)

    def adopt(self, other: "ServiceKeyProvider") -> None:
        """Keep what the other's file holds in front of what is in this one's."""
        kept = self._read() if self.path.exists() else []
        replace_file(self.path, self._file(list(dict.fromkeys([*other._read(), *kept]))))

    def _read(self) -> list[Wrapped]:
        try:
            stored = json.loads(read_private(self.path))
            service = str(stored["service"])
            roots = [
                Wrapped(str(root["key"]), base64.b64decode(root["wrapped"], validate=True))
                for root in stored["roots"]
            ]
        except (ValueError, KeyError, TypeError, binascii.Error):
            service, roots = "", []
        if not roots:
            message = f"the vault's key file {self.path} is damaged; put it back from its backup"
            raise VaultError(message)
        if service != self._service.name:
            message = (
                f"the root key in {self.path} was wrapped by {service!r}, "
                f"the settings name {self._service.name!r}; set vault.provider accordingly"
            )
            raise VaultError(message)
        return roots

    def _file(self, roots: list[Wrapped]) -> bytes:
        stored = [
            {"key": root.key, "wrapped": base64.b64encode(root.data).decode()} for root in roots
        ]
        return json.dumps({"service": self._service.name, "roots": stored}, indent=1).encode()

    def __repr__(self) -> str:
        return f"ServiceKeyProvider({str(self.path)!r}, {self._service.name!r})"


def open_provider(settings: VaultSettings, home: Path) -> KeyProvider:
    """The provider that the settings name. Raises MissingExtraError without its library."""
    if settings.provider == "file":
        return FileKeyProvider(settings.key_file or home / "vault.key")
    path = settings.key_file or home / "vault.key.json"
    if settings.provider == "azure":
        from privrag.vault.key_azure import AzureService

        return ServiceKeyProvider(path, AzureService(settings))
    from privrag.vault.key_transit import TransitService

    return ServiceKeyProvider(path, TransitService(settings))
