r"""Half a character in a data file: a lone surrogate, which JSON can spell and no tokenizer takes.

{"id": "1", "question": "What does \ud800 mean?"}
"""

from privrag.errors import EvaluationError


def refuse_half_characters(value: object, source: str) -> None:
    """Raise EvaluationError if some text in what a JSON file held is not whole.

    `source` names the file (and line); the message adds the place within, fields and numbers.
    """
    place = _place(value)
    if place is not None:
        at = place.encode("ascii", "backslashreplace").decode()
        raise EvaluationError(
            f"{source}: {at} holds half a character (a lone surrogate such as \\ud83d); write the "
            "whole character there or take it out"
        )


def _place(value: object) -> str | None:
    """Of the first such text, such as `data[0].title`; None if all are whole."""
    if isinstance(value, str):
        return None if _is_whole(value) else ""
    inside: list[tuple[str, object]] = []
    if isinstance(value, dict):
        broken = next((key for key in value if not _is_whole(key)), None)
        if broken is not None:
            return str(broken)
        inside = [(str(key), one) for key, one in value.items()]
    elif isinstance(value, list):
        inside = [(f"[{number}]", one) for number, one in enumerate(value)]
    for name, one in inside:
        below = _place(one)
        if below is not None:
            return f"{name}{'.' if below[:1] not in {'', '['} else ''}{below}"
    return None


def _is_whole(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
