"""Write `docs/settings.md` from the settings classes: `.venv/bin/python docs/make_settings.py`.

The page is what the classes say: field, type, default and the docstring under the field.
"""

import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from privrag.settings import GroupSettings, Settings, ViewerSettings
from privrag_connectors.settings import SyncSettings
from privrag_finetune.tracking.settings import TrackingSettings
from privrag_service.settings import ServiceSettings

PAGE = Path(__file__).with_name("settings.md")
_SIBLINGS: dict[str, type[BaseModel]] = {
    "sync": SyncSettings,
    "service": ServiceSettings,
    "tracking": TrackingSettings,
}
_BY_NAME: dict[str, type[BaseModel]] = {"viewers": ViewerSettings, "groups": GroupSettings}
_LONGEST_DEFAULT = 60
_BOUNDS = (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))
_INTRODUCTION = """\
# Settings

Written by `docs/make_settings.py` from the settings classes; do not edit it by hand.

One setting can be given in four places. The first that has it counts:

1. the call: `privrag.open(settings={"chunk": {"size": 200}})`
2. the environment: `PRIVRAG_CHUNK__SIZE=200` (two underscores between table and key; lists and
   maps are JSON: `PRIVRAG_GENERATE__STOP='[]'`)
3. `privrag.toml` in the home:

   ```toml
   [chunk]
   size = 200
   ```

4. the default below.

An unknown table or key, a value out of its range and settings that contradict each other are
refused with one sentence that names the key. A value of type *secret* has no TOML spelling: give it
in the environment. `PRIVRAG_HOME` (or `--home`) names the home itself and stands in no file.
"""


def page() -> str:
    """The whole page."""
    tables = [_INTRODUCTION, _table("", Settings, title="Top level")]
    for name, field in Settings.model_fields.items():
        model = _SIBLINGS.get(name, field.annotation)
        if _is_model(model):
            tables += _tables(name, model)
        elif name in _BY_NAME:
            tables += _tables(f"{name}.NAME", _BY_NAME[name])
    return "\n".join(tables)


def _tables(name: str, model: type[BaseModel]) -> list[str]:
    """The table of a class, then those of the classes inside it."""
    inner = [
        table
        for key, field in model.model_fields.items()
        if _is_model(field.annotation)
        for table in _tables(f"{name}.{key}", field.annotation)
    ]
    return [_table(name, model, title=f"`[{name}]`"), *inner]


def _table(name: str, model: type[BaseModel], *, title: str) -> str:
    about = "Keys outside any table." if not name else " ".join((model.__doc__ or "").split())
    rows = [
        f"| `{key}` | {_type(field)} | {_default(field)} | {_cell(field.description or '')} |"
        for key, field in model.model_fields.items()
        if not _is_model(field.annotation) and not (model is Settings and _is_table(key))
    ]
    head = ["| setting | type | default | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([f"## {title}\n", f"{about}\n", *head, *rows, ""])


def _is_model(annotation: Any) -> bool:  # noqa: ANN401 - whatever stands behind the colon
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _is_table(key: str) -> bool:
    return key in _BY_NAME or key in _SIBLINGS


def _type(field: FieldInfo) -> str:
    bounds = [
        f"{sign} {value:g}" if isinstance(value, float) else f"{sign} {value}"
        for attribute, sign in _BOUNDS
        for part in field.metadata
        if (value := getattr(part, attribute, None)) is not None
    ]
    return _cell(", ".join([_words(field.annotation), *bounds]))


def _words(annotation: Any) -> str:  # noqa: ANN401 - whatever stands behind the colon
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _words(arguments[0])
    if origin is Literal:
        return " or ".join(f"`{choice}`" for choice in arguments)
    if origin in {Union, types.UnionType}:
        alternatives = [_words(a) for a in arguments if a is not type(None)]
        none = ["none"] if type(None) in arguments else []
        return " or ".join([*alternatives, *none])
    if origin in {tuple, frozenset}:
        return f"list of {_words(arguments[0])}"
    if origin is dict:
        return f"map of {_words(arguments[0])} to {_words(arguments[1])}"
    names: dict[Any, str] = {SecretStr: "secret", str: "text", Path: "path", bool: "true or false"}
    return names.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _default(field: FieldInfo) -> str:
    if field.default_factory is not None:
        return "`{}`" if field.default_factory is dict else "see right"
    value = field.default
    if value is None:
        return "none"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"`{value:.4g}`" if isinstance(value, float) else f"`{value}`"
    if isinstance(value, tuple):
        return _cell(f"`[{', '.join(_quoted(item) for item in value)}]`")
    if isinstance(value, dict):
        return "`{}`"
    return _cell(f"`{_quoted(str(value))}`") if len(str(value)) <= _LONGEST_DEFAULT else _LONG


_LONG = "a longer text, see [prompts.md](prompts.md)"


def _quoted(value: str) -> str:
    return '"' + value.replace("\n", "\\n") + '"'


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
