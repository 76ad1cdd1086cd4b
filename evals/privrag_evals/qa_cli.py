"""`privrag eval qa`. Nothing heavy is imported before the command runs."""

from pathlib import Path
from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json
from privrag_evals.options import LimitOption, PerHourOption, SeedOption


def register(eval_app: typer.Typer) -> None:
    """Add our sub-command to `privrag eval`, whose context object is the home folder."""
    eval_app.command("qa")(qa)


def qa(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="Questions: lines, SQuAD, PubMedQA, mtRAG, truth.")],
    limit: LimitOption = None,
    seed: SeedOption = 0,
    split: Annotated[str | None, typer.Option(help="Only questions of it: dev or test.")] = None,
    collection: Annotated[str | None, typer.Option(help="Search only this collection.")] = None,
    per_tokens: Annotated[
        float | None, typer.Option("--price-per-1000-tokens", min=0, help="Adds money to cost.")
    ] = None,
    per_hour: PerHourOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the answers: RAW text, names restored.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """How good the answers of this home are: its documents, its settings, its generator.

    Each question is asked as the local owner and is a record in the audit log. `--out` writes what
    the owner would see, names and all, readable by this user alone.
    """
    import sys

    from privrag.cli import run
    from privrag.errors import EvaluationError
    from privrag.progress import progress_over
    from privrag.registry import read_registry
    from privrag.settings import Settings, load_settings
    from privrag_evals.command_line import typed
    from privrag_evals.cost import Prices
    from privrag_evals.out_file import refuse_unwritable
    from privrag_evals.qa.ask import NO_ROLLOUT, Replied, ask_all, refuse_empty_home
    from privrag_evals.qa.predictions import write_predictions
    from privrag_evals.qa.score import SYSTEM, missing_documents, report
    from privrag_evals.runs import RunStore, file_hash
    from privrag_evals.suites import drawn, read_questions, refuse_long_questions

    refuse_unwritable(out)
    settings = load_settings(context.obj, NO_ROLLOUT)
    questions = drawn(read_questions(data, split=split), limit, seed=seed)
    refuse_long_questions(questions, settings.pseudonymize.max_question_characters)
    sha256 = file_hash(data)
    uris: list[str] = []
    served: list[Settings] = []

    async def asked(rag: Any) -> list[Replied]:  # noqa: ANN401 - AsyncRag
        refuse_empty_home(rag, collection)
        uris.extend(entry.uri for entry in rag.documents())
        missing = missing_documents(questions, uris)
        if missing and len(missing) == len({p.document for q in questions for p in q.places}):
            raise EvaluationError(
                f"none of the {len(missing)} documents that {data.name} names is in this home; "
                "take them in: privrag sync FOLDER"
            )
        if missing:
            print(f"{len(missing)} documents of {data.name} are not in this home", file=sys.stderr)
        with progress_over(len(questions), "questions") as progress:
            replies = await ask_all(rag, questions, collection=collection, progress=progress)
        served.append(rag.settings)
        return replies

    replies = run(context.obj, asked, NO_ROLLOUT)
    prices = Prices(per_tokens, per_hour)
    result = report(questions, replies, uris=uris, seed=seed, prices=prices)
    described = {
        "name": data.stem,
        "sha256": sha256,
        "questions": len(questions),
        "documents": len(uris),
        "split": split,
        "collection": collection,
    }
    kept = RunStore(context.obj, settings).add(
        "qa",
        described,
        served[0],
        result,
        command=typed(context),
        promoted=read_registry(context.obj).all_serving(),
    )
    if out is not None:
        write_predictions(out, questions, replies)
    rest = {k: v for k, v in result.items() if k not in {"cases", "systems"}}
    shown = {"run": kept.id, **result["systems"][SYSTEM], **rest}
    if as_json:
        emit_json(shown)
    else:
        _print(shown)


def _print(shown: dict[str, Any]) -> None:
    print(f"{shown['queries']} questions; 95 % intervals")
    flat = {**shown, **shown["abstention"]}
    for name, (low, high) in shown["ci95"].items():
        if low is not None and isinstance(flat[name], float | int):
            print(f"{name:22s}{flat[name]:8.3f}  [{low:.3f}, {high:.3f}]")
    times, cost = shown["latency_ms"], shown["cost"]
    if times["p50"] is not None:
        print(f"latency               p50 {times['p50']:.0f} ms, p95 {times['p95']:.0f} ms")
    if cost["tokens"] is not None:
        print(f"a question            {cost['tokens']:.0f} tokens", end="")
        print("" if cost["money"] is None else f", money {cost['money']:.6f}")
    for error, count in shown["errors"].items():
        print(f"{count} questions ended in {error}")
    print(f"run {shown['run']}")
