"""A vault for one measurement, with a key of its own; nothing of it stays."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from privrag.scratch import Scratch
from privrag.vault import FileKeyProvider, Vault


@contextmanager
def scratch_vault() -> Iterator[tuple[Vault, Path]]:
    """A vault of its own in a folder that only this user may read, both removed afterwards."""
    with Scratch() as scratch:
        keys = FileKeyProvider(scratch.path / "vault.key")
        with Vault.open(scratch.path / "vault.db", keys) as vault:
            yield vault, scratch.path
