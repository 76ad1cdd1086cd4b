"""`privrag eval entity-retrieval, privacy-cost, linking, pii-label, pii-estimate`.

Nothing heavy is imported before a command runs.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from privrag.cli import JsonOption, emit_json, printable
from privrag_evals.options import SeedOption

DataOption = Annotated[Path, typer.Option("--data", help="JSON Lines with marked identities.")]


def register(eval_app: typer.Typer) -> None:
    """Add our sub-commands to `privrag eval`, whose context object is the home folder."""
    eval_app.command("entity-retrieval")(entity_retrieval)
    eval_app.command("privacy-cost")(privacy_cost)
    eval_app.command("linking")(linking)
    eval_app.command("pii-label")(pii_label)
    eval_app.command("pii-estimate")(pii_estimate)


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
    from privrag_evals.pii.data import read_gold
    from privrag_evals.privacy import entity_retrieval as experiment

    settings = load_settings(context.obj)
    result = experiment.entity_retrieval(
        read_gold(data),
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


def privacy_cost(
    context: typer.Context,
    data: Annotated[list[Path] | None, typer.Option(help="BEIR folder, or text files.")] = None,
    entities: Annotated[Path | None, typer.Option(help="Texts with marked identities.")] = None,
    qa: Annotated[Path | None, typer.Option(help="Questions with answers over the first.")] = None,
    queries: Annotated[int, typer.Option(min=2, help="At most so many a suite.")] = 300,
    answers: Annotated[int, typer.Option(min=1, help="At most so many of --qa.")] = 50,
    seed: SeedOption = 0,
    out: Annotated[Path | None, typer.Option(help="Write the JSON here, too.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Retrieval and answers on raw and on pseudonymized text, with paired intervals."""
    import json

    from privrag_evals.out_file import refuse_unwritable
    from privrag_evals.privacy.cost import run_all

    refuse_unwritable(out)
    result = run_all(
        context.obj,
        folders=data or [],
        entities=entities,
        qa=qa,
        queries=queries,
        answers=answers,
        seed=seed,
    )
    if out is not None:
        out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if as_json:
        emit_json(result)
        return
    for name, suite in result["suites"].items():
        print(f"{name}: {suite['cases']} questions")
        for metric, difference in suite["difference"].items():
            raw, safe = suite["raw"][metric], suite["pseudonymized"][metric]
            print(
                f"  {metric:14s} raw {_cell(raw):22s} pseudonymized {_cell(safe):22s} "
                f"difference {_cell(difference, signed=True)}"
            )
        changed = suite.get("with_pseudonyms")
        if changed and changed["cases"]:
            print(f"  of these {changed['cases']} were asked with a pseudonym; difference:")
            for metric, difference in changed["difference"].items():
                print(f"    {metric:14s} {_cell(difference, signed=True)}")


