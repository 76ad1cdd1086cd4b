"""`privrag eval tuning`. Nothing heavy is imported before the command runs."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from privrag.cli import JsonOption, emit_json
from privrag_evals.options import GroupFieldOption, LimitOption, SeedOption


def register(eval_app: typer.Typer) -> None:
    """Add our sub-command to `privrag eval`, whose context object is the home folder."""
    eval_app.command("tuning")(tuning)


def tuning(
    context: typer.Context,
    data: Annotated[Path, typer.Option(help="BEIR folder, SQuAD or PubMedQA file.")],
    group_field: GroupFieldOption = None,
    limit: LimitOption = None,
    test_limit: Annotated[
        int | None, typer.Option(min=1, help="Ask at most so many of the test half.")
    ] = None,
    seed: SeedOption = 0,
    train_on: Annotated[
        Literal["people", "synthetic"],
        typer.Option(help="synthetic: the generator of the settings writes what is trained on."),
    ] = "people",
    written: Annotated[
        int, typer.Option(min=8, help="Questions asked for, with --train-on synthetic.")
    ] = 2000,
    recipe: Annotated[
        Path | None, typer.Option(help="How they are written: see privrag train synthesize.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Keep the tuned models in this folder.")] = None,
    as_json: JsonOption = False,
) -> None:
    """What tuned embedder, fusion and reranker bring: one half trains, the other is measured.

    The settings of this home count; its documents do not, and nothing is written to it.
    """
    import asyncio
    from contextlib import ExitStack

    from privrag.scratch import Scratch
    from privrag.serving import untuned
    from privrag.settings import load_settings
    from privrag_evals.command_line import typed
    from privrag_evals.out_file import made_folder
    from privrag_evals.retrieval.evaluate import opened_parts
    from privrag_evals.retrieval.systems import ReadBy
    from privrag_evals.retrieval_cli import print_systems
    from privrag_evals.runs import RunStore, file_hash
    from privrag_evals.suites import read_suite, refuse_long_questions
    from privrag_evals.tuning.experiment import tune
    from privrag_evals.tuning.questions import Synthetic

    synthetic = Synthetic(written, recipe) if train_on == "synthetic" else None
    readers: list[ReadBy] = [] if synthetic is None else ["generator"]
    settings = load_settings(context.obj)
    suite = read_suite(data, group_field=group_field, parse=settings.parse)
    suite = suite.sampled(limit, seed=seed)
    refuse_long_questions(suite.questions, settings.pseudonymize.max_question_characters)
    sha256 = file_hash(data)

    async def all_of_it(folder: Path) -> dict[str, Any]:
        async with opened_parts(untuned(settings), readers=readers) as parts:
            return await tune(
                suite, parts, out=folder, seed=seed, synthetic=synthetic, test_limit=test_limit
            )

    with ExitStack() as stack:
        folder = made_folder(out or stack.enter_context(Scratch()).path)
        result = asyncio.run(all_of_it(folder))
    described = {
        "name": suite.name,
        "sha256": sha256,
        "questions": result["questions"]["test"],
        "group_field": group_field,
        "train_on": train_on,
        "test_limit": test_limit,
        "seed": seed,
    }
    kept = RunStore(context.obj, settings).add(
        "tuning", described, settings, result, command=typed(context)
    )
    shown = {"run": kept.id, **{k: v for k, v in result.items() if k != "cases"}}
    if as_json:
        emit_json(shown)
        return
    print_systems(shown)
    if made := shown["written"]:
        why = ", ".join(f"{reason} {n}" for reason, n in made["dropped"].items() if n)
        print(f"{made['kept']} of {made['asked']} questions of {made['model']} kept ({why})")
    for kind, one in shown["trained"].items():
        print(
            f"{kind}: {one['pairs']} pairs in {one['seconds']:.0f} s, validation loss "
            f"{one['loss_start']:.3f} to {one['loss']:.3f}, nDCG@10 {one['ndcg_start']:.3f} to "
            f"{one['ndcg']:.3f}"
        )
