"""`privrag models`: what was trained in this home, and which of it serves; facts of a folder."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from privrag.cli import BAD_INPUT, JsonOption, emit_json, printable, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privrag.rag import AsyncRag
    from privrag.registry import Kind, ModelVersion, Registry

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Of `privrag models list`.")]


def register(app: typer.Typer) -> None:
    """Add the group to the root command."""
    models = typer.Typer(no_args_is_help=True, help="Models trained in this home, and which serve.")
    models.command("list")(list_models)
    models.command()(promote)
    models.command()(rollback)
    models.command()(inspect)
    models.command()(releases)
    models.command()(rollout)
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
        kinds = "reranker (or embedder, fusion, generator)"
        print(f"no model was trained in this home: privrag train {kinds}")
    for row in rows:
        figures = row["figures"] or {"nDCG@10": row["gate"]}
        gains = ", ".join(_gain(name, figure) for name, figure in figures.items())
        state = "serves" if row["serves"] else "not promotable" if row["refusal"] else ""
        print(f"{row['name']}: {row['kind']} of {row['data']}, {gains} {state}".rstrip())


def promote(context: typer.Context, name: NameArgument, as_json: JsonOption = False) -> None:
    """Let a version serve that beats its absence with an interval above 0 and passed its checks.

    A running service goes over with its next request. An embedder embeds every passage anew first,
    into an index version of its own.
    """
    from privrag.registry import promote as let_serve
    from privrag.registry import read_registry

    version = read_registry(context.obj).version(name)
    if version.kind == "embedder":
        aside = run(context.obj, lambda rag: _let_embed(rag, version))
    else:
        aside = let_serve(context.obj, name)
    _say(context.obj, version.kind, aside, as_json=as_json)


def rollback(
    context: typer.Context,
    kind: Annotated[
        str | None,
        typer.Argument(metavar="[KIND]", help="reranker, embedder, fusion or generator."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Back to the release before; with a KIND, to the version of it that served before, or to none.

    Going back from an embedder embeds every passage anew, too, and must be asked for by its name.
    """
    from privrag.errors import ModelError
    from privrag.registry import KINDS, read_registry, rollback_release, set_aside
    from privrag.registry import rollback as step_back

    known = next((one for one in KINDS if one == kind), None)
    if kind is not None and known is None:
        raise ModelError(
            f"there is no kind of model {kind!r} here; the kinds are {', '.join(KINDS)}"
        )
    if known is None:
        before = read_registry(context.obj)
        known = rollback_release(context.obj).kind
        assert known is not None  # noqa: S101 - a command made what is undone
        aside = set_aside(before, read_registry(context.obj), known)
    elif known == "embedder":
        aside = run(context.obj, _embed_as_before)
    else:
        aside = step_back(context.obj, known)
    _say(context.obj, known, aside, as_json=as_json)


def releases(context: typer.Context, as_json: JsonOption = False) -> None:
    """What answered, bundle by bundle; the last one answers now."""
    from privrag.registry import read_registry

    made = read_registry(context.obj).releases
    if as_json:
        emit_json([{**one.model_dump(mode="json"), "serves": one.serves} for one in made])
        return
    if not made:
        print("no release was made in this home: privrag models promote NAME")
    for one in made:
        parts = [f"{kind} {name}" for kind, name in one.serves.items()] or ["nothing tuned"]
        index = f", index {one.index}" if one.index else ""
        prompt = f", prompt {one.prompt_sha256[:8]}"
        print(f"{one.number}  {one.created}  {one.cause}: {', '.join(parts)}{index}{prompt}")


