"""The notebook a new user starts with: run whole, with the real models."""

import re
import sys
import time
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
@pytest.mark.filterwarnings("ignore:Proactor event loop:RuntimeWarning")  # zmq, elsewhere
def test_it_runs_and_the_answer_carries_a_citation(monkeypatch):
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
        monkeypatch.setenv(name.upper(), "http://127.0.0.1:9")
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    manager = AsyncKernelManager(kernel_name="python3")
    manager.kernel_spec.argv[0] = sys.executable
    started = time.monotonic()
    NotebookClient(notebook, km=manager, timeout=300).execute()
    cells = {cell.source: cell for cell in code_cells(notebook)}
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
    assert time.monotonic() - started < 300  # a minute where the converted model lies ready
