"""`privrag forget`: erase a person from every store; a signed certificate says so."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privrag.cli import BAD_INPUT, JsonOption, emit_json, printable, run
from privrag.errors import SettingsError, VaultError

if TYPE_CHECKING:
    from privrag.erasure import Forgotten, Preview, Scope
    from privrag.rag import AsyncRag


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command()(forget)


def forget(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME|ID", help="A full name, or a pseudonym.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what.")] = False,
    with_identifiers: Annotated[
        bool,
        typer.Option(
            "--with-identifiers",
            help="Also phone, staff, account numbers ... that stood with this person alone.",
        ),
    ] = False,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", metavar="ID", help="Leave out a pseudonym that would go, too."),
    ] = None,
    verify: Annotated[
        Path | None,
        typer.Option("--verify", help="Check a certificate instead: its file, or a pseudonym."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Erase a person for good, and mask the name in every later sync. Cannot be undone."""
    if verify is not None:
        _check(context.obj, verify, as_json)
        return
    if name is None:
        message = "name somebody: privrag forget NAME --yes, by full name or pseudonym"
        raise SettingsError(message)
    if not (context.obj / "vault.db").exists():
        message = f"there is no vault in {context.obj}; name the home with --home"
        raise VaultError(message)
    from privrag.erasure import Scope

    scope = Scope(with_identifiers=with_identifiers, keep=tuple(keep or ()))
    if not yes:
        _preview(run(context.obj, lambda rag: _look(rag, name, scope)), as_json)
        raise typer.Exit(BAD_INPUT)
    done = run(context.obj, lambda rag: _forget(rag, name, scope))
    for stuck in done.pending:
        typer.echo(
            f"privrag: the erasure of {stuck.pseudonym}, begun earlier, is still pending: "
            f"{stuck.why} (privrag forget {stuck.pseudonym} --yes)",
            err=True,
        )
    if as_json:
        emit_json(
            {
                "certificate": asdict(done.certificate),
                "file": str(done.path),
                "sources": list(done.sources),
                "left_in_home": list(done.in_home),
                "remaining": list(done.remaining),
                "models": list(done.certificate.models),
                "left": list(done.left),
                "beside": [asdict(one) for one in done.beside],
                "pending": [asdict(stuck) for stuck in done.pending],
            }
        )
    else:
        _print(done)


async def _forget(rag: "AsyncRag", name: str, scope: "Scope") -> "Forgotten":
    from privrag.erasable import erasables
    from privrag.erasure import Parts, forget
    from privrag.open_home import OWNER_NAME

    parts = Parts(rag.home, OWNER_NAME, rag.embedder, rag.parser, erasables(rag.home))
    return await forget(rag.stores, name, parts, scope)


async def _look(rag: "AsyncRag", name: str, scope: "Scope") -> "Preview":
    from privrag.erasure import look

    return await look(rag.stores, name, scope)


def _preview(found: "Preview", as_json: bool) -> None:
    if as_json:
        emit_json({"would_erase": asdict(found)})
    else:
        print(f"would erase for good: {', '.join(found.pseudonyms)}")
        print(
            f"from {found.documents} documents: {found.places} places in {found.chunks} chunks "
            f"and {found.titles} titles"
        )
        if found.longer:
            print(
                f"of these, longer names with this one in them: {', '.join(found.longer)} "
                "(another person? leave it out with --keep ID)"
            )
        _print_what_stays(found)
    how = "run again with --yes"
    if found.part_of_name:
        first = found.pseudonyms[0]
        how = (
            f"give the full name or the pseudonym: privrag forget {first} --yes (the word you gave "
            f"is a part of one known name only, that of {first})"
        )
    typer.echo(f"nothing was changed; to do it, {how}", err=True)


def _print_what_stays(found: "Preview | Forgotten") -> None:
    """Pseudonyms that are not gone, and how they can be."""
    if found.left:
        print(
            f"entries with this name or a part of it that stay, maybe somebody else's: "
            f"{', '.join(found.left)} (privrag forget ID --yes takes one)"
        )
    alone = [one.pseudonym for one in found.beside if one.alone]
    shared = [one.pseudonym for one in found.beside if not one.alone]
    if alone:
        print(
            f"identifiers that stood with this person alone and stay: {', '.join(alone)} "
            "(take them, too: --with-identifiers; afterwards: privrag forget ID --yes)"
        )
    if shared:
        print(
            f"identifiers that stood with this person and others, and stay: {', '.join(shared)} "
            "(privrag forget ID --yes takes one)"
        )


def _print(done: "Forgotten") -> None:
    certificate = done.certificate
    counts = ", ".join(f"{name} {count}" for name, count in sorted(certificate.counts.items()))
    print(f"erased: {', '.join(certificate.pseudonyms)} ({counts})")
    print(f"{certificate.suppressed_forms} forms of the name are masked in every later sync")
    print(f"certificate {done.path}, audit record {certificate.audit_record}")
    if not certificate.purged:
        print("the index server keeps overwritten texts until it optimises")
    _print_what_stays(done)
    print(
        "backups made before still hold the person: delete them and make a new one (privrag vault "
        "rotate is enough only for those made with --no-with-key, and only if no copy of the old "
        "key is left)"
    )
    for title, places in (
        ("still named in the source files", done.sources),
        ("still named in the home", done.in_home),
        ("words that may mean the person, look at them", done.remaining),
        ("models that were trained with the person", certificate.models),
    ):
        if places:
            print(f"{title}:")
        for place in places:
            print(f"  {printable(place)}")


def _check(home: Path, file: Path, as_json: bool) -> None:
    from privrag.erasure import find, verify
    from privrag.home import open_audit, open_vault
    from privrag.pseudonym import base, is_valid
    from privrag.settings import load_settings

    token = str(file).strip().upper()
    if is_valid(token):
        named = find(home, base(token))
        if named is None:
            message = f"no certificate in {home} names {base(token)}"
            raise VaultError(message)
        file = named
    certificate = verify(file)
    ours = None
    if (home / "vault.db").exists():
        settings = load_settings(home)
        with open_vault(home, settings) as vault:
            log = open_audit(home, settings, vault)
            ours = log.public_key.hex() == certificate.public_key
            log.close()
    if as_json:
        emit_json({"valid": True, "this_home": ours, "certificate": asdict(certificate)})
        return
    whose = {True: "this home", False: "another home", None: "some home"}[ours]
    print(
        f"unchanged, signed by {whose} (public key {certificate.public_key}): "
        f"{', '.join(certificate.pseudonyms)} erased {certificate.time}"
    )
