"""Models that were trained in a home, and which of them serve: `models/registry.json`.

A version is registered with what it was measured at. It serves only after its gate: it must beat
its absence on documents it was not trained on, with an interval above 0. What served before is kept
in order, so that one step back is one command.
"""

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from privrag.errors import ModelError
from privrag.rerank import RerankSettings
from privrag.settings import Settings

FOLDER = "models"
_FILE = "registry.json"
Kind = Literal["reranker"]


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Gate(_Stored):
    """nDCG@10 without the model and with it, over the questions kept for testing."""

    questions: int
    documents: int
    """They are drawn as wholes for the interval: questions to one document are alike."""
    without: float
    with_it: float
    difference: float
    ci95: tuple[float, float]

    @property
    def passed(self) -> bool:
        """Whether the whole interval lies above 0."""
        return self.ci95[0] > 0


class ModelVersion(_Stored):
    """A trained model. Its folder is `models/KIND/NAME` of the home."""

    kind: Kind
    name: str
    created: str
    """UTC, ISO 8601."""
    data: str
    """The data set it learnt from."""
    data_sha256: str
    base: str
    """The embedding model that it was trained from."""
    seed: int
    examples: int
    pairs: int
    seconds: float
    correction: float
    """What its logit is multiplied by before it is added to the retrieval score."""
    gate: Gate


class Registry(_Stored):
    """All versions, and for each kind those promoted, the serving one last."""

    format: Literal[1] = 1
    versions: tuple[ModelVersion, ...] = ()
    promoted: dict[Kind, tuple[str, ...]] = {}

    def version(self, name: str) -> ModelVersion:
        """Raises ModelError for an unknown name."""
        for version in self.versions:
            if version.name == name:
                return version
        known = ", ".join(version.name for version in self.versions) or "none"
        raise ModelError(f"no model is called {name!r} in this home; there are: {known}")

    def serving(self, kind: Kind) -> ModelVersion | None:
        """The version that answers questions, if one was promoted."""
        names = self.promoted.get(kind, ())
        return self.version(names[-1]) if names else None


def model_folder_of(home: Path, kind: Kind, name: str) -> Path:
    """Where the weights of a version lie."""
    return home / FOLDER / kind / name


def read_registry(home: Path) -> Registry:
    """The home's registry; an empty one where nothing was trained. Raises ModelError."""
    try:
        return Registry.model_validate_json((home / FOLDER / _FILE).read_bytes())
    except FileNotFoundError:
        return Registry()
    except (OSError, ValidationError) as error:
        raise ModelError(
            f"models/{_FILE} of the home cannot be read ({type(error).__name__}); put it back from "
            "a backup, or remove it: then no trained model serves"
        ) from None


def register(home: Path, version: ModelVersion) -> None:
    """Add a version. Raises ModelError if the name is taken."""
    registry = read_registry(home)
    if any(known.name == version.name for known in registry.versions):
        raise ModelError(f"a model {version.name!r} exists already; choose another --name")
    _write(home, registry.model_copy(update={"versions": (*registry.versions, version)}))


def promote(home: Path, name: str) -> ModelVersion:
    """Let a version serve from the next opening of the home on.

    Raises ModelError if it did not pass its gate.
    """
    registry = read_registry(home)
    version = registry.version(name)
    if not version.gate.passed:
        low, high = version.gate.ci95
        raise ModelError(
            f"{name} is not promoted: its gain of {version.gate.difference:+.3f} nDCG@10 "
            f"[{low:+.3f}, {high:+.3f}] is not above 0 for sure; train with more questions"
        )
    before = tuple(n for n in registry.promoted.get(version.kind, ()) if n != name)
    _write(home, _with_promoted(registry, version.kind, (*before, name)))
    return version


def rollback(home: Path, kind: Kind) -> ModelVersion | None:
    """Back to what served before; None if nothing did. Raises ModelError if nothing serves now."""
    registry = read_registry(home)
    names = registry.promoted.get(kind, ())
    if not names:
        raise ModelError(f"no {kind} of this home serves; promote one: privrag models promote NAME")
    back = _with_promoted(registry, kind, names[:-1])
    _write(home, back)
    return back.serving(kind)


def with_promoted(settings: Settings, home: Path) -> Settings:
    """The settings with the reranker that serves, unless they name one themselves."""
    own = settings.rerank
    version = None if own.model is not None else read_registry(home).serving("reranker")
    if version is None:
        return settings
    folder = model_folder_of(home, version.kind, version.name)
    served = RerankSettings(
        model=str(folder), correction=version.correction, candidates=own.candidates
    )
    return settings.model_copy(update={"rerank": served})


def _with_promoted(registry: Registry, kind: Kind, names: tuple[str, ...]) -> Registry:
    return registry.model_copy(update={"promoted": {**registry.promoted, kind: names}})


def _write(home: Path, registry: Registry) -> None:
    """Replace the file in one step (0600)."""
    folder = home / FOLDER
    draft = folder / f"{_FILE}.new"
    text = registry.model_dump_json(indent=1) + "\n"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder / _FILE)
    except OSError as error:
        raise ModelError(f"models/{_FILE} cannot be written ({error.strerror})") from None
