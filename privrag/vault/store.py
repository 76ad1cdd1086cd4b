"""The vault: which pseudonym stands for whom. Nothing in its file is readable without the key.

    assign   mentions of a document -> the tokens to write instead      (ingest)
    find     normalised forms       -> pseudonyms already given out     (questions)
    surface  tokens                 -> the exact words they stand for   (restore)
    release  a document version     -> who is mentioned nowhere else is destroyed

A pseudonym is random. An entity is found again by a keyed hash of its label and canonical form,
so destroying its rows really cuts the link, and the file alone cannot be searched for a name.
"""

from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag

from privrag.errors import VaultError
from privrag.sqlite_file import transaction
from privrag.vault import destroy, divide, lookup, relate
from privrag.vault.again import ErasedAgain, erase_again
from privrag.vault.assign import assign
from privrag.vault.cipher import decrypt, encrypt, frame
from privrag.vault.counter import CounterFile, RecordsNote
from privrag.vault.entity import Flag, Mention
from privrag.vault.keys import KeyProvider, Keyring, Purpose
from privrag.vault.lookup import Form, Shown
from privrag.vault.migrate import make_new, migrate, migrate_2, vacuum
from privrag.vault.opened import Opened
from privrag.vault.rotate import rotate
from privrag.vault.schema import (
    SCHEMA_VERSION,
    connect,
    found_version,
    readable_errors,
)
from privrag.vault.stale import stale_versions
from privrag.vault.verify import Verified, verify

_PREVIEW = "preview"
"""Version under which schema 1 booked what `privrag pseudonymize` only showed."""


