"""`privrag bench`. Nothing heavy is imported before a command runs."""

from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from privrag.cli import BAD_INPUT, JsonOption, emit_json


def register(app: typer.Typer) -> None:
    """Add our commands to the root command, whose context object is the home folder.

    Other packages add their own to the group by the entry points `privrag.benchmarks`.
    """
    bench = typer.Typer(
        no_args_is_help=True,
        help="Speed beside a named baseline; leaks by a third party's measure.",
    )
    bench.command("ingest")(ingest)
    bench.command("search")(search)
    bench.command("rerank")(rerank)
    bench.command("detect")(detect)
    bench.command("vault")(vault)
    bench.command("leaks")(leaks)
    for entry in sorted(entry_points(group="privrag.benchmarks"), key=lambda one: one.name):
        bench.command(entry.name)(entry.load())
    app.add_typer(bench, name="bench")


def ingest(
    path: Annotated[Path, typer.Argument(help="Folder or file; its text files are taken.")],
    runs: Annotated[int, typer.Option(min=1, max=100, help="Report the median of so many.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Sync text files into a fresh home, and the same files with plain LlamaIndex."""
    from privrag_evals.ingest_bench import bench_ingest

    result = bench_ingest(path.absolute(), runs=runs)
    if as_json:
        emit_json(result)
        return
    for name in ("privrag", "peer"):
        side = result[name]
        print(
            f"{name:8s}{side['chars_per_second']:12,.0f} characters/s  ({side['documents']} "
            f"documents, {side['characters']:,} characters, {side['seconds']:.1f} s)"
        )
    print(f"ratio   {result['ratio']:12.2f}")


def search(
    context: typer.Context,
    path: Annotated[
        Path | None, typer.Argument(help="Folder or file; without one, the home as it is.")
    ] = None,
    questions: Annotated[int, typer.Option(min=1, max=10_000, help="How many are asked.")] = 100,
    k: Annotated[int, typer.Option("-k", min=1, max=200, help="Passages each.")] = 10,
    peer: Annotated[bool, typer.Option(help="Measure the baseline too.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Ask questions that were built from the corpus, here and with plain LlamaIndex."""
    from privrag_evals.search_bench import bench_search

    result = bench_search(
        path and path.absolute(), home=context.obj, questions=questions, k=k, with_peer=peer
    )
    if as_json:
        emit_json(result)
        return
    for name, side in (("privrag", result), ("peer", result["peer"])):
        if side is not None:
            bare = side["without_pseudonymization"]
            print(
                f"{name:8s}p50 {side['p50_ms']:8.1f} ms  p95 {side['p95_ms']:8.1f} ms  "
                f"({side['points']:,} points; names replaced before: p50 {bare['p50_ms']:.1f} ms, "
                f"p95 {bare['p95_ms']:.1f} ms)"
            )
    if result["ratio"] is not None:
        print(f"ratio   {result['ratio']:.2f}")


def rerank(
    passages: Annotated[int, typer.Option(min=1, max=1000, help="Hits of a question.")] = 30,
    tokens: Annotated[int, typer.Option(min=16, max=512, help="Of question and passage.")] = 128,
    rounds: Annotated[int, typer.Option(min=1, max=1000, help="Questions.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """Read the hits of a question again, here and with plain sentence-transformers."""
    from privrag_evals.rerank_bench import bench_rerank

    result = bench_rerank(passages=passages, tokens=tokens, rounds=rounds)
    if as_json:
        emit_json(result)
        return
    print(f"{passages} passages of {tokens} tokens, {result['precision']}")
    for name in ("privrag", "peer"):
        side = result[name]
        print(f"{name:8s}p50 {side['p50_ms']:8.1f} ms   p95 {side['p95_ms']:8.1f} ms")
    print(f"ratio   {result['ratio']:12.2f}")


def detect(
    context: typer.Context,
    path: Annotated[Path | None, typer.Argument(help="Folder or file of text files.")] = None,
    data: Annotated[Path | None, typer.Option(help="Labelled file whose texts are taken.")] = None,
    data_format: Annotated[
        str | None,
        typer.Option("--format", help="Of --data: privrag (lines), tab, or presidio; told by it."),
    ] = None,
    texts: Annotated[int, typer.Option(min=1, help="Take so many texts at most.")] = 10_000,
    as_json: JsonOption = False,
) -> None:
    """Find identities with the settings of this home, and with stock Presidio."""
    from privrag.settings import load_settings
    from privrag_evals.detect_bench import bench_detect, texts_of

    if path is None and data is None:
        raise typer.BadParameter("name a folder, or a labelled file with --data")
    some = texts_of(path and path.absolute(), data, data_format=data_format)[:texts]
    result = bench_detect(some, settings=load_settings(context.obj).pseudonymize)
    if as_json:
        emit_json(result)
        return
    for name in ("privrag", "presidio", "presidio_batch"):
        side = result[name]
        print(
            f"{name:15s}{side['chars_per_second']:12,.0f} characters/s  ({side['seconds']:.1f} s)"
        )
    print(f"ratio          {result['ratio']:12.2f}")
    print(f"ratio to batch {result['ratio_batch']:12.2f}")


def vault(
    entities: Annotated[int, typer.Option(min=100, help="How many invented people.")] = 100_000,
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Empty folder to work in (default: a temporary one).",
            exists=True,
            file_okay=False,
            writable=True,
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Fill a new vault with invented people and look them up."""
    import tempfile

    from privrag_evals.vault_bench import bench_vault

    with tempfile.TemporaryDirectory(prefix="privrag-bench-", dir=folder) as place:
        result = bench_vault(Path(place), entities=entities)
    if as_json:
        emit_json(result)
        return
    print(
        f"{entities:,} entities in {result['import_seconds']} s "
        f"({result['entities_per_second']:,}/s), {result['bytes'] / 1e6:,.0f} MB"
    )
    for name in ("find", "surface"):
        for state, times in result[name].items():
            print(f"{name:8s}{state:5s} p50 {times['p50_ms']:.3f} ms  p99 {times['p99_ms']:.3f} ms")


def leaks(as_json: JsonOption = False) -> None:
    """Run both leak benchmarks against a service of our own; exit status 2 if one is not passed."""
    import sys

    from privrag_evals.leak_bench import bench_leaks, passed

    result = bench_leaks()
    if as_json:
        emit_json(result)
    else:
        v1, v2 = result["v1"], result["v2"]
        rates = v2["leak_rate"]
        print(f"floor   leaks without a gateway: {', '.join(result['floor']['leaked']) or 'none'}")
        print(f"v1      {v1['verdict']}, {v1['checks_passed']} of {v1['checks']} checks")
        print(
            f"v2      {v2['outcome']}: leaks {rates['single']:.2f} whole, "
            f"{rates['adversarial']:.2f} cut, fidelity {v2['fidelity_rate']:.2f}, "
            f"{v2['cases']} cases, {v2['splits']} splits"
        )
    if not passed(result):
        print("privrag: a leak benchmark is not passed; the report says which", file=sys.stderr)
        raise typer.Exit(BAD_INPUT)
