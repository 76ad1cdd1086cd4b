"""The notebook a new user starts with: run whole, with the real models."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

NOTEBOOK = Path(__file__).parents[2] / "examples" / "quickstart.ipynb"


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def printed(cell):
    return "".join(output.text for output in cell.outputs if output.output_type == "stream")


def test_it_is_stored_without_outputs():
    for cell in code_cells(nbformat.read(NOTEBOOK, as_version=4)):
        assert cell.outputs == []
        assert cell.execution_count is None


@pytest.mark.slow
def test_it_runs_and_the_answer_carries_a_citation(tmp_path):
    done = tmp_path / "done.ipynb"
    script = (
        "import sys, nbclient, nbformat\n"
        "notebook = nbformat.read(sys.argv[1], as_version=4)\n"
        "nbformat.write(nbclient.execute(notebook, timeout=300), sys.argv[2])\n"
    )
    nowhere = "http://127.0.0.1:9"  # whoever looks for a way out finds this one
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), nowhere)
    subprocess.run(
        [sys.executable, "-c", script, str(NOTEBOOK), str(done)],
        env=os.environ | proxies | {name.lower(): nowhere for name in proxies},
        cwd=tmp_path,
        check=True,
        timeout=600,
    )
    cells = {cell.source: cell for cell in code_cells(nbformat.read(done, as_version=4))}
    assert all(cell.execution_count for cell in cells.values())

    def output_of(code):
        return printed(next(cell for source, cell in cells.items() if code in source))

    assert "PERSON_" in output_of("rag.search(")
    assert "Marta" not in output_of("rag.search(")
    answer = output_of("answer = rag.ask(")
    assert re.search(r"\[1\] rent\.md, characters \d+-\d+: \".*Marta Lindqvist", answer)
    guest = output_of("guest = ")
    assert "PERSON_" in guest
    assert "Marta" not in guest
    assert "thirty days" in output_of("rag.stream(")
    assert "PERSON_" in output_of("PrivragRetriever(")
