"""`privrag forget`: erase a person from every store; a signed certificate says so."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json, printable, run
from privrag.errors import SettingsError, VaultError


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command()(forget)


def forget(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME|ID", help="A full name, or a pseudonym.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without, only say what.")] = False,
    verify: Annotated[
        Path | None, typer.Option("--verify", help="Check a certificate instead.")
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
    done = run(context.obj, lambda rag: _forget(rag, name, yes))
    if as_json:
        emit_json(
            {
                "certificate": asdict(done.certificate),
                "file": str(done.path),
                "sources": list(done.sources),
                "left_in_home": list(done.in_home),
                "models": list(done.certificate.models),
            }
        )
    else:
        _print(done)


async def _forget(rag: Any, name: str, yes: bool) -> Any:  # noqa: ANN401 - AsyncRag -> Forgotten
    from privrag.erasable import erasables
    from privrag.erasure import Parts, forget, look
    from privrag.rag import OWNER_NAME

    if not yes:
        pseudonyms, documents = look(rag.stores, name)
        message = (
            f"this would erase {', '.join(pseudonyms)} from {documents} documents for good, and "
            "nothing was changed; add --yes to do it"
        )
        raise VaultError(message)
    parts = Parts(rag.home, OWNER_NAME, rag.embedder, rag.parser, erasables(rag.home))
    return await forget(rag.stores, name, parts)


def _print(done: Any) -> None:  # noqa: ANN401 - Forgotten
    certificate = done.certificate
    counts = ", ".join(f"{name} {count}" for name, count in sorted(certificate.counts.items()))
    print(f"erased: {', '.join(certificate.pseudonyms)} ({counts})")
    print(f"{certificate.suppressed_forms} forms of the name are masked in every later sync")
    print(f"certificate {done.path}, audit record {certificate.audit_record}")
    if not certificate.purged:
        print("the index server keeps overwritten texts (without names) until it optimises")
    print("backups made before still hold the person: delete them, or run privrag vault rotate")
    for title, places in (
        ("still named in the source files", done.sources),
        ("still named in the home", done.in_home),
        ("models that were trained with the person", certificate.models),
    ):
        if places:
            print(f"{title}:")
        for place in places:
            print(f"  {printable(place)}")


def _check(home: Path, file: Path, as_json: bool) -> None:
    from privrag.erasure import verify
    from privrag.rag import open_audit, open_vault
    from privrag.settings import load_settings

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
