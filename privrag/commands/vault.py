"""`privrag vault`: the keys, backups, and who is whom. Names show only with --reveal."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privrag.cli import BAD_INPUT, JsonOption, emit_json, printable
from privrag.errors import VaultError

if TYPE_CHECKING:
    from privrag.custody import Custody
    from privrag.settings import Settings
    from privrag.vault.lookup import Shown

PassphraseOption = Annotated[
    Path | None,
    typer.Option(
        "--passphrase-file",
        help="File with the passphrase in its first line (else PRIVRAG_VAULT__PASSPHRASE).",
    ),
]


NOT_CARRIED = (
    "forms masked by the vault that was there before could not be carried over; those of the "
    "people erased again are masked"
)


def register(app: typer.Typer) -> None:
    """Add the commands to the root."""
    vault = typer.Typer(
        no_args_is_help=True, help="Keys, backups and entities; names show only with --reveal."
    )
    for command in (rotate, verify, backup, restore, accept, merge, split, alias, show):
        vault.command()(command)
    vault.command("list")(list_entities)
    app.add_typer(vault, name="vault")


def rotate(context: typer.Context, as_json: JsonOption = False) -> None:
    """Change the root key, or finish a change that was interrupted. Make a new backup then."""
    with opened(context.obj) as vault:
        count = vault.rotate()
    if as_json:
        emit_json({"rewrapped": count})
    else:
        print(f"{count} data keys wrapped under a new root key; the old one is destroyed")


def verify(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check every row; exit status 2 if anything was changed, lost or put back."""
    with opened(context.obj) as vault:
        found = vault.verify()
    if as_json:
        emit_json(asdict(found))
    else:
        print(f"{found.entities} entities, {found.surfaces} surfaces checked")
        for wrong in found.damaged:
            print(f"  damaged: {printable(wrong)}", file=sys.stderr)
    if found.damaged:
        raise typer.Exit(BAD_INPUT)


