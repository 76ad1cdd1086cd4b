"""`privrag risk`: a command of its own, for it reads the whole index, and listing does not."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json, printable, run

if TYPE_CHECKING:
    from privrag.rag import AsyncRag
    from privrag.risk import DocumentRisk, Suggestion

Json = dict[str, Any]


def register(app: typer.Typer) -> None:
    """Add the command to the root."""
    app.command()(risk)


def risk(
    context: typer.Context,
    top: Annotated[int, typer.Option(min=1, help="Show so many, highest risk first.")] = 20,
    population: Annotated[
        int, typer.Option(min=2, help="People among whom somebody could be singled out.")
    ] = 1_000_000,
    document: Annotated[
        str | None, typer.Option(help="Only documents in whose uri this stands.")
    ] = None,
    words: Annotated[
        int, typer.Option(min=0, max=1000, help="Words shown of each type, telling ones first.")
    ] = 10,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Settings that would lower these scores, and to what.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Rank documents by what still points at somebody; reads safe text only."""
    rows, suggestions = run(
        context.obj, lambda rag: _risks(rag, population, document, top, words, suggest)
    )
    if as_json:
        emit_json({"documents": rows, "suggestions": suggestions} if suggest else rows)
        return
    for row in rows:
        print(f"{row['score']:.3f}  {row['bits']:6.1f} bits  {printable(row['uri'])}")
        for kind, left in row["left"].items():
            named = ", ".join(one["words"] for one in left["found"])
            more = left["items"] - len(left["found"])
            cut = f" and {more} more" if more and named else ""
            print(f"       {kind} {left['items']}: {printable(named) or '-'}{cut}")
        print(f"       {row['advice'] or 'nothing is left in clear'}")
    if suggest:
        _print_suggestions(suggestions)


def _print_suggestions(suggestions: list[Json]) -> None:
    if not suggestions:
        print("\nno setting would lower these scores")
        return
    print("\nEach of these in privrag.toml, then privrag sync, would lower these scores:")
    for one in suggestions:
        note = f"; {one['note']}" if one["note"] else ""
        print(f"\n# mean score {one['mean_score']:.3f} -> {one['would_be']:.3f}{note}")
        print("\n".join(printable(line) for line in one["toml"].split("\n")))


async def _risks(
    rag: "AsyncRag", population: int, document: str | None, top: int, words: int, suggest: bool
) -> tuple[list[Json], list[Json]]:
    from privrag.risk.documents import highest_risks, read_texts, suggestions_for

    texts = await read_texts(rag.stores)
    found = highest_risks(texts, population=population, top=top, uri_holds=document)
    rows = [_row(one, texts.entries[one.document].uri, words) for one in found]
    if not suggest:
        return rows, []
    uris = {one.document: texts.entries[one.document].uri for one in found}
    advice = suggestions_for(rag.stores, texts, found, population=population)
    return rows, [_suggestion(one, uris) for one in advice]


def _suggestion(one: "Suggestion", uris: Mapping[str, str]) -> Json:
    return {
        "toml": one.toml,
        "note": one.note,
        "mean_score": round(one.before, 4),
        "would_be": round(one.after, 4),
        "documents": [
            {"uri": uri, "would_be": round(one.scores[name], 4)} for name, uri in uris.items()
        ],
    }


def _row(found: "DocumentRisk", uri: str, words: int) -> Json:
    return {
        "uri": uri,
        "score": round(found.score, 4),
        "bits": round(found.bits, 2),
        "left": {
            kind: {
                "items": left.items,
                "bits": round(left.bits, 2),
                "found": [
                    {"words": one.words, "bits": round(one.bits, 2)} for one in left.found[:words]
                ],
            }
            for kind, left in sorted(found.left.items(), key=lambda kv: -kv[1].bits)
        },
        "advice": found.advice,
    }
