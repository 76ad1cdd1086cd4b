"""`privrag audit`: who saw whose name, and is the log of it whole?"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privrag.cli import JsonOption, emit_json, printable

if TYPE_CHECKING:
    from privrag.audit import AuditLog


def register(app: typer.Typer) -> None:
    """Add our commands to the root command, whose context object is the home folder."""
    audit = typer.Typer(no_args_is_help=True, help="The log of who saw whose name.")
    audit.command("verify")(verify_log)
    audit.command("list")(list_records)
    audit.command("head")(show_head)
    audit.command("accept")(accept_loss)
    app.add_typer(audit, name="audit")


def verify_log(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check that no record is missing, edited or moved; exit status 2 names the first that is."""
    from privrag.audit import checkpoint_path, verify
    from privrag.home import open_vault
    from privrag.settings import load_settings

    home: Path = context.obj
    settings = load_settings(home)
    checkpoints = checkpoint_path(home, settings.audit)
    with open_vault(home, settings) as vault:
        noted = vault.records_note().read()
        found = verify(home, vault, checkpoints, tenant=settings.tenant, noted=noted)
    if as_json:
        emit_json({"ok": True, "tenants": [asdict(each) for each in found]})
        return
    for each in found:
        print(
            f"tenant {each.tenant}: {each.records} records whole, {each.checkpoints} checkpoints, "
            f"{each.unsigned} records since the last; head {each.head}"
        )


def list_records(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many, the newest.")] = 50,
    actor: Annotated[str | None, typer.Option(help="Only what this user did.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the newest records, oldest first: ids and counts, never names from documents."""
    with _log(context.obj) as log:
        records = log.newest(limit, actor=actor)
    if as_json:
        emit_json([asdict(record) for record in records])
        return
    for record in records:
        what = " ".join([record.purpose, *record.entities]).strip()
        counts = " ".join(f"{name}={n}" for name, n in record.counts.items())
        print(
            f"{record.seq:6d}  {record.time}  {record.action:7}  {printable(record.actor)}  "
            f"{record.result}  {counts}  {what}"
        )


def show_head(context: typer.Context, as_json: JsonOption = False) -> None:
    """Print number and hash of the last record, and the key that checks its checkpoints.

    Note them elsewhere: a log that was cut since then no longer holds this hash.
    """
    with _log(context.obj) as log:
        head, public = log.head(), log.public_key.hex()
    if as_json:
        emit_json({"tenant": head.tenant, "seq": head.seq, "head": head.hash, "public_key": public})
    else:
        print(f"tenant {head.tenant} record {head.seq} head {head.hash} public key {public}")


def accept_loss(context: typer.Context, as_json: JsonOption = False) -> None:
    """Begin a new log where the old one was lost and no backup of it is left; that is recorded.

    Who saw whose name until then is known no more. What is left of the old one (checkpoints on
    another disk) is evidence: move it away first.
    """
    from privrag import custody
    from privrag.settings import load_settings

    done = custody.accept_log(context.obj, load_settings(context.obj))
    if as_json:
        emit_json({"record": done.record, "lost": done.lost})
    else:
        print(f"records up to {done.lost} are lost; record {done.record} of the log now says so")


@contextmanager
def _log(home: Path) -> "Iterator[AuditLog]":
    from privrag.home import open_audit, open_vault
    from privrag.settings import load_settings

    settings = load_settings(home)
    with (
        open_vault(home, settings) as vault,
        closing(open_audit(home, settings, vault)) as log,
    ):
        yield log
