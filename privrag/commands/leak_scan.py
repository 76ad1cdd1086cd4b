"""`privrag leak-scan`: search everything that the home keeps for raw values."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privrag.cli import BAD_INPUT, JsonOption, emit_json, printable, run
from privrag.errors import SettingsError

if TYPE_CHECKING:
    from privrag.leak import Report
    from privrag.rag import AsyncRag

_SHOWN = 20
_PLACES = 5


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
        bool,
        typer.Option("--strict", help="Exit status 2 for suspicions that nobody accepted, too."),
    ] = False,
    max_flagged: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            metavar="SHARE",
            help="Exit status 2 if the second detector flags more than this share of its chunks.",
        ),
    ] = None,
    accept: Annotated[
        bool,
        typer.Option("--accept", help="You looked at every suspicion: do not count them again."),
    ] = False,
    sample: Annotated[
        int, typer.Option(min=0, help="Chunks that the second detector reads (0: none).")
    ] = 200,
    as_json: JsonOption = False,
) -> None:
    """Search index and home for raw values; exit status 2 if there are any. Shows no value.

    Searched for is what leads to somebody wherever it stands: names of two words, addresses,
    numbers, ids, secrets. Places, firms, dates and the like stand in clear in documents about
    nobody, a single word may be any word: they are not. A file that cannot be read is status 2.
    """
    if plant or folder is not None:
        count = _plant(context.obj, plant, folder)
        if as_json:
            emit_json({"planted": count, "folder": str(folder)})
        else:
            print(f"{count} documents written; sync them, then run: privrag leak-scan")
        return
    if max_flagged is not None and sample == 0:
        message = "--max-flagged needs the second detector; name a --sample above 0"
        raise SettingsError(message)
    report, accepted = run(context.obj, lambda rag: _scan(rag, sample, accept))
    if as_json:
        emit_json(_as_json(report) | {"accepted": accepted})
    else:
        _print(report)
        if accept:
            print(f"  accepted: {accepted}")
    if refused := _refusal(report, strict and not accept, None if accept else max_flagged):
        typer.echo(f"privrag: {refused}", err=True)
        raise typer.Exit(BAD_INPUT)


def _refusal(report: "Report", strict: bool, max_flagged: float | None) -> str:
    """Why the status is 2 and what to do; empty if it is 0."""
    if report.certain_count:
        return (
            f"raw values found: {report.certain_count}; delete the files listed, or sync the "
            "documents of the chunks listed again, and scan once more"
        )
    if report.unreadable:
        return (
            f"files or folders that could not be read: {len(report.unreadable)}, so what stands in "
            "them is not known; give this user access to those listed, or remove them (and links "
            "that lead nowhere), and scan once more"
        )
    suspected = sum(report.suspected.values())
    if strict and suspected:
        return (
            f"suspicions that nobody accepted: {suspected} (--strict); look at the places listed, "
            "and if they are no leak run: privrag leak-scan --accept"
        )
    if max_flagged is None:
        return ""
    if report.sample is None:
        return "the second detector read nothing (no chunks, or presidio-analyzer is missing)"
    if report.sample.rate > max_flagged:
        return (
            f"the second detector flags {report.sample.rate:.1%} of its chunks, more than "
            f"{max_flagged:.1%}; look at them, and if they are no leak run: privrag leak-scan "
            "--accept"
        )
    return ""


async def _scan(rag: "AsyncRag", sample: int, accept: bool) -> "tuple[Report, int]":
    """What was found, and how many suspicions were accepted."""
    from importlib.util import find_spec

    from privrag.erasable import erasables
    from privrag.leak import accept as remember
    from privrag.leak import scan
    from privrag.second_opinion import SecondOpinion

    there = sample > 0 and find_spec("presidio_analyzer") is not None
    report = await scan(
        rag.stores,
        rag.home,
        detector=SecondOpinion() if there else None,
        sample=sample,
        others=erasables(rag.home),
    )
    return report, remember(rag.stores.manifest, report.open) if accept else 0


def _plant(home: Path, count: int, folder: Path | None) -> int:
    from privrag.canary import remember
    from privrag.leak.plant import plant

    if folder is None or count == 0:
        message = "name both: privrag leak-scan --plant N DIR"
        raise SettingsError(message)
    if folder.absolute().is_relative_to(home.absolute()):
        message = "plant outside the home: what stands in clear inside it is a leak"
        raise SettingsError(message)

    async def work(rag: "AsyncRag") -> int:
        remember(rag.stores.manifest, rag.stores.vault, list(plant(folder, count)))
        return count

    return run(home, work)


def _as_json(report: "Report") -> dict[str, Any]:
    return {
        "clean": report.clean,
        "findings": [asdict(finding) for finding in report.certain],
        "findings_total": report.certain_count,
        "suspicions": dict(report.suspected),
        "suspicion_places": report.suspected_places,
        "reviewed": report.reviewed,
        "second_opinion": report.sample and asdict(report.sample),
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


def _print(report: "Report") -> None:
    print(
        f"{report.chunks} chunks and {report.files} files searched for {report.values} of "
        f"{report.values_known} values in the vault: {report.certain_count or 'no'} raw values"
    )
    for finding in report.certain[:_SHOWN]:
        print(
            f"  {printable(finding.place)} at {finding.offset}: {finding.kind} "
            f"({finding.how}), value {finding.hash}"
        )
    if report.certain_count > _SHOWN:
        print(f"  and {report.certain_count - _SHOWN} more")
    for kind, count in sorted(report.suspected.items()):
        places = ", ".join(map(printable, report.suspected_places[kind][:_PLACES]))
        print(f"  suspected: {kind} {count} ({places})")
    if report.reviewed:
        print(f"  suspicions accepted before: {report.reviewed}")
    if report.sample is not None:
        low, high = report.sample.ci95
        print(
            f"  second detector: something in {report.sample.chunks_with_any} of "
            f"{report.sample.chunks} chunks ({low:.1%} to {high:.1%}), it errs often"
        )
        for chunk in report.sample.flagged[:_PLACES]:
            print(f"    chunk {chunk}")
    for kind, row in report.canaries.items():
        print(f"  canaries {kind}: {row.detected} of {row.planted - row.waiting} detected")
    for place in report.unreadable:
        print(f"  cannot be read: {printable(place)}")
