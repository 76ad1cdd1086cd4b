"""Runs: what was measured, when, on which data and with which settings; kept so that two compare.

One JSON file a run, beside the cache and not in the home: an evaluation leaves a home as it was. A
run holds ids, figures and settings, no word of a document or a question.
"""

import hashlib
import json
import math
import re
import secrets
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from privrag.errors import EvaluationError
from privrag.machine import this_machine
from privrag.registry import KINDS, Kind
from privrag.settings import Settings
from privrag_evals.out_file import write_private

_NO_FIGURE = frozenset(
    {
        *("tenant", "collection", "cache", "vault", "audit", "feedback", "tracking"),
        *("viewers", "groups", "sync", "service"),
    }
)
"""Settings that change no figure: who asks, what is kept where. Whatever is new counts."""
_TABLES = tuple(name for name in Settings.model_fields if name not in _NO_FIGURE)
_PRIVATE = frozenset({"examples", "instructions", "domain", "word_lists", "patterns", "api_key"})
"""Settings whose values may quote a document: only a hash of them is kept."""
_CREDENTIALS = re.compile(r"(?<=://)[^/?#\s]*@")


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement."""

    id: str
    kind: str
    """`retrieval`, `qa`, ...: only runs of one kind compare."""
    data: dict[str, Any]
    """`name`, `sha256`, `questions` and whatever tells this data from other."""
    created: str
    settings: dict[str, Any]
    result: dict[str, Any]
    """`systems`: name -> figures with `ci95`; `cases`: as `kept_cases` gives them."""
    command: str = ""
    """What was typed, so that it can be typed again."""
    machine: dict[str, Any] = field(default_factory=dict)

    def scores(self) -> dict[str, dict[str, dict[str, float]]]:
        """System -> case id -> figures; nan where a figure has no meaning for the case."""
        kept = self.result.get("cases") or {"ids": [], "scores": {}}
        return {
            system: {
                own: {n: math.nan if v is None else float(v) for n, v in row.items()}
                for own, row in zip(kept["ids"], rows, strict=True)
            }
            for system, rows in kept["scores"].items()
        }

    def traits(self) -> dict[str, dict[str, str]]:
        """Case id -> its category, difficulty and the like."""
        kept = self.result.get("cases") or {}
        ids = kept.get("ids", [])
        return dict(zip(ids, kept.get("traits") or [{}] * len(ids), strict=True))

    def groups(self) -> dict[str, int]:
        """Case id -> the number of its group; empty where the cases have none."""
        kept = self.result.get("cases") or {}
        return dict(zip(kept.get("ids", []), kept.get("groups") or [], strict=False))


class RunStore:
    """The runs of one home, in the order they were made."""

    def __init__(self, home: Path, settings: Settings) -> None:
        named = hashlib.sha256(str(home.expanduser().absolute()).encode()).hexdigest()[:16]
        self._folder = settings.cache.expanduser() / "runs" / named

    def add(
        self,
        kind: str,
        data: Mapping[str, Any],
        settings: Settings,
        result: dict[str, Any],
        *,
        command: str = "",
        promoted: Mapping[Kind, str] | None = None,
    ) -> Run:
        """Keep a run and give it; its id begins with the time.

        `settings` are those that served, `promoted` the names of models that did, by kind.
        """
        now = datetime.now(UTC)
        run = Run(
            f"{now:%Y%m%dT%H%M%S%f}"[:-3] + f"-{kind}-{secrets.token_hex(2)}",
            kind,
            without_credentials(dict(data)),
            now.isoformat(timespec="seconds"),
            without_credentials(kept_settings(settings, promoted or {})),
            result,
            without_credentials(command),
            this_machine(),
        )
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{run.id}.json"
        write_private(path, json.dumps(_as_json(run)) + "\n")
        return run

    def ids(self, *, kind: str | None = None) -> list[str]:
        """Oldest first."""
        found = sorted(path.stem for path in self._folder.glob("*.json"))
        return [name for name in found if kind is None or name.split("-")[1] == kind]

    def all(self) -> list[Run]:
        """Oldest first."""
        return [self.get(name) for name in self.ids()]

    def get(self, name: str) -> Run:
        """A run by its id or the beginning of it. Raises EvaluationError."""
        fits = [one for one in self.ids() if one.startswith(name)]
        if len(fits) != 1:
            what = "no run" if not fits else f"{len(fits)} runs"
            raise EvaluationError(f"{what} begins with {name!r}; list them: privrag eval runs")
        try:
            kept = json.loads((self._folder / f"{fits[0]}.json").read_text("utf-8"))
            told = ("data", "settings", "command")
            return Run(**kept | {name: without_credentials(kept[name]) for name in told})
        except (OSError, ValueError, TypeError, KeyError):
            raise EvaluationError(f"the run {fits[0]} cannot be read; remove its file") from None


def listed(run: Run) -> dict[str, Any]:
    """A run in one line."""
    return {
        "id": run.id,
        "kind": run.kind,
        "created": run.created,
        "data": run.data.get("name"),
        "sha256": run.data.get("sha256"),
        "questions": run.data.get("questions"),
        "systems": list(run.result.get("systems", {})),
    }


def kept_cases(
    ids: Sequence[str],
    traits: Sequence[Mapping[str, str]],
    scores: Mapping[str, Sequence[Mapping[str, float]]],
    *,
    groups: Sequence[Hashable] | None = None,
) -> dict[str, Any]:
    """The figures of each case by system, as a run keeps them: nan, which JSON lacks, as null.

    Groups are numbered: their names may be words of a document.
    """
    rows = {
        system: [
            {n: None if math.isnan(v) else round(float(v), 6) for n, v in row.items()}
            for row in some
        ]
        for system, some in scores.items()
    }
    kept = {"ids": list(ids), "traits": [dict(one) for one in traits], "scores": rows}
    if groups is None:
        return kept
    numbers = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    return {**kept, "groups": [numbers[group] for group in groups]}


def kept_settings(settings: Settings, promoted: Mapping[Kind, str]) -> dict[str, Any]:
    """The settings that decide quality, of free text only a hash, and which models served."""
    tables = {name: _kept_table(getattr(settings, name)) for name in _TABLES}
    return tables | {"promoted": {kind: promoted.get(kind) for kind in KINDS}}


def default_settings() -> dict[str, Any]:
    """The same of a home in which nobody set anything."""
    fields = Settings.model_fields
    tables = {name: fields[name].get_default(call_default_factory=True) for name in _TABLES}
    return {name: _kept_table(table) for name, table in tables.items()}


def _kept_table(table: BaseModel) -> dict[str, Any]:
    values = table.model_dump(mode="json")
    return {key: _hashed(value) if key in _PRIVATE else value for key, value in values.items()}


def without_credentials(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    """The same without user and password of any address in it: `http://me:secret@host/v1`."""
    if isinstance(value, str):
        return _CREDENTIALS.sub("", value)
    if isinstance(value, dict):
        return {key: without_credentials(one) for key, one in value.items()}
    return [without_credentials(one) for one in value] if isinstance(value, list) else value


def _hashed(value: object) -> str | None:
    if value in (None, "", [], {}):
        return None
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:16]


def _as_json(run: Run) -> dict[str, Any]:
    return {name: getattr(run, name) for name in Run.__slots__}


def file_hash(path: Path) -> str:
    """sha-256 over a file, or over the files below a folder with their names."""
    whole = hashlib.sha256()
    files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    for file in files:
        if path.is_dir():
            whole.update(str(file.relative_to(path)).encode() + b"\0")
        with file.open("rb") as opened:
            whole.update(hashlib.file_digest(opened, "sha256").digest())
    return whole.hexdigest()
