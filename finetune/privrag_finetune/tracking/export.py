"""A data set as chat JSONL, as services for managed fine-tuning take it.

    {"messages": [{"role": "system", "content": "..."}, {"role": "user", "content": "..."},
                  {"role": "assistant", "content": "..."}]}

It is safe text, and still the owner's documents: no copy leaves the home without a yes.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from privrag.errors import TrainingError
from privrag.records import Message, SafeText
from privrag_finetune.questions.store import write_whole


def check_place(home: Path, out: Path, *, allowed: bool) -> None:
    """Raise TrainingError for a file that exists, or outside the home without a yes."""
    if out.exists():
        raise TrainingError(f"{out.name} exists; name another --out")
    if not out.parent.is_dir():
        raise TrainingError(f"the folder of {out.name} does not exist; make it, or name another")
    if not allowed and not out.resolve().is_relative_to(home.resolve()):
        raise TrainingError(
            f"{out.name} lies outside the home, where `privrag forget` does not reach it, and "
            "whoever has it reads the documents with pseudonyms for names; if that is meant, "
            "add --yes"
        )


def write_chats(out: Path, rows: Iterable[tuple[Sequence[Message], SafeText]]) -> int:
    """Write what is shown and what is answered, a chat a line (0600); gives their number."""
    lines = []
    for prompt, answer in rows:
        said = [{"role": m.role, "content": m.content} for m in prompt]
        said.append({"role": "assistant", "content": answer})
        lines.append(json.dumps({"messages": said}, ensure_ascii=False) + "\n")
    if not lines:
        raise TrainingError("the data set has no row whose passage is as it was: nothing to write")
    write_whole(out, "".join(lines).encode())
    return len(lines)
