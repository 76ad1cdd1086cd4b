"""`privrag sync`."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json, printable, run


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command()(sync)


def sync(
    context: typer.Context,
    paths: Annotated[list[Path] | None, typer.Argument(help="Folders or files.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done.")
    ] = False,
    allow_mass_delete: Annotated[
        bool, typer.Option("--allow-mass-delete", help="Let more than a third vanish.")
    ] = False,
    collection: Annotated[
        str | None, typer.Option(help="Collection to fill (default: the setting).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Bring the index in line with folders; without any, those synced before."""

    async def work(rag: Any) -> Any:  # noqa: ANN401 - AsyncRag, imported lazily
        return await rag.sync(
            *(paths or ()),
            dry_run=dry_run,
            allow_mass_delete=allow_mass_delete,
            collection=collection,
        )

    report = run(context.obj, work)
    if as_json:
        emit_json(asdict(report))
        return
    would = "would be " if dry_run else ""
    print(
        f"{would}added {report.added}, updated {report.updated}, deleted {report.deleted}, "
        f"unchanged {report.unchanged}, failed {len(report.failed)} in {report.seconds:.1f} s"
    )
    for failure in report.failed:
        print(f"  {printable(failure.uri)}: {printable(failure.error)}", file=sys.stderr)
