"""`make demo`: write the example corpus, sync it, ask three questions, show what the model saw.

Everything in the corpus is invented. The home lies beside it and can be asked further:
`privrag --home examples/.home ask "..."`.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TimeElapsedColumn

import privrag
from privrag.blocking import Rag

HERE = Path(__file__).parent
DEMO_QUESTIONS = ("q144", "q011", "q185")
"""Ids in truth.json: a person and an account in a table, a page of a handbook, a web page."""


def main() -> None:
    """Parse the arguments and run the demo."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=HERE / "corpus")
    parser.add_argument("--home", type=Path, default=HERE / ".home")
    arguments = parser.parse_args()
    console = Console(highlight=False, soft_wrap=True)
    truth_file = arguments.corpus.parent / "truth.json"
    if not truth_file.is_file():
        script = [sys.executable, str(HERE / "make_corpus.py"), str(arguments.corpus)]
        subprocess.run([*script, "--truth", str(truth_file)], check=True)  # noqa: S603 - our own
    truth = json.loads(truth_file.read_text(encoding="utf-8"))
    with privrag.open(arguments.home) as rag:
        report = rag.sync(arguments.corpus)
        console.print(
            f"{report.added} documents added, {report.updated} updated, {report.unchanged} "
            f"unchanged, {len(report.failed)} failed in {report.seconds:.1f} s"
        )
        questions = {q["id"]: q["question"] for q in truth["questions"]}
        for number in DEMO_QUESTIONS:
            show(rag, questions[number], console)
    console.print(f'\nAsk on: .venv/bin/privrag --home {arguments.home} ask "..."', style="dim")


def show(rag: Rag, question: str, console: Console) -> None:
    """One question: as the model saw it, its answer as the owner sees it, and its citations."""
    columns = ("{task.description}", SpinnerColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task("Answering")
        safe = rag.safe_question(question)
        answer = rag.ask(question)
    console.print(f"\nQuestion        {question}", markup=False)
    console.print(f"The model sees  {safe}", markup=False)
    console.print(f"Answer          {answer.text}", markup=False)
    for citation in answer.citations:
        page = f", page {citation.page}" if citation.page else ""
        name = citation.uri.rsplit("/", 1)[-1]
        quote = " ".join(citation.quote.split())
        console.print(f'  {citation.marker} {name}{page}: "{quote}"', markup=False)


if __name__ == "__main__":
    main()
