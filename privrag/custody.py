"""What the owner does to the vault by hand: written down in the audit log, then done.

    reveal                         recorded, then shown
    merge, split, alias            done and recorded in one transaction: recorded before it stays
    rotate                         recorded, then begun
    backup, restore, accept        checked, recorded, then put in its place

An older vault comes back without those who were forgotten since: restore and accept erase them in
it before it is there to be read.

Where the log cannot be written, nothing is shown and nothing changed. What the vault refuses is
recorded, too, with the type of the error, as a sync is. Ids and counts, never words.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from privrag.audit import Action, AuditLog
from privrag.erasure import forgotten_before
from privrag.errors import AuditError, PrivragError, VaultError
from privrag.home import VAULT_FILE, counter_file, open_audit, open_vault
from privrag.open_home import OWNER_NAME
from privrag.pseudonym import LABELS, base
from privrag.pseudonymize.linking.canonical import alias_forms, canonical, is_written_out
from privrag.records import Viewer
from privrag.settings import Settings, make_home
from privrag.upkeep import sync_lock
from privrag.vault import Flag, Shown, Vault, open_provider
from privrag.vault.backup import BackedUp, Restored
from privrag.vault.backup import backup as write_backup
from privrag.vault.backup import restore as read_backup
from privrag.vault.counter import RecordsNote
from privrag.vault.lookup import Form
from privrag.vault.verify import Verified

PURPOSE = "vault"
_POLICY = Viewer(OWNER_NAME, owner=True, reveal=True).policy


class Custody:
    """The vault in its owner's hands: all that `privrag vault` may do, and nothing unrecorded."""

    def __init__(self, home: Path, settings: Settings, vault: Vault, audit: AuditLog) -> None:
        self._home = home
        self._settings = settings
        self._vault = vault
        self._audit = audit

    def show(self, pseudonym: str, *, reveal: bool = False) -> Shown:
        """What is known about an entity; its words only with `reveal`, and recorded then."""
        if not reveal:
            return self._vault.show(pseudonym)
        with self._refusals_of("reveal"):
            shown = self._vault.show(pseudonym, reveal=True)
            entities = {base(token) for token, _ in shown.words}
            counts = {"entities": len(entities), "surfaces": len(shown.words)}
            self._record("reveal", entities, counts, policy=_POLICY)
        return shown

    def named(self, name: str) -> str:
        """The pseudonym of the only entity of this name. Raises VaultError."""
        forms = [(label, canonical(label, name)) for label in LABELS]
        found = set(self._vault.find(forms).values())
        if len(found) != 1:
            message = f"that name leads to {len(found) or 'no'} entities; give a pseudonym instead"
            raise VaultError(message)
        return found.pop()

    def flagged(self, flags: Flag) -> list[Shown]:
        """Everybody who has one of the flags."""
        return self._vault.flagged(flags)

    def everybody(self) -> Iterator[Shown]:
        """Everybody: types, counts and flags."""
        return self._vault.everybody()

    def verify(self) -> Verified:
        """Every row checked."""
        return self._vault.verify()

    def merge(self, survivor: str, other: str) -> tuple[str, ...]:
        """Two entities made one; gives all pseudonyms, the surviving one first."""
        with self._change("merge"):
            pseudonyms = self._vault.merge(survivor, other)
            self._record("merge", pseudonyms, {"entities": len(pseudonyms)})
        return pseudonyms

    def split(self, pseudonym: str, surfaces: Sequence[str]) -> tuple[str, int]:
        """Surfaces taken out; gives the new pseudonym, and how many documents are to be written."""
        with self._change("split"):
            shown = self._vault.show(pseudonym)
            chosen = [*surfaces, *self._going_along(shown, surfaces)]
            forms, shared = self._forms(shown, chosen)
            new = self._vault.split(pseudonym, chosen, forms=forms, shared=shared)
            stale = len(self._vault.stale())
            counts = {"surfaces": len(set(surfaces)), "stale": stale}
            self._record("split", {shown.pseudonym, new}, counts)
        return new, stale

    def alias(self, pseudonym: str, name: str) -> None:
        """A further name leads to an entity."""
        with self._change("alias"):
            label = self._vault.show(pseudonym).label
            further = [(label, form) for form in alias_forms(label, name)]
            self._vault.alias(pseudonym, (label, canonical(label, name)), forms=further)
            self._record("alias", {base(pseudonym)})

    def rotate(self) -> int:
        """Another root key; gives the keys that were wrapped."""
        with self._refusals_of("rotate"):
            self._record("rotate", counts={"entities": self._vault.count()})
            return self._vault.rotate()

    def backup(self, to: Path, passphrase: str, *, with_key: bool) -> BackedUp:
        """An encrypted copy; it gets its name when it was recorded."""
        keys = open_provider(self._settings.vault, self._home)
        with self._refusals_of("backup"):
            return write_backup(
                self._home / VAULT_FILE,
                keys,
                to,
                passphrase,
                with_key=with_key,
                record=lambda: self._record("backup", counts={"with_key": int(with_key)}),
            )

    def refused(self, action: Action, error: PrivragError) -> None:
        """Record that this was asked for and ended with this error."""
        self._record(action, result=type(error).__name__)

    def _going_along(self, shown: Shown, surfaces: Sequence[str]) -> list[str]:
        """Full names that go, and stand also among the words that stay: written after a merge."""
        parted = self._vault.parted(shown.pseudonym, surfaces)
        return [
            text
            for text in parted.going
            if text in parted.staying
            and (shown.label != "PERSON" or is_written_out(canonical("PERSON", text)))
        ]

    def _forms(self, shown: Shown, chosen: Sequence[str]) -> tuple[list[Form], list[Form]]:
        """The forms that only what goes bears from now on, and those that both bear."""
        parted = self._vault.parted(shown.pseudonym, chosen)
        names, staying = ({canonical(shown.label, t) for t in texts}
                          for texts in (parted.going, parted.staying))  # fmt: skip
        further, others = ({f for t in texts for f in alias_forms(shown.label, t)}
                           for texts in (parted.going, parted.staying))  # fmt: skip
        own = (names - staying) | (further - staying - others)
        both = (names | further) - own
        return [(shown.label, f) for f in sorted(own)], [(shown.label, f) for f in sorted(both)]

    def _record(
        self,
        action: Action,
        entities: Iterable[str] = (),
        counts: Mapping[str, int] | None = None,
        *,
        policy: str = "",
        result: str = "ok",
    ) -> None:
        self._audit.append(
            action,
            OWNER_NAME,
            entities=entities,
            counts=counts,
            purpose=PURPOSE,
            policy=policy,
            result=result,
        )

    @contextmanager
    def _change(self, action: Action) -> Generator[None]:
        """One transaction: without its record, it never was."""
        with self._refusals_of(action), self._vault.together():
            yield

    @contextmanager
    def _refusals_of(self, action: Action) -> Generator[None]:
        try:
            yield
        except AuditError:
            raise
        except PrivragError as error:
            self.refused(action, error)
            raise


