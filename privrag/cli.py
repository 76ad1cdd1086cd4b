"""The `privrag` command. Nothing heavy is imported before a command needs it."""

import asyncio
import json
import secrets
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

import privrag
from privrag.errors import PrivragError
from privrag.raised import place_of

if TYPE_CHECKING:
    from privrag.rag import AsyncRag
    from privrag.records import Hit

T = TypeVar("T")
BAD_INPUT = 2
UNEXPECTED = 1
INTERRUPTED = 130
USAGE_ERROR: Any = typer.BadParameter.__base__
"""Wrong words on the command line; typer has no public name for it."""

app = typer.Typer(
    name="privrag",
    help="Ask your own private documents questions; identities never leave the vault.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    pretty_exceptions_show_locals=False,
)
index_app = typer.Typer(help="Move the index between backends.", no_args_is_help=True)
app.add_typer(index_app, name="index")
JsonOption = Annotated[bool, typer.Option("--json", help="Print exactly one JSON value.")]
AsOption = Annotated[
    str | None, typer.Option("--as", metavar="USER", help="See it as this viewer sees it.")
]
CollectionOption = Annotated[str | None, typer.Option(help="Search only this collection.")]


@app.callback(invoke_without_command=True)
def root(
    context: typer.Context,
    home: Annotated[
        str,
        typer.Option(envvar="PRIVRAG_HOME", help="Folder of vault, manifest and index."),
    ] = "~/.privrag",
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Remember the home for the sub-command."""
    if version:
        print(privrag.__version__)
        raise typer.Exit
    context.obj = Path(home).expanduser().absolute()


@app.command()
def parse(context: typer.Context, file: Path, as_json: JsonOption = False) -> None:
    """Parse one file and print its blocks with pages and positions."""
    from privrag.parse import ParseWorker
    from privrag.settings import load_settings

    settings = load_settings(context.obj)
    with ParseWorker(settings.parse) as worker:
        document = worker.parse(file)
    if as_json:
        emit_json(
            {
                "uri": document.uri,
                "title": document.title,
                "media_type": document.media_type,
                "sha256": document.id,
                "pages": document.pages,
                "blocks": [asdict(block) for block in document.blocks],
            }
        )
        return
    for block in document.blocks:
        print(f"[{block.kind}{f' p.{block.page}' if block.page else ''}] {block.text}\n")


@app.command()
def pseudonymize(context: typer.Context, file: Path, as_json: JsonOption = False) -> None:
    """Show what would be stored of one file; nothing is stored."""
    from privrag.preview import preview

    result = preview(context.obj, file)
    if as_json:
        emit_json(result)
    else:
        print(result["text"])


@app.command()
def documents(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the documents in the index."""
    entries = run(context.obj, lambda rag: _done(rag.documents()))
    rows = [
        {
            "uri": e.uri,
            "title": e.title,
            "sha256": e.sha256,
            "pages": e.pages,
            "chunks": e.chunks,
            "acl": list(e.acl),
            "collection": e.collection,
        }
        for e in entries
    ]
    if as_json:
        emit_json(rows)
    else:
        for row in rows:
            print(f"{row['chunks']:5d} chunks  {printable(str(row['uri']))}")


@app.command()
def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """Count what the index and the vault hold."""
    counts = run(context.obj, lambda rag: rag.status())
    if as_json:
        emit_json(counts)
    else:
        models = counts.pop("models")
        for name, value in (*counts.items(), *models.items()):
            print(f"{name}: {value}")


@app.command()
def search(
    context: typer.Context,
    text: str,
    k: Annotated[int, typer.Option("-k", min=1, max=200, help="How many passages.")] = 10,
    user: AsOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find passages; safe text unless --as names a viewer who may see names."""

    async def find(rag: "AsyncRag") -> "list[Hit]":
        viewer = None if user is None else rag.viewer(user)
        return await rag.search(text, k=k, viewer=viewer, collection=collection)

    hits = run(context.obj, find)
    rows = [
        {
            "uri": hit.uri,
            "title": hit.title,
            "page": hit.page,
            "start": hit.start,
            "end": hit.end,
            "score": hit.score,
            "text": hit.text,
        }
        for hit in hits
    ]
    if as_json:
        emit_json(rows)
        return
    for number, row in enumerate(rows, 1):
        print(f"{number}. {place(row['uri'], row['page'])}  ({row['score']:.4f})\n{row['text']}\n")


@app.command()
def ask(
    context: typer.Context,
    text: str,
    user: AsOption = None,
    collection: CollectionOption = None,
    stream: Annotated[bool, typer.Option("--stream", help="Print the answer as it comes.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the documents, with citations."""
    from privrag.records import Answer

    answer_id = f"ans-{secrets.token_hex(8)}"

    async def reply(rag: "AsyncRag") -> Answer:
        viewer = rag.owner if user is None else rag.viewer(user)
        final: Answer | None = None
        async for piece in rag.stream(
            text, viewer=viewer, collection=collection, answer_id=answer_id
        ):
            if isinstance(piece, Answer):
                final = piece
            elif stream and not as_json:
                print(piece, end="", flush=True)
        assert final is not None  # noqa: S101 - the last piece is always the Answer
        return final

    answer = run(context.obj, reply)
    if as_json:
        emit_json({"id": answer_id, **asdict(answer)})
        return
    print("" if stream else answer.text)
    for c in answer.citations:
        print(f'  {c.marker} {place(c.uri, c.page)}: "{" ".join(c.quote.split())}"')


@app.command()
def doctor(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check every part, from settings to generator; one line each."""
    from privrag.doctor import check

    lines = asyncio.run(check(context.obj))
    if as_json:
        emit_json([asdict(line) for line in lines])
    else:
        for line in lines:
            print(f"{'ok  ' if line.ok else 'FAIL'} {line.part}: {line.message}")
    if not all(line.ok for line in lines):
        raise typer.Exit(BAD_INPUT)


@index_app.command("copy")
def index_copy(
    context: typer.Context,
    to: Annotated[str, typer.Option(help="Address of a Qdrant server, or `edge`: in the home.")],
    name: Annotated[
        str | None, typer.Option("--name", help="Collection on the server (default: the setting).")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the index with its vectors to a Qdrant server or back; then set `index.url`."""
    chunks = run(context.obj, lambda rag: rag.copy_index(to=to, name=name))
    setting = "unset index.url" if to == "edge" else f"set index.url = {to!r}"
    if as_json:
        emit_json({"chunks": chunks, "to": to})
    else:
        print(f"{chunks} chunks copied and counted; {setting} to use them")


def run(
    home: Path,
    work: "Callable[[AsyncRag], Coroutine[Any, Any, T]]",
    overrides: Mapping[str, Any] | None = None,
) -> T:
    """Open the home, do the work, close it again."""
    from privrag.rag import AsyncRag

    async def main() -> T:
        async with await AsyncRag.open(home, overrides=overrides) as rag:
            return await work(rag)

    return asyncio.run(main())


def emit_json(value: object) -> None:
    """Print one JSON value on standard output."""
    print(json.dumps(value, ensure_ascii=False))


def place(uri: object, page: object) -> str:
    """`file:///a/b.pdf, page 3`, safe to print on a terminal."""
    return printable(str(uri)) + (f", page {page}" if page else "")


def printable(text: str) -> str:
    """Control characters escaped, so that a file name cannot drive the terminal."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _refuse(kind: str, message: str) -> NoReturn:
    """One line on standard error; with --json the one JSON value says it, too."""
    if "--json" in sys.argv:
        emit_json({"error": {"type": kind, "message": message}})
    print(f"privrag: {printable(message)}", file=sys.stderr)
    sys.exit(BAD_INPUT)


async def _done(value: T) -> T:
    return value


def main() -> None:
    """Run the command; every foreseen failure is one line on standard error and exit status 2."""
    for entry in sorted(entry_points(group="privrag.commands"), key=lambda e: e.name):
        entry.load()(app)
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except PrivragError as error:
        _refuse(type(error).__name__, str(error))
    except USAGE_ERROR as error:
        command = error.ctx.command_path if error.ctx else "privrag"
        message = error.format_message()
        if message.startswith("Usage:"):  # no command at all: the whole help
            print(message, file=sys.stderr)
            sys.exit(BAD_INPUT)
        _refuse("UsageError", f"{message.rstrip('.')}; see {command} --help")
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(INTERRUPTED)
    except Exception as error:  # noqa: BLE001 - outermost edge: type and place, never the message
        what = f"{type(error).__name__} at {place_of(error)}"
        print(f"privrag: unexpected {what}", file=sys.stderr)
        sys.exit(UNEXPECTED)