def inspect(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="With config.json and weights.")],
    as_json: JsonOption = False,
) -> None:
    """What a model folder is, without loading it: kind, size, context, tokenizer, what is missing.

    Exit status 2 if a file is missing without which it cannot be opened.
    """
    from privrag.model_facts import inspect_model

    facts = inspect_model(folder.expanduser().resolve())
    if as_json:
        emit_json(asdict(facts))
    else:
        size = "unknown" if facts.parameters is None else f"{facts.parameters:,}"
        print(f"{printable(facts.folder)}: {facts.kind}, {facts.architecture or 'no architecture'}")
        print(f"  parameters: {size}")
        print(f"  context: {facts.context or 'not said'}")
        print(f"  tokenizer: {facts.tokenizer_class or 'not said'}")
        print(f"  chat template: {'yes' if facts.chat_template else 'none'}")
        print(f"  opened by: {facts.loader or 'nothing here'}")
        print(f"  missing: {', '.join(facts.missing) or 'nothing'}")
    if facts.missing:
        raise typer.Exit(BAD_INPUT)


def rollout(context: typer.Context, as_json: JsonOption = False) -> None:
    """How the candidate of `rollout.candidate` does beside what serves, in figures."""
    from privrag.errors import SettingsError
    from privrag.rollout import kept, summary
    from privrag.settings import load_settings

    name = load_settings(context.obj).rollout.candidate
    if name is None:
        raise SettingsError("no candidate is set; name a generator: PRIVRAG_ROLLOUT__CANDIDATE")
    found = summary([one for one in kept(context.obj) if one.candidate == name])
    if as_json:
        emit_json({"candidate": name, **found})
        return
    for side in ("serving", "candidate", "shadow"):
        own = found[side]
        if own["answers"]:
            low, high = own["refused_ci95"]
            print(
                f"{side}: {own['answers']} answers, refused {own['refused']:.1%} "
                f"[{low:.1%}, {high:.1%}], citations {own['citations']}, p50 {own['p50_ms']} ms"
            )
    agreed = found["agreement"]
    if agreed["cases"]:
        low, high = agreed["ci95"]
        print(f"agreement {agreed['mean']:.3f} [{low:.3f}, {high:.3f}], {agreed['cases']} pairs")
    print(f"{found['failed']} shadow answers failed")


async def _let_embed(rag: "AsyncRag", version: "ModelVersion") -> list[str]:
    from privrag.reembed import promote_embedder
    from privrag.serving import embedder_of

    own = rag.serving.own
    embedder = embedder_of(rag.home, own, version)
    return await promote_embedder(rag.stores, own, rag.home, version.name, embedder)


async def _embed_as_before(rag: "AsyncRag") -> list[str]:
    from privrag.reembed import rollback_embedder
    from privrag.registry import read_registry
    from privrag.serving import embedder_of

    own = rag.serving.own
    before = read_registry(rag.home).stepped_back("embedder").serving("embedder")
    embedder = embedder_of(rag.home, own, before)
    return await rollback_embedder(rag.stores, own, rag.home, embedder)


def _say(home: "Path", kind: "Kind", aside: "Sequence[str]", *, as_json: bool) -> None:
    from privrag.registry import read_registry

    registry = read_registry(home)
    version = registry.serving(kind)
    name = None if version is None else version.name
    if as_json:
        told = {"kind": kind, "serves": name, "set_aside": list(aside)}
        emit_json({**told, "release": registry.release})
        return
    when = "now, with its own index version" if kind == "embedder" else "from the next request on"
    said = f"{name} is the {kind} {when}" if name else f"no trained {kind} serves {when}"
    print(said if registry.release is None else f"{said} (release {registry.release})")
    for other in aside:
        print(f"{other} serves no longer: it was made for the scores of before")


def _row(version: "ModelVersion", registry: "Registry") -> dict[str, Any]:
    serving = registry.serving(version.kind)
    row = version.model_dump(mode="json")
    if version.gate is not None:
        row["gate"]["passed"] = version.gate.passed
    serves = serving is not None and serving.name == version.name
    return {**row, "refusal": version.refusal, "serves": serves}


def _gain(name: str, figure: dict[str, Any]) -> str:
    low, high = figure["ci95"]
    return f"{name} {figure['difference']:+.3f} [{low:+.3f}, {high:+.3f}]"
