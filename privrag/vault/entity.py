"""An entity's row as the vault works on it, and what its ciphertexts are bound to."""

from dataclasses import dataclass, field

from privrag.errors import VaultError
from privrag.vault.cipher import frame
from privrag.vault.schema import SCHEMA_VERSION

# Casts, because SQLite gives a column that somebody edited in whatever type it now has.
COLUMNS = (
    "e.id, e.pseudonym, CAST(e.label AS TEXT), CAST(e.canonical AS BLOB), e.part,"
    " CAST(e.wrapped_key AS BLOB)"
)


@dataclass(slots=True)
class Entity:
    """A row of `entities` (alias `e` in `COLUMNS`)."""

    id: int
    pseudonym: str
    label: str
    canonical: bytes
    part: int
    wrapped_key: bytes = field(repr=False)
    suffixes: dict[bytes, str] = field(default_factory=dict)
    """Blind surface -> suffix."""

    def context(self, tenant: str, suffix: str | None = None) -> bytes:
        """Bind a surface, or without `suffix` the data key, to this row.

        So no exchanged, copied or edited row opens.
        """
        parts = [tenant, self.pseudonym, self.label, self.canonical.hex()]
        parts += [str(self.part), str(SCHEMA_VERSION)]
        return frame("key", *parts) if suffix is None else frame("surface", *parts, suffix)


def damaged(pseudonym: str) -> VaultError:
    """The error for a row that does not open; names the pseudonym only."""
    return VaultError(
        f"the vault's entry of {pseudonym} was damaged or exchanged; "
        "put the vault back from its backup"
    )
