"""The three files of a privacy report. Every value in them is escaped; the page loads nothing."""

import json
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from privrag.errors import TrainingError
from privrag_finetune.leaks.content import content_of
from privrag_finetune.leaks.report import Report
from privrag_finetune.questions.store import write_whole

FILES = ("privacy.json", "privacy.md", "privacy.html")
_HERE = Path(__file__).parent
_MARKDOWN = re.compile(r"([\\`*_{}\[\]#|~])")
_PRECISE = 1e-3


def write_report(report: Report, folder: Path) -> list[Path]:
    """Write `privacy.json`, `privacy.md` and `privacy.html` (0600) into a folder; gives the files.

    Raises TrainingError where that cannot be done.
    """
    content = content_of(report)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(
            f"the folder of the privacy report cannot be made ({error.strerror})"
        ) from None
    texts = (as_json(content), as_markdown(content), as_page(content))
    paths = [folder / name for name in FILES]
    for path, text in zip(paths, texts, strict=True):
        write_whole(path, text.encode())
    return paths


def as_json(content: dict[str, Any]) -> str:
    """The content itself."""
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def as_markdown(content: dict[str, Any]) -> str:
    """Tables, with whatever could be markup escaped."""
    environment = _environment(autoescape=False)
    environment.finalize = _markdown
    return environment.get_template("page.md.j2").render(content)


def as_page(content: dict[str, Any]) -> str:
    """One page of HTML; its security policy forbids it to load or run anything."""
    return _environment(autoescape=True).get_template("page.html.j2").render(content)


def _environment(*, autoescape: bool) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=autoescape,  # noqa: S701 - Markdown has an escaping of its own
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(number=_number, percent=_percent, counts=_counts)
    return environment


def _number(value: float | str | None) -> str:
    """Three digits behind the point, small numbers by their power of ten."""
    if value is None:
        return "–"
    if isinstance(value, str | int):
        return str(value)
    if value and abs(value) < _PRECISE:
        return f"{value:.2g}"
    return f"{value:,.3f}"


def _percent(value: float) -> float:
    """Where a share stands on a plot of 0 to 1."""
    return round(100 * min(1.0, max(0.0, value)), 2)


def _counts(values: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in values.items()) or "none"


def _markdown(value: object) -> object:
    """Nothing in a value may begin a table cell, a link, a tag or a heading."""
    if value is None:
        return "–"
    text = " ".join(str(value).split()).replace("&", "&amp;").replace("<", "&lt;")
    return _MARKDOWN.sub(r"\\\1", text)
