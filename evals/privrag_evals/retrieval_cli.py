"""`privrag eval retrieval`. Nothing heavy is imported before the command runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from privrag.cli import JsonOption, emit_json
from privrag_evals.options import GroupFieldOption, Half, LimitOption, PerHourOption, SeedOption


def register(eval_app: typer.Typer) -> None:
    """Add our sub-command to `privrag eval`, whose context object is the home folder."""
    eval_app.command("retrieval")(retrieval)


def retrieval(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="BEIR folder; SQuAD, PubMedQA, mtRAG or truth file.")],
    systems: Annotated[
        str | None,
        typer.Option(
            help="Of bm25,dense,hybrid,hybrid+rerank,hybrid+late,hybrid+llm,last-turn,all-turns,"
            "given."
        ),
    ] = None,
    pseudonymize: Annotated[
        Literal["on", "off"], typer.Option(help="off: raw text, held in memory.")
    ] = "on",
    group_field: GroupFieldOption = None,
    half: Annotated[
        Half, typer.Option(help="Of the conversations or groups: choose on one, report the other.")
    ] = "all",
    given: Annotated[
        Path | None, typer.Option(help="Lines of `_id` and `text`: questions that stand alone.")
    ] = None,
    untuned: Annotated[
        bool, typer.Option("--untuned", help="As if no model had been promoted here.")
    ] = False,
    limit: LimitOption = None,
    seed: SeedOption = 0,
    run: Annotated[Path | None, typer.Option(help="Write the rankings for trec_eval.")] = None,
    per_hour: PerHourOption = None,
    as_json: JsonOption = False,
) -> None:
    """How well the right document is found: each system with its interval, question by question.

    The settings of this home count, and embedder, weights and reranker that were promoted in it;
    its documents do not, and nothing is written to it.
    """
    import asyncio

    from privrag.progress import progress_over
    from privrag.registry import read_registry
    from privrag.serving import serving_of
    from privrag.serving import untuned as as_set
    from privrag.settings import load_settings
    from privrag_evals.command_line import typed
    from privrag_evals.cost import Prices
    from privrag_evals.out_file import refuse_unwritable
    from privrag_evals.retrieval.evaluate import (
        Measured,
        measure,
        opened_parts,
        rankings_of,
        report,
    )
    from privrag_evals.retrieval.systems import refuse_what_is_not_given, systems_of
    from privrag_evals.retrieval.trec import write_run
    from privrag_evals.runs import RunStore, file_hash
    from privrag_evals.suites import read_suite, read_written_out, refuse_long_questions

    refuse_unwritable(run)
    own, registry = load_settings(context.obj), read_registry(context.obj)
    serving = as_set(own) if untuned else serving_of(context.obj, own, registry)
    settings = serving.settings
    named = None if systems is None else [n.strip() for n in systems.split(",") if n.strip()]
    wanted = systems_of(named, settings)
    suite = read_suite(data, group_field=group_field, parse=settings.parse)
    suite = suite.half(half, seed=seed).sampled(limit, seed=seed)
    written = read_written_out(given, suite) if given is not None else None
    refuse_what_is_not_given(wanted, written)
    refuse_long_questions(suite.questions, settings.pseudonymize.max_question_characters)
    sha256 = file_hash(data)
    readers = {system.read_by for system in wanted}

    async def all_of_it(progress: Callable[[int], None]) -> Measured:
        async with opened_parts(serving, readers=readers) as parts:
            return await measure(
                suite,
                wanted,
                parts,
                pseudonymize=pseudonymize == "on",
                given=written,
                progress=progress,
            )

    with progress_over(len(suite.questions), "questions") as progress:
        measured = asyncio.run(all_of_it(progress))
    result = report(measured, seed=seed, prices=Prices(per_hour=per_hour))
    described = {
        "name": suite.name,
        "sha256": sha256,
        "questions": len(suite.questions),
        "group_field": group_field,
        "half": half,
        "pseudonymize": pseudonymize,
    }
    kept = RunStore(context.obj, settings).add(
        "retrieval",
        described,
        settings,
        result,
        command=typed(context),
        promoted={} if untuned else registry.all_serving(),
    )
    if run is not None:
        write_run(run, rankings_of(measured))
    shown = {"run": kept.id, **{k: v for k, v in result.items() if k != "cases"}}
    if as_json:
        emit_json(shown)
    else:
        print_systems(shown)


def print_systems(shown: dict[str, Any]) -> None:
    """A line for each system and each two of them."""
    from privrag.gate.figures import wide_ci95

    names = ("ndcg_at_10", "mrr_at_10", "recall_at_5", "recall_at_10")
    first = next(iter(shown["systems"].values()))
    whole = ", of whole groups" if "ci95_groups" in first else ""
    print(f"{first['queries']} questions, {shown['documents']} documents; 95 % intervals{whole}")
    width = max(16, *(len(name) for name in shown["systems"]))
    print(f"{'':{width}s}" + "".join(f"{name:>21s}" for name in names) + f"{'p50 ms':>10s}")
    for name, found in shown["systems"].items():
        ci95 = found.get("ci95_groups", found["ci95"])
        cells = [f"{found[n]:.3f} [{ci95[n][0]:.3f}, {ci95[n][1]:.3f}]" for n in names]
        p50 = found["latency_ms"]["p50"]
        print(
            f"{name:{width}s}"
            + "".join(f"{c:>21s}" for c in cells)
            + f"{'-' if p50 is None else f'{p50:.1f}':>10s}"
        )
    for pair, found in shown["paired"].items():
        one = found["ndcg_at_10"]
        low, high = wide_ci95(one)
        print(f"{pair:{2 * width}s} nDCG@10 {one['mean']:+.3f} [{low:+.3f}, {high:+.3f}]")
    if shown["failed_documents"]:
        print(f"{shown['failed_documents']} documents could not be taken in: nobody finds them")
    print(f"run {shown['run']}")