def backup(
    context: typer.Context,
    file: Path,
    passphrase_file: PassphraseOption = None,
    with_key: Annotated[
        bool,
        typer.Option(help="Put the key into the backup, too; without it, keep the key elsewhere."),
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Write an encrypted backup while others go on writing."""
    passphrase = passphrase_of(settings_of(context.obj), passphrase_file, confirm=True)
    with opened(context.obj) as vault:
        done = vault.backup(file, passphrase, with_key=with_key)
    if as_json:
        emit_json(asdict(done))
    else:
        print(f"{done.bytes} bytes, {'with' if done.with_key else 'without'} the key")


def restore(
    context: typer.Context,
    file: Path,
    passphrase_file: PassphraseOption = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of the vault that is there.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Put a backup back, all of it checked; who was forgotten since is erased in it first."""
    from privrag import custody

    settings = settings_of(context.obj)
    passphrase = passphrase_of(settings, passphrase_file, confirm=False)
    done = custody.restore(context.obj, settings, file, passphrase, replace=replace)
    checked, again = done.checked, done.again
    if as_json:
        emit_json(
            {
                "entities": checked.entities,
                "surfaces": checked.surfaces,
                "erased_again": list(again.pseudonyms),
                "suppressed": again.suppressed,
            }
        )
        return
    print(f"{checked.entities} entities, {checked.surfaces} surfaces restored")
    print_erased_again(again.pseudonyms)
    if again.suppressed is None:
        print(NOT_CARRIED)
    else:
        print(f"{again.suppressed} forms stay masked, as in the vault that was replaced")


def accept(context: typer.Context, as_json: JsonOption = False) -> None:
    """Take the vault, though it is older than noted; who was forgotten since is erased first."""
    from privrag import custody

    done = custody.accept(context.obj, settings_of(context.obj))
    if as_json:
        emit_json({"mark": done.mark, "erased_again": list(done.erased)})
        return
    print("the vault is taken as it is")
    print_erased_again(done.erased)
    print(NOT_CARRIED)


def merge(context: typer.Context, survivor: str, other: str, as_json: JsonOption = False) -> None:
    """Two entities are one person: later mentions get the first pseudonym, both find it."""
    with opened(context.obj) as vault:
        pseudonyms = vault.merge(survivor, other)
    if as_json:
        emit_json({"pseudonym": pseudonyms[0], "others": list(pseudonyms[1:])})
    else:
        print(f"{pseudonyms[0]} now stands for {', '.join(pseudonyms[1:])}, too")


def split(
    context: typer.Context,
    pseudonym: str,
    surfaces: Annotated[list[str], typer.Argument(help="Exact words, or tokens.")],
    as_json: JsonOption = False,
) -> None:
    """Take surfaces out into an entity of their own; sync then writes their documents again."""
    with opened(context.obj) as vault:
        new, stale = vault.split(pseudonym, surfaces)
    if as_json:
        emit_json({"pseudonym": new, "stale": stale})
    else:
        what = "1 document is" if stale == 1 else f"{stale} documents are"
        print(f"{new} is an entity of its own; {what} written again by the next privrag sync")
        print("(a file that did not change counts as unchanged in its report)")


def alias(
    context: typer.Context,
    pseudonym: str,
    name: Annotated[str, typer.Option(help="A further name by which it is found.")],
    as_json: JsonOption = False,
) -> None:
    """Let a further name lead to an entity, in questions and in documents to come."""
    with opened(context.obj) as vault:
        vault.alias(pseudonym, name)
    if as_json:
        emit_json({"pseudonym": pseudonym})
    else:
        print(f"that name now leads to {pseudonym}")


def show(
    context: typer.Context,
    pseudonym: Annotated[str | None, typer.Argument()] = None,
    name: Annotated[str | None, typer.Option(help="Look the entity up by a name.")] = None,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show its words, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show an entity: type, counts, flags; its words only with --reveal."""
    if (pseudonym is None) == (name is None):
        message = "name one entity, by its pseudonym or with --name"
        raise VaultError(message)
    with opened(context.obj) as vault:
        shown = vault.show(pseudonym or vault.named(name or ""), reveal=reveal)
    if as_json:
        emit_json(row_of(shown, reveal=reveal))
        return
    print_row(shown)
    for token, words in shown.words:
        print(f"  {token}: {printable(words)}")


def list_entities(
    context: typer.Context,
    homonyms: Annotated[
        bool, typer.Option("--homonyms", help="Whose name may be that of two people.")
    ] = False,
    ambiguous: Annotated[
        bool, typer.Option("--ambiguous", help="Parts of names that fit several people.")
    ] = False,
    everybody: Annotated[
        bool, typer.Option("--all", help="Every entity, also those nobody need look at.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """List whom somebody should look at: homonyms and ambiguous names (default: both), or all."""
    from privrag.vault import Flag

    if everybody and (homonyms or ambiguous):
        message = "give either --all or what to list of --homonyms and --ambiguous"
        raise VaultError(message)
    flags = Flag.HOMONYM_RISK if homonyms else Flag(0)
    flags |= Flag.AMBIGUOUS if ambiguous else Flag(0)
    with opened(context.obj) as vault:
        both = Flag.HOMONYM_RISK | Flag.AMBIGUOUS
        found = vault.everybody() if everybody else iter(vault.flagged(flags or both))
        if as_json:
            emit_json([row_of(shown, reveal=False) for shown in found])
        else:
            for shown in found:
                print_row(shown)


def print_erased_again(pseudonyms: Sequence[str]) -> None:
    """Who was forgotten before, and stood in an older vault."""
    if pseudonyms:
        print(f"erased again: {', '.join(pseudonyms)}")


def row_of(shown: "Shown", *, reveal: bool) -> dict[str, Any]:
    """An entity as JSON; without `reveal` there is no key for its words."""
    row = asdict(shown)
    words = row.pop("words")
    return row | ({"words": dict(words)} if reveal else {})


def print_row(shown: "Shown") -> None:
    """One line about an entity."""
    flags = f"  [{', '.join(shown.flags)}]" if shown.flags else ""
    others = f"  also {', '.join(shown.others)}" if shown.others else ""
    print(
        f"{shown.pseudonym}  {shown.surfaces} surfaces, {shown.documents} documents{flags}{others}"
    )


@contextmanager
def opened(home: Path) -> Generator["Custody"]:
    """The home's vault, for what its owner does by hand; the index stays untouched."""
    from privrag.custody import open_custody

    with open_custody(home, settings_of(home)) as custody:
        yield custody


def settings_of(home: Path) -> "Settings":
    """The home's settings."""
    from privrag.settings import load_settings

    return load_settings(home)


def passphrase_of(settings: "Settings", file: Path | None, *, confirm: bool) -> str:
    """The passphrase from a file, the environment, or the terminal; never an argument."""
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").splitlines()[0]
        except (OSError, IndexError, UnicodeDecodeError):
            message = f"the passphrase file {file} has no first line that can be read"
            raise VaultError(message) from None
    if settings.vault.passphrase is not None:
        return str(settings.vault.passphrase.get_secret_value())
    if not sys.stdin.isatty():
        message = "give the passphrase with --passphrase-file or PRIVRAG_VAULT__PASSPHRASE"
        raise VaultError(message)
    return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=confirm, err=True))
