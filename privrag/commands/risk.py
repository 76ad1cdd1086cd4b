"""`privrag risk`: a command of its own, for it reads the whole index, and listing does not."""

from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json, printable, run


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


def _print_suggestions(suggestions: list[dict[str, Any]]) -> None:
    if not suggestions:
        print("\nno setting would lower these scores")
        return
    print("\nEach of these in privrag.toml, then privrag sync, would lower these scores:")
    for one in suggestions:
        note = f"; {one['note']}" if one["note"] else ""
        print(f"\n# mean score {one['mean_score']:.3f} -> {one['would_be']:.3f}{note}")
        print("\n".join(printable(line) for line in one["toml"].split("\n")))


async def _risks(
    rag: Any,  # noqa: ANN401 - AsyncRag
    population: int,
    document: str | None,
    top: int,
    words: int,
    suggest: bool,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    from privrag.errors import SettingsError
    from privrag.risk import risks

    entries = {entry.document: entry for entry in rag.documents()}
    current = {entry.version for entry in entries.values()}
    blocks: dict[str, list[tuple[Any, str]]] = {}
    async for item in rag.stores.index.scroll(tenant=rag.settings.tenant):
        chunk = item.chunk
        if chunk.source.version in current:
            text = f"{chunk.context}\n{chunk.text}"
            blocks.setdefault(chunk.source.document, []).append((chunk.kind, text))
    texts = ((name, text) for name, some in blocks.items() for _, text in some)
    shown = [
        found
        for found in risks(texts, population=population)
        if document is None or document in entries[found.document].uri
    ][:top]
    if document is not None and not shown:
        raise SettingsError(f"no document's uri holds {document!r}; see privrag documents")
    rows = [_row(found, entries[found.document].uri, words) for found in shown]
    if not suggest:
        return rows, []
    names = [found.document for found in shown]
    return rows, _suggestions(rag, blocks, names, {n: entries[n].uri for n in names}, population)


def _suggestions(
    rag: Any,  # noqa: ANN401 - AsyncRag
    blocks: dict[str, list[tuple[Any, str]]],
    names: list[str],
    uris: dict[str, str],
    population: int,
) -> list[dict[str, Any]]:
    from privrag.pseudonymize import Detector
    from privrag.risk.lower import every_type, suggest

    settings = rag.settings.pseudonymize
    found = suggest(
        blocks,
        only=names,
        detector=Detector(every_type(settings)),
        settings=settings,
        population=population,
    )
    return [
        {
            "toml": one.toml,
            "note": one.note,
            "mean_score": round(one.before, 4),
            "would_be": round(one.after, 4),
            "documents": [
                {"uri": uris[name], "would_be": round(one.scores[name], 4)} for name in names
            ],
        }
        for one in found
    ]


def _row(found: Any, uri: str, words: int) -> dict[str, Any]:  # noqa: ANN401 - DocumentRisk
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
