"""What one request tells the log before it shows anything: each entity once."""

import threading
from collections.abc import Collection
from typing import TYPE_CHECKING, Literal

from privrag.audit.log import AuditLog

if TYPE_CHECKING:
    from privrag.audit.record import Action


class Disclosures:
    """Records what one request shows, before it does: each entity once.

    `reveal` is a name that came out of the vault; `asked` one that the asker typed and that an
    answer from the documents says again.
    """

    def __init__(
        self,
        log: AuditLog,
        actor: str,
        *,
        purpose: str,
        policy: str,
        action: Literal["reveal", "asked"] = "reveal",
    ) -> None:
        self._log = log
        self._action: Action = action
        self._actor = actor
        self._purpose = purpose
        self._policy = policy
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, entities: Collection[str]) -> None:
        """Write a record of those not recorded yet. Raises AuditError: show nothing then."""
        with self._lock:
            new = set(entities) - self._told
            if new:
                self._log.append(
                    self._action,
                    self._actor,
                    entities=new,
                    counts={"entities": len(new)},
                    purpose=self._purpose,
                    policy=self._policy,
                )
                self._told |= new
