"""`privrag eval ablation`. Nothing heavy is imported before the command runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json
from privrag_evals.options import GroupFieldOption, LimitOption, SeedOption

_SHOWN = ("ndcg_at_10", "right_in_5", "evidence_right", "answer_held", "sources")


def register(eval_app: typer.Typer) -> None:
    """Add our sub-command to `privrag eval`, whose context object is the home folder."""
    eval_app.command("ablation")(ablation)


def ablation(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="As for `retrieval`; or questions, with --documents.")],
    documents: Annotated[
        Path | None, typer.Option(help="Folder with the documents of a file of questions.")
    ] = None,
    group_field: GroupFieldOption = None,
    limit: LimitOption = None,
    seed: SeedOption = 0,
    doubled: Annotated[
        bool, typer.Option("--twice", help="Every document stands there twice.")
    ] = False,
    headings: Annotated[
        bool, typer.Option("--headings", help="Also without headings above chunks: a second index.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """What each setting of `[choose]` brings: the same hits, one value changed at a time.

    The settings of this home count; its documents do not, and nothing is written to it.
    """
    import asyncio
    from hashlib import sha256

    from privrag.progress import progress_over
    from privrag.registry import read_registry
    from privrag.serving import serving_of
    from privrag.settings import load_settings
    from privrag_evals.command_line import typed
    from privrag_evals.retrieval.ablation import Ablated, ablate, report, twice, variants_of
    from privrag_evals.retrieval.evaluate import opened_parts
    from privrag_evals.retrieval.systems import ReadBy
    from privrag_evals.runs import RunStore, file_hash
    from privrag_evals.suites import read_folder, read_suite, refuse_long_questions

    own, registry = load_settings(context.obj), read_registry(context.obj)
    serving = serving_of(context.obj, own, registry)
    settings = serving.settings
    if documents is None:
        suite = read_suite(data, group_field=group_field, parse=settings.parse)
    else:
        suite = read_folder(data, documents, settings.parse)
    suite = suite.sampled(limit, seed=seed)
    refuse_long_questions(suite.questions, settings.pseudonymize.max_question_characters)
    if doubled:
        suite = twice(suite)
    hashes = [file_hash(data)]
    hashes += [] if documents is None else [file_hash(documents)]
    hashes += ["twice"] if doubled else []
    readers: list[ReadBy | None] = ["reranker"] if settings.rerank.is_on else []

    async def all_of_it(progress: Callable[[int], None]) -> Ablated:
        async with opened_parts(serving, readers=readers) as parts:
            return await ablate(
                suite,
                variants_of(settings.choose),
                parts,
                headings=headings,
                progress=progress,
            )

    with progress_over(len(suite.questions), "questions") as progress:
        ablated = asyncio.run(all_of_it(progress))
    result = report(ablated, seed=seed)
    described = {
        "name": suite.name,
        "sha256": hashes[0] if len(hashes) == 1 else sha256("\n".join(hashes).encode()).hexdigest(),
        "questions": len(suite.questions),
        "group_field": group_field,
        "twice": doubled,
    }
    kept = RunStore(context.obj, settings).add(
        "ablation",
        described,
        settings,
        result,
        command=typed(context),
        promoted=registry.all_serving(),
    )
    shown = {"run": kept.id, **{k: v for k, v in result.items() if k != "cases"}}
    if as_json:
        emit_json(shown)
    else:
        _print(shown)


def _print(shown: dict[str, Any]) -> None:
    """This home's figures, then what one changed value adds to each of them."""
    from privrag.gate.figures import wide_ci95
    from privrag_evals.compare import verdict

    home, *others = shown["systems"]
    own = shown["systems"][home]
    print(f"{own['queries']} questions, {shown['documents']} documents; 95 % intervals")
    print(f"{'':22s}" + "".join(f"{name:>26s}" for name in _SHOWN) + f"{'changed':>9s}{'us':>8s}")
    cells = [_interval(own[name], own.get("ci95_groups", own["ci95"])[name], "") for name in _SHOWN]
    print(f"{home:22s}" + "".join(f"{cell:>26s}" for cell in cells) + _cost(own))
    for name in others:
        found = shown["paired"][f"{name} - {home}"]
        cells = [
            _interval(found[n]["mean"], wide_ci95(found[n]), "+")
            + _mark(verdict(n, wide_ci95(found[n]), found[n]["cases"]))
            for n in _SHOWN
        ]
        print(f"{name:22s}" + "".join(f"{c:>26s}" for c in cells) + _cost(shown["systems"][name]))
    print("* the interval of the difference does not hold 0")
    if shown["failed_documents"]:
        print(f"{shown['failed_documents']} documents could not be taken in: nobody finds them")
    print(f"run {shown['run']}")


def _interval(mean: float | None, ci95: list[float | None], sign: str) -> str:
    low, high = ci95
    if mean is None or low is None or high is None:
        return "-"
    return f"{mean:{sign}.3f} [{low:{sign}.3f}, {high:{sign}.3f}]"


def _mark(verdict: str) -> str:
    return " " if verdict == "undecided" else "*"


def _cost(figures: dict[str, Any]) -> str:
    changed = figures["changed"]
    return f"{'-' if changed is None else f'{changed:.3f}':>9s}{figures['microseconds']:8.0f}"
