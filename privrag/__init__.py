"""Ask your own private documents questions; identities never leave the vault."""

from privrag import offline as offline  # first: switches hubs and telemetry off

__version__ = "0.1.0"
