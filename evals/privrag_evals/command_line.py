"""The command as it was typed, without the home: a run keeps it so that it can be repeated."""

import shlex
from pathlib import Path
from typing import Any

import typer

_OUTPUTS = frozenset({"as_json", "out", "run"})
"""Where a result goes is no part of what is measured."""


def typed(context: typer.Context) -> str:
    """`privrag eval qa --data q.jsonl --limit 10`: the options that differ from their defaults."""
    words = ["privrag", *_commands(context)]
    for option in context.command.params:
        value = context.params.get(str(option.name))
        if option.name not in _OUTPUTS and value != option.default:
            words += [option.opts[0], *_said(value)]
    return shlex.join(words)


def _commands(context: typer.Context) -> list[str]:
    """`eval`, `qa`: however the program itself was started."""
    names: list[str] = []
    at: Any = context
    while at is not None and at.parent is not None:
        names.insert(0, str(at.info_name))
        at = at.parent
    return names


def _said(value: Any) -> list[str]:  # noqa: ANN401 - whatever an option takes
    if value is True:
        return []
    return [str(value.absolute() if isinstance(value, Path) else value)]
