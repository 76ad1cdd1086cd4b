"""Answers as a file, for who wants to read them: raw text, names restored as the owner sees them.

{"id": "q1", "text": "On deck C. [1]", "refused": false, "error": null,
 "citations": [{"marker": "[1]", "uri": "file:///guide.pdf", "page": 2, "quote": "...",
                "support": 0.9}]}
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from privrag_evals.out_file import write_private
from privrag_evals.qa.ask import Replied
from privrag_evals.suites import Asked


def write_predictions(path: Path, questions: Sequence[Asked], replies: Sequence[Replied]) -> None:
    """Write a line a question into a file that this user alone may read (mode 0600)."""
    pairs = zip(questions, replies, strict=True)
    rows = (json.dumps(_row(asked, reply), ensure_ascii=False) for asked, reply in pairs)
    write_private(path, "".join(row + "\n" for row in rows))


def _row(asked: Asked, reply: Replied) -> dict[str, Any]:
    answer = reply.answer
    return {
        "id": asked.id,
        "text": None if answer is None else answer.text,
        "refused": None if answer is None else answer.refused,
        "error": reply.error,
        "citations": [] if answer is None else [asdict(c) for c in answer.citations],
    }