def pii_label(
    context: typer.Context,
    blocks: Annotated[int, typer.Option("--documents", min=1, help="How many passages.")] = 50,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Look through passages of your own documents and name what was missed.

    They are shown on this terminal only, after the audit log has noted how many; what is kept is
    sealed by the vault and holds no text.
    """
    import sys

    from privrag.open_home import OWNER_NAME
    from privrag.pseudonymize import Detector
    from privrag.second_opinion import SecondOpinion
    from privrag_evals.privacy import labels, sources

    with sources.open_home(context.obj) as home:
        candidates = labels.candidates_of(
            sources.sources_of(home), Detector(home.settings.pseudonymize), SecondOpinion()
        )
        if not candidates:
            raise sources.NothingToLabelError(
                "none of the home's source files can be read any more; put them back, or sync"
            )
        lines = iter(sys.stdin)

        def ask(prompt: str) -> str:
            show(prompt)
            return next(lines, "q")

        def show(text: str) -> None:
            print(printable_lines(text), file=sys.stderr if as_json else sys.stdout, flush=True)

        def record(counts: Mapping[str, int]) -> object:
            return home.audit.append("reveal", OWNER_NAME, counts=counts, purpose="pii-label")

        drawn = labels.draw(candidates, blocks, seed=seed)
        done = labels.label(drawn, home.vault, ask=ask, show=show, record=record)
        labels.save(home.path, home.vault, done)
        total = len(labels.load(home.path, home.vault))
    if as_json:
        emit_json({"labelled": len(done), "total": total})
    else:
        print(f"{len(done)} passages labelled, {total} in all; see privrag eval pii-estimate")


def pii_estimate(
    context: typer.Context,
    data: Annotated[
        Path | None, typer.Option(help="Marked texts: estimates beside the true recall.")
    ] = None,
    blocks: Annotated[int, typer.Option(min=1, help="With --data: labels simulated.")] = 200,
    seed: SeedOption = 0,
    as_json: JsonOption = False,
) -> None:
    """How much the detector finds on your own documents, from labels and a second detector."""
    from privrag.pseudonymize import Detector
    from privrag.second_opinion import SecondOpinion
    from privrag.settings import load_settings
    from privrag_evals.privacy import estimate, labels, sources

    settings = load_settings(context.obj)
    detector, second = Detector(settings.pseudonymize), SecondOpinion()
    wanted = frozenset(settings.pseudonymize.labels)
    if data is not None:
        from privrag_evals.pii.data import read_gold
        from privrag_evals.privacy.validate_estimate import validate

        texts = read_gold(data)
        both = validate(texts, detector, second, labels=wanted, blocks=blocks, seed=seed)
        result, true = both["estimated"], both["true"]
    else:
        true = None
        with sources.open_home(context.obj) as home:
            labelled = labels.load(home.path, home.vault)
            documents = list(sources.sources_of(home))
            listed = sum(1 for _ in home.manifest.entries())
            candidates = labels.candidates_of(documents, detector, second)
            found = estimate.find_again(documents, labelled, detector, home.vault)
            result = estimate.estimate(candidates, labelled, found, labels=wanted)
            result["documents"] = {"read": len(documents), "unread": listed - len(documents)}
    if as_json:
        emit_json(result if true is None else {**result, "true": true})
        return
    low, high = result["ci95"]
    print(
        f"recall {_number(result['recall'])} [{low:.3f},{high:.3f}] by {result['method']}; "
        f"{result['sampled']} passages, {result['labelled']} of them labelled"
    )
    if "documents" in result and (unread := result["documents"]["unread"]):
        print(f"{unread} documents are not in it: their files are gone or cannot be read")
    lower = result["two_detectors"]["lower"]
    print(f"at least {_number(lower)} if every doubt of the second detector is a miss")
    for kind, found_kind in result["by_label"].items():
        print(f"  {kind:10s} {_number(found_kind['recall'])}")
    if true is not None:
        print(f"true recall {_number(true['recall'])} over {true['identities']} identities")


def linking(
    context: typer.Context,
    data: DataOption,
    detector: Annotated[bool, typer.Option(help="Run the real detector too.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Does one person get one pseudonym: B-cubed and pairwise, inside and across texts."""
    from privrag.pseudonymize import Detector
    from privrag.settings import load_settings
    from privrag_evals.privacy.linking import linking as measure

    settings = load_settings(context.obj)
    result = measure(data, detector=Detector(settings.pseudonymize) if detector else None)
    if as_json:
        emit_json(result)
        return
    for name, found in result.items():
        if not isinstance(found, dict) or "b_cubed" not in found:
            continue
        b, p = found["b_cubed"], found["pairwise"]
        print(
            f"{name:36s}{b['mentions']:6d} mentions  B-cubed P {_number(b['precision'])} "
            f"R {_number(b['recall'])} F1 {_number(b['f1'])}  pairs P {_number(p['precision'])} "
            f"R {_number(p['recall'])}"
        )


def printable_lines(text: str) -> str:
    """Safe to print on a terminal, its lines kept."""
    return "\n".join(printable(line) for line in text.split("\n"))


def _cell(figure: dict[str, Any], *, signed: bool = False) -> str:
    if figure["mean"] is None:
        return "-"
    sign = "+" if signed else ""
    low, high = figure["ci95"]
    return f"{figure['mean']:{sign}.3f} [{low:{sign}.3f},{high:{sign}.3f}]"


def _number(value: float | None) -> str:
    return "  -  " if value is None else f"{value:.3f}"
