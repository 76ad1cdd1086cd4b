"""The three files of a report. Every value in them is escaped; the page loads nothing."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from privrag.errors import EvaluationError
from privrag.machine import this_machine
from privrag_evals.out_file import write_private
from privrag_evals.report.content import content_of
from privrag_evals.report.labels import KINDS, label_of
from privrag_evals.report.plots import Plot, Row, differences_plot, intervals, latency_plot
from privrag_evals.runs import Run, RunStore

FILES = ("report.json", "report.md", "report.html")
_HERE = Path(__file__).parent
_MARKDOWN = re.compile(r"([\\`*_{}\[\]#|~])")


def write_report(store: RunStore, names: list[str], out: Path) -> dict[str, Any]:
    """Write the named runs, or the newest of each kind and data, into a folder.

    Gives the folder, the files and the runs. Raises EvaluationError, before anything is written,
    for an unknown run, where there are none, and where the folder cannot be made.
    """
    runs = [store.get(name) for name in dict.fromkeys(names)] or _newest(store)
    if not runs:
        raise EvaluationError(
            "there are no runs to report; make one: privrag eval retrieval, or privrag eval qa"
        )
    content = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": this_machine(),
        "runs": [content_of(run, store) for run in runs],
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        texts = (as_json(content), as_markdown(content), as_page(content))
        for name, text in zip(FILES, texts, strict=True):
            write_private(out / name, text)
    except OSError as error:
        raise EvaluationError(
            f"{str(out)!r} cannot be written: {error.strerror}; name a folder of yours"
        ) from None
    return {"out": str(out), "files": list(FILES), "runs": [run.id for run in runs]}


def as_json(content: dict[str, Any]) -> str:
    """The content itself."""
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def as_markdown(content: dict[str, Any]) -> str:
    """Tables, with whatever could be markup escaped."""
    environment = _environment(autoescape=False)
    environment.finalize = _markdown
    return environment.get_template("page.md.j2").render(content)


def as_page(content: dict[str, Any]) -> str:
    """One page of HTML; its security policy forbids it to load or run anything."""
    environment = _environment(autoescape=True)
    environment.globals.update(plots_of=_plots)
    return environment.get_template("page.html.j2").render(content)


def _newest(store: RunStore) -> list[Run]:
    """The newest run of each kind and data, in the order of KINDS."""
    found = {(run.kind, run.data.get("sha256")): run for run in store.all()}
    kinds = list(KINDS)
    rank = {kind: number for number, kind in enumerate(kinds)}
    return sorted(found.values(), key=lambda run: (rank.get(run.kind, len(kinds)), run.id))


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=autoescape,  # noqa: S701 - Markdown has an escaping of its own
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(signed=_signed, number=_number, whole=_whole, code=_code)
    environment.globals.update(label_of=label_of, KINDS=KINDS)
    return environment


def _plots(run: dict[str, Any]) -> list[Plot]:
    """The plots of one run: the main figure or all of them, differences, times."""
    systems, main = run["systems"], run["main"]
    label = label_of(main).short
    found = []
    if len(systems) > 1:
        held = {n: one["figures"][main] for n, one in systems.items() if main in one["figures"]}
        rows = [Row(name, f["value"], f["ci95"]) for name, f in held.items()]
        found.append(intervals(f"{label} of each system", rows))
    else:
        for one in systems.values():
            shares = {name: f for name, f in one["figures"].items() if _is_share(f)}
            rows = [_row(name, figure) for name, figure in shares.items()]
            found.append(intervals("All figures", rows, whole=True))
    pairs = [
        Row(pair["pair"], one["difference"], one["ci95"], verdict=one["verdict"])
        for pair in run["baselines"]
        if (one := pair["figures"].get(main))
    ]
    if pairs:
        found.append(differences_plot(f"Differences in {label}", pairs))
    times = {
        name: (one["latency_ms"]["p50"], one["latency_ms"]["p95"])
        for name, one in systems.items()
        if (one["latency_ms"] or {}).get("p50") is not None
    }
    if times:
        found.append(latency_plot("Time of a question", times))
    return found


def _row(name: str, figure: dict[str, Any]) -> Row:
    label = label_of(name)
    return Row(
        label.short, figure["value"], figure["ci95"], means=label.means, cases=figure["cases"]
    )


def _is_share(figure: dict[str, Any]) -> bool:
    return all(0 <= value <= 1 for value in (figure["value"], *figure["ci95"]))


def _signed(value: float | None) -> str:
    return "–" if value is None else f"{value:+.3f}"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3f}"


def _whole(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _markdown(value: object) -> object:
    """Nothing in a value may begin a table cell, a link, a tag or a heading."""
    if isinstance(value, Markup):
        return value
    if value is None:
        return "–"
    text = " ".join(str(value).split()).replace("&", "&amp;").replace("<", "&lt;")
    return _MARKDOWN.sub(r"\\\1", text)


def _code(value: str) -> Markup:
    """One line for an indented block of code, where nothing is markup."""
    return Markup(" ".join(value.split()))  # noqa: S704 - only for Markdown's code block
