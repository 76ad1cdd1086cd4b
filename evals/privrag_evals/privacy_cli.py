"""`privrag eval entity-retrieval, privacy-cost, linking, pii-label, pii-estimate`.

Nothing heavy is imported before a command runs.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json

DataOption = Annotated[Path, typer.Option("--data", help="JSON Lines with marked identities.")]
SeedOption = Annotated[int, typer.Option(min=0, help="The same seed draws the same cases.")]


def register(eval_app: typer.Typer) -> None:
    """Add our sub-commands to `privrag eval`, whose context object is the home folder."""
    eval_app.command("entity-retrieval")(entity_retrieval)
    eval_app.command("linking")(linking)


def entity_retrieval(
    context: typer.Context,
    data: DataOption,
    queries: Annotated[int | None, typer.Option(min=2, help="At most so many.")] = None,
    seed: SeedOption = 0,
    detector: Annotated[bool, typer.Option(help="Run the real detector too.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Ask about marked people, dates and places; raw and pseudonymized side by side."""
    from privrag.embed import LocalEmbedder
    from privrag.pseudonymize import Detector
    from privrag.settings import load_settings
    from privrag_evals.privacy import entity_retrieval as experiment
    from privrag_evals.privacy.annotated import read_annotated

    settings = load_settings(context.obj)
    result = experiment.entity_retrieval(
        read_annotated(data),
        embedder=LocalEmbedder(settings.embed),
        detector=Detector(settings.pseudonymize) if detector else None,
        queries=queries,
        seed=seed,
        settings=settings.retrieve,
    )
    if as_json:
        emit_json(result)
        return
    counts = result["queries"]
    print(
        f"{result['paragraphs']} paragraphs, {counts['all']} questions ({counts['person']} about "
        f"people, {result['shared']} about somebody who stands in several); 95 % intervals"
    )
    names = ("recall_at_1", "recall_at_5", "mrr")
    print(f"{'':32s}{'R@1':>21s}{'R@5':>21s}{'MRR':>21s}{'R@5 people':>21s}")
    for system, found in result["systems"].items():
        cells = [found["all"][n] for n in names] + [found["person"]["recall_at_5"]]
        print(f"{system:32s}" + "".join(f"{_cell(c):>21s}" for c in cells))
    for pair, found in result["paired"].items():
        cells = [found["all"][n] for n in names] + [found["person"]["recall_at_5"]]
        print(f"{pair:32s}" + "".join(f"{_cell(c, signed=True):>21s}" for c in cells))


def linking(data: DataOption, as_json: JsonOption = False) -> None:
    """Does one person get one pseudonym: B-cubed and pairwise, inside and across texts."""
    from privrag_evals.privacy.linking import linking as measure

    result = measure(data)
    if as_json:
        emit_json(result)
        return
    for name, found in result.items():
        if not isinstance(found, dict) or "b_cubed" not in found:
            continue
        b, p = found["b_cubed"], found["pairwise"]
        print(
            f"{name:28s}{b['mentions']:6d} mentions  B-cubed P {_number(b['precision'])} "
            f"R {_number(b['recall'])} F1 {_number(b['f1'])}  pairs P {_number(p['precision'])} "
            f"R {_number(p['recall'])}"
        )


def _cell(figure: dict[str, Any], *, signed: bool = False) -> str:
    if figure["mean"] is None:
        return "-"
    sign = "+" if signed else ""
    low, high = figure["ci95"]
    return f"{figure['mean']:{sign}.3f} [{low:{sign}.3f},{high:{sign}.3f}]"


def _number(value: float | None) -> str:
    return "  -  " if value is None else f"{value:.3f}"
