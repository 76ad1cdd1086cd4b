"""`privrag leak-scan`: search everything that the home keeps for raw values."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from privrag.cli import BAD_INPUT, JsonOption, emit_json, printable, run
from privrag.errors import SettingsError

_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command("leak-scan")(leak_scan)


def leak_scan(
    context: typer.Context,
    folder: Annotated[
        Path | None, typer.Argument(help="With --plant: where to write the invented documents.")
    ] = None,
    plant: Annotated[
        int, typer.Option(min=0, help="Write so many documents about invented people into DIR.")
    ] = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit status 2 for suspicions, too.")
    ] = False,
    sample: Annotated[
        int, typer.Option(min=0, help="Chunks that the second detector reads (0: none).")
    ] = 200,
    as_json: JsonOption = False,
) -> None:
    """Search index and home for raw values; exit status 2 if there are any. Shows no value."""
    if plant or folder is not None:
        count = _plant(context.obj, plant, folder)
        if as_json:
            emit_json({"planted": count, "folder": str(folder)})
        else:
            print(f"{count} documents written; sync them, then run: privrag leak-scan")
        return
    report = run(context.obj, lambda rag: _scan(rag, sample))
    suspicious = bool(report.suspected or report.sample.get("chunks_with_any"))
    if as_json:
        emit_json(_as_json(report))
    else:
        _print(report)
    if not report.clean or (strict and suspicious):
        raise typer.Exit(BAD_INPUT)


async def _scan(rag: Any, sample: int) -> Any:  # noqa: ANN401 - AsyncRag -> Report
    from importlib.util import find_spec

    from privrag.erasable import erasables
    from privrag.leak import scan
    from privrag.second_opinion import SecondOpinion

    there = sample > 0 and find_spec("presidio_analyzer") is not None
    return await scan(
        rag.stores,
        rag.home,
        detector=SecondOpinion() if there else None,
        sample=sample,
        others=erasables(rag.home),
    )


def _plant(home: Path, count: int, folder: Path | None) -> int:
    from privrag.canary import remember
    from privrag.leak.plant import plant

    if folder is None or count == 0:
        message = "name both: privrag leak-scan --plant N DIR"
        raise SettingsError(message)
    if folder.absolute().is_relative_to(home.absolute()):
        message = "plant outside the home: what stands in clear inside it is a leak"
        raise SettingsError(message)

    async def work(rag: Any) -> int:  # noqa: ANN401 - AsyncRag
        remember(rag.stores.manifest, rag.stores.vault, list(plant(folder, count)))
        return count

    return run(home, work)


def _as_json(report: Any) -> dict[str, Any]:  # noqa: ANN401 - Report
    return {
        "clean": report.clean,
        "findings": [asdict(finding) for finding in report.certain],
        "findings_total": report.certain_count,
        "suspicions": dict(report.suspected),
        "suspicion_places": report.suspected_places,
        "second_opinion": report.sample or None,
        "canaries": {kind: asdict(row) for kind, row in report.canaries.items()},
        "unreadable": report.unreadable,
        "scanned": {
            "values": report.values,
            "files": report.files,
            "bytes": report.bytes,
            "chunks": report.chunks,
        },
        "seconds": report.seconds,
    }


def _print(report: Any) -> None:  # noqa: ANN401 - Report
    print(
        f"{report.chunks} chunks and {report.files} files searched for {report.values} values: "
        f"{report.certain_count or 'no'} raw values"
    )
    for finding in report.certain[:_SHOWN]:
        print(
            f"  {printable(finding.place)} at {finding.offset}: {finding.kind} "
            f"({finding.how}), value {finding.hash}"
        )
    if report.certain_count > _SHOWN:
        print(f"  and {report.certain_count - _SHOWN} more")
    for kind, count in sorted(report.suspected.items()):
        print(f"  suspected: {kind} {count}")
    if report.sample:
        low, high = report.sample["ci95"]
        print(
            f"  second detector: something in {report.sample['chunks_with_any']} of "
            f"{report.sample['chunks']} chunks ({low:.1%} to {high:.1%}), it errs often"
        )
    for kind, row in report.canaries.items():
        print(f"  canaries {kind}: {row.detected} of {row.planted - row.waiting} detected")
    for place in report.unreadable:
        print(f"  cannot be read: {printable(place)}")
