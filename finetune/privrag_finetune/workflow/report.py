"""One page about a model that a workflow made: where it comes from, and what it was measured at."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from privrag.registry import FOLDER, ModelVersion
from privrag_finetune.home_data import gates_of
from privrag_finetune.questions.store import write_whole
from privrag_finetune.workflow.ledger import Output

_REPORTS = "workflow"


def write_report(home: Path, version: ModelVersion, made: Mapping[str, Output]) -> str:
    """Write `models/workflow/NAME.json` and `.md`; gives the sha-256 of the first."""
    folder = home / FOLDER / _REPORTS
    folder.mkdir(mode=0o700, exist_ok=True)
    steps = {
        step: {"name": one.name, "sha256": one.sha256, "figures": dict(one.figures)}
        for step, one in made.items()
    }
    whole = {
        "model": version.model_dump(mode="json"),
        "promotable": version.refusal is None,
        "refusal": version.refusal or "",
        "steps": steps,
        "privacy_report": _privacy_report(home, version),
    }
    data = (json.dumps(whole, indent=1, sort_keys=True) + "\n").encode()
    write_whole(folder / f"{version.name}.json", data)
    write_whole(folder / f"{version.name}.md", _page(version, made).encode())
    return hashlib.sha256(data).hexdigest()


def read_report(home: Path, name: str) -> str | None:
    """The sha-256 of a report; None if it is gone."""
    try:
        data = (home / FOLDER / _REPORTS / f"{name}.json").read_bytes()
    except OSError:
        return None
    return hashlib.sha256(data).hexdigest()


def _privacy_report(home: Path, version: ModelVersion) -> str:
    """Where it lies, below the home; empty where none was written."""
    place = Path(FOLDER) / version.kind / version.name / "privacy.json"
    return str(place) if (home / place).is_file() else ""


def _page(version: ModelVersion, made: Mapping[str, Output]) -> str:
    lines = [
        f"# {version.name}",
        "",
        f"A {version.kind}, tuned from {version.base} on the data set {version.data} "
        f"({version.examples} examples, {version.seconds:g} s, seed {version.seed}).",
        "",
        f"**May it serve?** {'Yes.' if version.refusal is None else f'No: {version.refusal}.'}",
        "",
        "| figure | without it | with it | difference, 95 % interval | questions, documents |",
        "| --- | --- | --- | --- | --- |",
        *(
            f"| {name} | {gate.without:.3f} | {gate.with_it:.3f} | {gate.difference:+.3f} "
            f"[{gate.ci95[0]:+.3f}, {gate.ci95[1]:+.3f}] | {gate.questions}, {gate.documents} |"
            for name, gate in gates_of(version).items()
        ),
        "",
        *(f"- {check.state}: {check.name}: {check.detail}" for check in version.checks),
        "",
        "| step | left | sha-256 |",
        "| --- | --- | --- |",
        *(f"| {step} | {one.name} | `{one.sha256[:16]}` |" for step, one in made.items()),
        "",
    ]
    return "\n".join(lines)
