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
    as_json: JsonOption = False,
) -> None:
    """Rank documents by what still points at somebody; reads safe text only."""
    rows = run(context.obj, lambda rag: _risks(rag, population))[:top]
    if as_json:
        emit_json(rows)
        return
    for row in rows:
        kinds = ", ".join(f"{k} {v['items']}" for k, v in row["left"].items()) or "nothing"
        print(f"{row['score']:.3f}  {row['bits']:6.1f} bits  {printable(row['uri'])}")
        print(f"       in clear: {kinds}" + (f"; {row['advice']}" if row["advice"] else ""))


async def _risks(rag: Any, population: int) -> list[dict[str, Any]]:  # noqa: ANN401 - AsyncRag
    from privrag.risk import risks

    entries = {entry.document: entry for entry in rag.documents()}
    current = {entry.version for entry in entries.values()}
    texts = [
        (item.chunk.source.document, f"{item.chunk.context}\n{item.chunk.text}")
        async for item in rag.stores.index.scroll(tenant=rag.settings.tenant)
        if item.chunk.source.version in current
    ]
    return [
        {
            "uri": entries[found.document].uri,
            "score": round(found.score, 4),
            "bits": round(found.bits, 2),
            "left": {
                kind: {"items": left.items, "bits": round(left.bits, 2)}
                for kind, left in sorted(found.left.items(), key=lambda kv: -kv[1].bits)
            },
            "advice": found.advice,
        }
        for found in risks(texts, population=population)
    ]
