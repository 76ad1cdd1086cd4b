"""Why nearly no question is kept, where one reason stands out, and what to do about it."""

from collections.abc import Mapping

from privrag_finetune.questions.recipe import Style

_NEARLY_ALL = 0.8
_BASE = (
    "a base model does not do what it is told: for one behind a server set style = 'complete' in "
    "a recipe (--recipe FILE), or name an instruction-tuned model (generate.model)"
)
_TUNED = (
    "an instruction-tuned model does not go on from examples: set style = 'chat' in a recipe "
    "(--recipe FILE)"
)
_OF_THE_WRITER = frozenset({"unreadable", "length", "not_a_question", "repeats_itself"})
"""Reasons that tell more about how the model was asked than about its questions."""


def none_kept(dropped: Mapping[str, int], style: Style) -> str:
    """The message where nothing was kept, with the way out."""
    asked = sum(dropped.values())
    why = ", ".join(f"{name} {number}" for name, number in dropped.items() if number)
    cause = likely_cause(dropped, asked, style)
    again = (
        "the same command asks anew for what was unreadable"
        if dropped.get("unreadable")
        else "the same command checks the same questions: change the recipe (filters, style) first"
    )
    return "; ".join(filter(None, (f"none of {asked} questions was kept ({why})", cause, again)))


def likely_cause(dropped: Mapping[str, int], asked: int, style: Style) -> str | None:
    """What to look at where nearly all questions were dropped for one reason; else None."""
    reason, number = max(dropped.items(), key=lambda one: one[1], default=("", 0))
    if not asked or number < _NEARLY_ALL * asked:
        return None
    if reason in _OF_THE_WRITER:
        return f"nearly all are {reason!r}: {_BASE if style == 'chat' else _TUNED}"
    return f"nearly all are {reason!r}: see the table of reasons in docs/training.md"