class Vault:
    """An open vault of one tenant. Several threads and several processes may use it at once.

    Every call raises VaultError where the file is damaged, closed, locked for long, or where a row
    that it reads is not the one that the vault wrote last; the error names the pseudonym only.
    """

    def __init__(self, opened: Opened) -> None:
        """Take over an open file: use `Vault.open`."""
        self.opened = opened

    @classmethod
    def open(
        cls,
        path: Path,
        keys: KeyProvider,
        *,
        tenant: str = "default",
        counter: Path | None = None,
        accept: bool = False,
        record: Callable[[Self], None] | None = None,
    ) -> Self:
        """Open the vault at `path`, or make one (file mode 0600) together with its key.

        `counter` is the file that notes how far the vault is (default: `.seen` beside it); with
        `accept` the vault is taken as it is, whatever was noted, once `record` was called with it
        and did not raise; what `record` changes is one transaction with that. Raises VaultError if
        the file exists but its key is missing or another one, and if it is older than noted.
        """
        keyring = Keyring(keys)
        keyring.open(create=not path.exists())  # key before vault: no vault ever lacks its key
        db = connect(path)
        opened = Opened(path, db, keyring, tenant, counter or path.with_suffix(".seen"))
        try:
            with readable_errors(path), transaction(db):
                version = found_version(db, path)
                if version == 0:
                    make_new(opened)
                elif version == 1:
                    migrate(opened)
                else:
                    opened.start()
                    if not accept:
                        opened.counter.check(opened.current().counter)
                    if version != SCHEMA_VERSION:
                        migrate_2(opened)
                    if accept:
                        if record is not None:
                            record(cls(opened))
                        opened.counter.restart(opened.current().counter)
            if version == 1:
                with readable_errors(path):
                    vacuum(db)
                destroy.release(opened, _PREVIEW)
            return cls(opened)
        except BaseException:
            opened.close()
            raise

    def close(self) -> None:
        """Close the file. Closing twice is fine; any other call then raises VaultError."""
        self.opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def together(self) -> Generator[None]:
        """Make several calls one transaction: all of them stay, or, if anything raises, none."""
        with self.opened.writing():
            yield

    def assign(self, mentions: Iterable[Mention], *, version: str | None) -> list[str]:
        """Give the token to write for each mention, in order, and note that `version` has it.

        One transaction: all of it is on disk afterwards, or nothing. The same mentions give the
        same tokens again. An entity with more surface forms than suffixes goes on in a further
        entity of its own pseudonym. Without a version nothing is stored: who is known has the
        known tokens, everybody else gets new ones for this call. Raises VaultError for an unknown
        label and for an empty surface or canonical form.
        """
        return assign(self.opened, mentions, version)

    def find(self, forms: Iterable[Form]) -> dict[Form, str]:
        """Give the pseudonym for each (label, form) that names exactly one person.

        A canonical form wins over the further forms of others, and those over people of one
        document who are known by this word alone. A form that several people share names none of
        them. Writes nothing.
        """
        return lookup.find(self.opened, forms)

    def others(self, forms: Iterable[Form], *, limit: int = 8) -> dict[Form, lookup.Others]:
        """Give whom else the same words may mean, at most `limit` for each form.

        Several who share a further form, and people of single documents who are known by one word.
        A canonical form means nobody else. Writes nothing.
        """
        return lookup.others(self.opened, forms, limit=limit)

    def known(
        self,
        forms: Iterable[Form],
        *,
        further_only: bool = False,
        one_word: Iterable[Form] = (),
    ) -> set[Form]:
        """Give those of the (label, form) that name any entity, however many.

        `further_only`: as a further form (a surname) of one, not as its canonical form. `one_word`:
        forms of one word (`is_one_word`) to look for also among those that name somebody in one
        document only, as `find` and `others` do.
        """
        return lookup.known(self.opened, forms, further_only=further_only, one_word=one_word)

    def offered(self, keys: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[str, ...]]:
        """Give, for those of the keys that full names offer, the pseudonyms of all who do."""
        return lookup.offered(self.opened, keys)

    def suppressed_offers(self, keys: Iterable[tuple[str, ...]]) -> set[tuple[str, ...]]:
        """Give those of the keys that people offered who were suppressed."""
        return destroy.suppressed_offers(self.opened, keys)

    def matching(self, forms: Iterable[Form], *, widely: bool = False) -> set[str]:
        """Give the pseudonyms of all people whom any of the forms names, however many.

        Unless `widely`, a canonical form wins over the further forms of others.
        """
        return lookup.matching(self.opened, forms, widely=widely)

    def every_surface(self) -> Iterator[tuple[str, str]]:
        """Give (pseudonym, raw words) of all that is known: for a scan, in memory only."""
        return lookup.every_surface(self.opened)

    def beside(self, forms: Iterable[Form]) -> dict[Form, set[str]]:
        """Give, for those of the identifiers that stood with people, whom each stood with."""
        return lookup.beside(self.opened, forms)

    def versions_of(self, pseudonyms: Collection[str]) -> set[str]:
        """Give the document versions that mention any of these entities."""
        return lookup.versions_of(self.opened, pseudonyms)

    def people_mark(self) -> str:
        """Give a word that changes whenever a form by which somebody is found is added or goes."""
        with self.opened.reading() as state:
            return str(state.people)

    def surface(self, tokens: Collection[str]) -> dict[str, str]:
        """Give the exact text that each token stands for; unknown tokens are absent.

        An unknown suffix gives the entity's first surface form.
        """
        return lookup.surface(self.opened, tokens)

    def leaders(self, pseudonyms: Collection[str]) -> dict[str, str]:
        """Give, for those of the pseudonyms that were merged into another, that other one."""
        return lookup.leaders(self.opened, pseudonyms)

    def led_by(self, pseudonyms: Collection[str]) -> dict[str, str]:
        """Give every further pseudonym of these people -> the one that was asked for."""
        return lookup.led_by(self.opened, pseudonyms)

    def release(self, version: str) -> int:
        """Forget what `version` mentions; destroy and count the entities nobody mentions now.

        Entities of one person stay as long as one of them is mentioned.
        """
        return destroy.release(self.opened, version)

    def erase(self, pseudonym: str) -> tuple[str, ...]:
        """Destroy a person, wherever it is mentioned: key, surfaces, forms and mentions.

        Gives all its pseudonyms; a tombstone of each stays, see `erased`. Raises VaultError for an
        unknown one, and if a process keeps the old state readable.
        """
        return destroy.erase(self.opened, pseudonym)

    def erased(self, tokens: Collection[str]) -> set[str]:
        """Give those of the tokens whose person was erased: `[erased]`, not unknown."""
        return destroy.erased(self.opened, tokens)

    def erase_again(
        self, pseudonyms: Collection[str], replaced: "Vault | None" = None
    ) -> ErasedAgain:
        """Erase and suppress who was forgotten since this (older) vault was written.

        These people, and those of whom the vault that it replaces knows. Unknown ones get a
        tombstone. Then call `finish_erasing`.
        """
        return erase_again(self.opened, pseudonyms, None if replaced is None else replaced.opened)

    def finish_erasing(self) -> None:
        """Empty the log, in which destroyed keys may still stand after a kill."""
        destroy.finish_erasing(self.opened)

    def suppress(self, forms: Iterable[Form], *, offers: Iterable[tuple[str, ...]] = ()) -> None:
        """Note (label, form) and offered keys that are never to be stored again; hashes only."""
        destroy.suppress(self.opened, forms, offers=offers)

    def suppress_people(self, pseudonyms: Collection[str]) -> int:
        """Suppress every form of these people that is not somebody else's, too; gives the count."""
        return destroy.suppress_people(self.opened, pseudonyms)

    def suppressed(self, forms: Iterable[Form]) -> set[Form]:
        """Give those of the (label, form) that were suppressed."""
        return destroy.suppressed(self.opened, forms)

    def any_suppressed(self) -> bool:
        """Whether anybody was suppressed at all."""
        return destroy.any_suppressed(self.opened)

    def merge(self, survivor: str, other: str) -> tuple[str, ...]:
        """Make two entities one person; gives its pseudonyms.

        Later mentions get the first one. Raises VaultError for unknown ones, for two types, or if
        they are one already.
        """
        return relate.merge(self.opened, survivor, other)

    def split(
        self,
        pseudonym: str,
        surfaces: Collection[str],
        *,
        forms: Sequence[Form] = (),
        shared: Sequence[Form] = (),
    ) -> str:
        """Take surfaces (exact texts or tokens) out into an entity of their own.

        Gives its pseudonym. All surfaces of something merged, or its pseudonym, undo the merge.
        `forms` lead to that entity from now on, `shared` to both. The documents concerned are
        `stale` until a sync writes them again.
        """
        return divide.split(self.opened, pseudonym, surfaces, forms=forms, shared=shared)

    def parted(self, pseudonym: str, surfaces: Collection[str]) -> divide.Parted:
        """Give the words (raw) that such a split would take, and those that it would leave."""
        return divide.parted(self.opened, pseudonym, surfaces)

    def alias(self, pseudonym: str, form: Form, *, forms: Sequence[Form] = ()) -> None:
        """Let a further canonical form, and further forms, lead to an entity.

        Raises VaultError if the form is somebody's already.
        """
        relate.alias(self.opened, pseudonym, form, forms)

    def flag(self, pseudonym: str, flags: Flag) -> None:
        """Note flags about an entity."""
        relate.flag(self.opened, pseudonym, flags)

    def flagged(self, flags: Flag = Flag.HOMONYM_RISK) -> list[Shown]:
        """Give everybody who has one of the flags."""
        return lookup.flagged(self.opened, flags)

    def everybody(self) -> Iterator[Shown]:
        """Give everybody, without any name."""
        return lookup.everybody(self.opened)

    def show(self, pseudonym: str, *, reveal: bool = False) -> Shown:
        """Give what is known about a person; its words only with `reveal`."""
        return lookup.show(self.opened, pseudonym, reveal=reveal)

    def stale(self) -> set[str]:
        """Give the document versions that a split made out of date."""
        return stale_versions(self.opened)

    def count(self) -> int:
        """Count the tenant's entities."""
        with self.opened.reading():
            row = self.opened.db.execute(
                "SELECT count(*) FROM entities WHERE tenant = ?", (self.opened.tenant,)
            ).fetchone()
        return int(row[0])

    def rotate(self) -> int:
        """Change the root key, or finish what was killed; gives the keys that were wrapped."""
        return rotate(self.opened)

    def verify(self) -> Verified:
        """Check every row of every tenant."""
        return verify(self.opened)

    def mark(self) -> str:
        """Give the vault's counter and the root of its checks: what an audit log may note."""
        with self.opened.reading() as state:
            return f"{state.counter}:{state.tree.hex()}"

    def records_note(self, counter: Path | None = None) -> RecordsNote:
        """Give the note of how far the tenant's audit log is, of this counter file or its own."""
        own = self.opened
        file = own.counter if counter is None else CounterFile(counter, own.state_key)
        return RecordsNote(file, own.tenant)

    def seal(self, text: str, *, context: str) -> bytes:
        """Encrypt a text that another store keeps; only the same context opens it."""
        return encrypt(self.key("seal"), text, frame("seal", self.opened.tenant, context))

    def unseal(self, data: bytes, *, context: str) -> str:
        """Undo `seal`. Raises VaultError if it was damaged or sealed for something else."""
        try:
            return decrypt(self.key("seal"), data, frame("seal", self.opened.tenant, context))
        except InvalidTag:
            message = "a sealed text cannot be opened: damaged, or of another context or key"
            raise VaultError(message) from None

    def blind(self, kind: str, text: str) -> str:
        """Hash a text under the tenant's key: the same every time, and tells nothing (64 hex)."""
        return self.opened.blind("blind", kind, text).hex()

    def key(self, purpose: Purpose, *, tenant: str | None = None) -> bytes:
        """Give a tenant's key of 32 bytes (its own) for a purpose; it outlives every rotation."""
        return self.opened.key(purpose, tenant=tenant)