@contextmanager
def open_custody(home: Path, settings: Settings) -> Iterator[Custody]:
    """The vault of a home and its log; the index stays untouched. There must be a vault."""
    _refuse_no_vault(home)
    with (
        open_vault(home, settings) as vault,
        closing(open_audit(home, settings, vault)) as audit,
    ):
        yield Custody(home, settings, vault, audit)


@dataclass(frozen=True, slots=True)
class Accepted:
    """A vault taken as it is."""

    mark: str
    erased: tuple[str, ...]
    """Pseudonyms of people in it who had been forgotten, and are again."""


def accept(home: Path, settings: Settings) -> Accepted:
    """Take the vault as it is, though it is older than noted, without whom was forgotten since.

    Raises AuditError if log or certificates were changed, SyncError while a sync runs.
    """
    _refuse_no_vault(home)
    erased: tuple[str, ...] = ()

    def record(vault: Vault) -> None:
        nonlocal erased
        counter = int(vault.mark().partition(":")[0])
        erased = vault.erase_again(forgotten_before(home, settings, [vault])).pseudonyms
        counts = {"counter": counter} | _counted(erased)
        with closing(_log_as_it_is(home, settings, vault)) as audit:
            audit.append("accept", OWNER_NAME, entities=erased, counts=counts, purpose=PURPOSE)

    with sync_lock(home), open_vault(home, settings, accept=True, record=record) as vault:
        vault.finish_erasing()
        return Accepted(vault.mark(), erased)


