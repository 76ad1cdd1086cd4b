"""The child process that parses: `python -m privrag.parse.worker`, started by `ParseWorker`."""

import logging
import sys
import warnings
from pathlib import Path
from typing import Any

from privrag.child import serve
from privrag.errors import DamagedDocumentError, ParseError
from privrag.parse.read import read_file
from privrag.parse.settings import ParseSettings

_MAX_NESTING = 20_000
"""Frames; Python's own 1,000 are too few for the nesting that HTML generators produce."""


def handle(request: dict[str, Any]) -> dict[str, Any]:
    """Answer one request: the document, or the name of an error and its clause."""
    try:
        read = read_file(Path(request["path"]), ParseSettings(**request["settings"]))
    except ParseError as error:
        return {"error": type(error).__name__, "message": str(error), "memory_mb": _memory_mb()}
    except Exception:  # noqa: BLE001 - the outermost edge: nothing of it may be shown
        return {
            "error": DamagedDocumentError.__name__,
            "message": "it cannot be read; get a fresh copy or save it again",
            "memory_mb": _memory_mb(),
        }
    return {
        "id": read.id,
        "title": read.title,
        "media_type": read.media_type,
        "pages": read.pages,
        "blocks": [[piece.kind, piece.text, piece.page] for piece in read.pieces],
        "memory_mb": _memory_mb(),
    }


def _memory_mb() -> int:
    """Address space in use, which is what the limit counts."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * 4096 >> 20


if __name__ == "__main__":
    sys.modules["torch"] = None  # type: ignore[assignment]  # nothing here may load it
    sys.setrecursionlimit(_MAX_NESTING)
    logging.disable()
    warnings.simplefilter("ignore")
    serve(handle)
