"""`privrag models`: what was trained in this home, and which of it serves."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json

if TYPE_CHECKING:
    from privrag.registry import ModelVersion, Registry

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Of `privrag models list`.")]


def register(app: typer.Typer) -> None:
    """Add the group to the root command."""
    models = typer.Typer(no_args_is_help=True, help="Models trained in this home, and which serve.")
    models.command("list")(list_models)
    models.command()(promote)
    models.command()(rollback)
    app.add_typer(models, name="models")


def list_models(context: typer.Context, as_json: JsonOption = False) -> None:
    """Every version with what it was measured at."""
    from privrag.registry import read_registry

    registry = read_registry(context.obj)
    rows = [_row(version, registry) for version in registry.versions]
    if as_json:
        emit_json(rows)
        return
    if not rows:
        print("no model was trained in this home: privrag train reranker")
    for row in rows:
        low, high = row["gate"]["ci95"]
        gain = f"{row['gate']['difference']:+.3f} [{low:+.3f}, {high:+.3f}]"
        state = "serves" if row["serves"] else "" if row["gate"]["passed"] else "not promotable"
        print(f"{row['name']}: {row['kind']} of {row['data']}, nDCG@10 {gain} {state}".rstrip())


def promote(context: typer.Context, name: NameArgument, as_json: JsonOption = False) -> None:
    """Let a version serve that beats its absence with an interval above 0.

    It serves from the next opening of the home on; a running service is to be restarted.
    """
    from privrag.registry import promote as let_serve

    version = let_serve(context.obj, name)
    if as_json:
        emit_json({"kind": version.kind, "serves": version.name})
    else:
        print(f"{version.name} is the {version.kind} from the next start on")


def rollback(
    context: typer.Context,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="reranker.")] = "reranker",
    as_json: JsonOption = False,
) -> None:
    """Back to the version that served before, or to none."""
    from privrag.errors import ModelError
    from privrag.registry import rollback as step_back

    if kind != "reranker":
        raise ModelError(f"there is no kind of model {kind!r} here; the kind is reranker")
    version = step_back(context.obj, "reranker")
    name = None if version is None else version.name
    if as_json:
        emit_json({"kind": kind, "serves": name})
    else:
        print(f"{name or f'no {kind}'} serves from the next start on")


def _row(version: "ModelVersion", registry: "Registry") -> dict[str, Any]:
    serving = registry.serving(version.kind)
    row = version.model_dump(mode="json")
    row["gate"]["passed"] = version.gate.passed
    return {**row, "serves": serving is not None and serving.name == version.name}
