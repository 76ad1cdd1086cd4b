"""Who offers what mentions of another document seek: the only person that fits, or nobody.

Full names offer keys (a part of the name with an identifier beside it, the letters of a handle);
the vault keeps keyed hashes of them among the forms. What seeks in vain leaves a hash, too: when
somebody offers it later, the documents that wait for it are to be written again.
"""

from collections.abc import Iterable

from privrag.vault.entity import Kind, Mention
from privrag.vault.integrity import State
from privrag.vault.opened import Opened
from privrag.vault.stale import mark_stale

_LEADS = (
    "SELECT f.blind, coalesce(e.leader, e.id) FROM forms f JOIN entities e"
    " ON e.id = f.entity WHERE +e.tenant = ? AND f.blind IN"
)
_WAITING = (
    "SELECT DISTINCT m.version FROM forms f JOIN entities e ON e.id = f.entity"
    " JOIN mentions m ON m.entity = e.id WHERE +e.tenant = ? AND f.blind IN"
)


class Offered:
    """Who offers the keys that these mentions ask about, as the vault stands now."""

    def __init__(self, opened: Opened, mentions: Iterable[Mention]) -> None:
        """Look all keys up at once; call it inside a transaction."""
        self._opened = opened
        keys = {key for m in mentions if m.seeks for key in (*m.seeks, *m.alone)}
        blinds = {opened.blind(Kind.OFFER, *key): key for key in keys}
        self._leads: dict[tuple[str, ...], set[int]] = {}
        for blind, lead in opened.select(_LEADS, blinds, opened.tenant):
            self._leads.setdefault(blinds[blind], set()).add(lead)

    @property
    def leads(self) -> set[int]:
        """Ids of all who offer anything that is sought."""
        return set().union(*self._leads.values())

    def only(self, mention: Mention) -> int | None:
        """The id of the one person whose this mention is; None if none or several fit."""
        fit = set().union(*(self._leads.get(key, set()) for key in mention.seeks))
        if len(fit) != 1 or any(self._leads.get(key, set()) != fit for key in mention.alone):
            return None
        return fit.pop()


def mark_waiting(opened: Opened, state: State, keys: Iterable[tuple[str, ...]]) -> State:
    """Note as stale the document versions that sought one of these keys in vain."""
    blinds = {opened.blind(Kind.AWAITED, *key) for key in keys}
    versions = {version for (version,) in opened.select(_WAITING, blinds, opened.tenant)}
    return mark_stale(opened, state, versions) if versions else state