@dataclass(frozen=True, slots=True)
class LostLog:
    """An audit log that ends before what was noted of it, taken as it is."""

    record: int
    """Its record that says so."""
    lost: int
    """The last record that had been noted."""


def accept_log(home: Path, settings: Settings) -> LostLog:
    """Take the audit log as it is, though records of it are lost; it goes on with a record of that.

    Raises AuditError if none are, and if a checkpoint is still there that says what is lost.
    """
    _refuse_no_vault(home)
    with (
        open_vault(home, settings) as vault,
        closing(_log_as_it_is(home, settings, vault)) as log,
    ):
        note = vault.records_note()
        noted = note.read()
        if log.head().seq >= noted:
            message = "the audit log ends where it should: there is nothing to accept"
            raise AuditError(message)
        record = log.append("accept", OWNER_NAME, counts={"noted": noted}, purpose="audit")
        log.checkpoint()
        note.note(record, anew=True)
    return LostLog(record, noted)


def restore(
    home: Path, settings: Settings, file: Path, passphrase: str, *, replace: bool
) -> Restored:
    """Put a backup in its place; its record is one of the log as the restored vault reads it.

    Who was forgotten since is erased in it before. Raises AuditError if log or certificates were
    changed, SyncError while a sync runs.
    """
    make_home(home)
    is_new = not (home / VAULT_FILE).exists()
    with sync_lock(home), ExitStack() as logs:

        def forgotten(restored: Vault, replaced: Vault | None) -> frozenset[str]:
            vaults = [restored] if replaced is None else [restored, replaced]
            return forgotten_before(home, settings, vaults)

        def recorder(restored: Vault) -> Callable[[Restored], None]:
            note = restored.records_note(counter_file(home, settings))
            log = _log_as_it_is(home, settings, restored, None if is_new else note)
            logs.enter_context(closing(log))
            return partial(_record_restored, log)

        try:
            return read_backup(
                file,
                home / VAULT_FILE,
                open_provider(settings.vault, home),
                passphrase,
                tenant=settings.tenant,
                counter=counter_file(home, settings),
                replace=replace,
                forgotten=forgotten,
                recorder=recorder,
            )
        except AuditError:
            raise
        except PrivragError as error:
            with suppress(VaultError), open_custody(home, settings) as here:  # if one opens here
                here.refused("restore", error)
            raise


def _log_as_it_is(
    home: Path, settings: Settings, vault: Vault, note: RecordsNote | None = None
) -> AuditLog:
    """The log, whatever else was noted of how far it is."""
    return AuditLog(home, vault, tenant=settings.tenant, settings=settings.audit, note=note)


def _record_restored(log: AuditLog, done: Restored) -> None:
    erased = done.again.pseudonyms
    counts = {"entities": done.checked.entities, "surfaces": done.checked.surfaces}
    counts |= _counted(erased)
    log.append("restore", OWNER_NAME, entities=erased, counts=counts, purpose=PURPOSE)


def _counted(erased: Sequence[str]) -> dict[str, int]:
    return {"erased": len(erased)} if erased else {}


def _refuse_no_vault(home: Path) -> None:
    if not (home / VAULT_FILE).exists():
        message = f"there is no vault in {home}; name the home with --home, or sync first"
        raise VaultError(message)
