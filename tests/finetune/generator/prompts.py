"""Rows that a tiny model can learn by heart."""

from privrag.records import Message, SafeText
from privrag_finetune.generator.rows import PromptRow

_WORDS = ["gate", "tower", "bridge", "harbour", "garden", "station", "library", "market"]


def prompt_rows(number: int) -> list[PromptRow]:
    return [
        PromptRow(
            id=f"row-{n}",
            owner=f"document-{n % 4}",
            prompt=(
                Message("system", SafeText(f"Passages:\n[1] The {_word(n)} opens at {n} today.")),
                Message("user", SafeText(f"When does the {_word(n)} open?")),
            ),
            answer=SafeText(f"at {n} [1]"),
        )
        for n in range(number)
    ]


def _word(n: int) -> str:
    return _WORDS[n % len(_WORDS)]
