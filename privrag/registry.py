"""Models that were trained in a home, and which of them serve: `models/registry.json`.

A version is registered with what it was measured at. It serves only after its gate: it must beat
its absence on documents it was not trained on, with an interval above 0, pass its checks, and only
beside what it was measured beside. What served before is kept in order, so that one step back is
one command.

The file also names the index version that serves. So embedder, weights and index change in one
replacement of one file (`privrag/reembed.py`).
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from privrag.errors import ModelError
from privrag.gate.bootstrap import LEAST_CASES
from privrag.generate.tuning import Tuning
from privrag.settings import Settings
from privrag.upkeep import sync_lock

FOLDER = "models"
_FILE = "registry.json"
Kind = Literal["reranker", "embedder", "fusion", "generator"]
KINDS: tuple[Kind, ...] = get_args(Kind)
GAIN = "answer_f1"
"""The figure of a generator whose gain must be above 0 for sure."""
_RETRIEVAL: tuple[Kind, ...] = ("reranker", "embedder", "fusion")
_RESTS_ON: dict[Kind, tuple[Kind, ...]] = {
    "reranker": ("embedder", "fusion"),
    "embedder": _RETRIEVAL,
    "fusion": _RETRIEVAL,
    "generator": (),
}
"""What a version of each kind was measured beside: a reranker beside the retrieval whose scores it
corrects, an embedder and weights beside all that ranked. A generator reads passages whatever found
them: it stays when retrieval changes."""
_SETS_ASIDE: dict[Kind, tuple[Kind, ...]] = {
    "reranker": (),
    "embedder": ("fusion", "reranker"),
    "fusion": ("reranker",),
    "generator": (),
}
"""What was made for the scores of before, and so serves no longer."""


class _Stored(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Gate(_Stored):
    """A figure without the model and with it, over the questions kept for testing.

    nDCG@10 for what ranks.
    """

    questions: int
    documents: int
    """They are drawn as wholes for the interval: questions to one document are alike."""
    without: float
    with_it: float
    difference: float
    ci95: tuple[float, float]

    @property
    def passed(self) -> bool:
        """Whether the whole interval lies above 0, and enough was measured for one to say so."""
        return self.is_wide_enough and self.ci95[0] > 0

    @property
    def is_wide_enough(self) -> bool:
        """Whether it was measured on so many documents, and questions, that an interval counts."""
        return min(self.questions, self.documents) >= LEAST_CASES

    @property
    def measured_on(self) -> str:
        """In words, with what is asked for where it is too little."""
        what = f"{self.questions} questions about {self.documents} documents"
        return what if self.is_wide_enough else f"{what}, at least {LEAST_CASES} of each are needed"


class Check(_Stored):
    """Something that must hold beside the figures, e.g. that an adapter changes the answers."""

    name: str
    passed: bool
    detail: str
    """One sentence with the figures behind it; no text of documents or answers."""


class Weights(_Stored):
    """How the legs are fused; see `RetrieveSettings`."""

    dense_weight: float
    sparse_weight: float
    id_weight: float
    exact_weight: float


class ModelVersion(_Stored):
    """A trained model. Its folder is `models/KIND/NAME` of the home; weights alone have none."""

    kind: Kind
    name: str
    created: str
    """UTC, ISO 8601."""
    data: str
    """The data set it learnt from."""
    data_sha256: str
    base: str
    """The embedding model that it was trained from; of a generator the base model's folder."""
    seed: int
    examples: int
    pairs: int
    seconds: float
    correction: float | None = None
    """Of a reranker: what its logit is multiplied by before it is added to the retrieval score."""
    weights: Weights | None = None
    """Of fusion, chosen on validation; None leaves those of the settings."""
    sha256: str = ""
    """Of an embedder's weights."""
    beside: dict[Kind, str] = {}
    """What else served when it was measured."""
    gate: Gate | None = None
    """Of what ranks."""
    figures: dict[str, Gate] = {}
    """Of a generator, by name: `answer_f1`, `citation_precision`, `abstention` (higher is better),
    `wrongly_refused` (lower is). Only the gain of `GAIN` is judged here, the others by `checks`."""
    checks: tuple[Check, ...] = ()
    tuning: Tuning | None = None
    """Of a generator: what it was tuned from."""

    @model_validator(mode="after")
    def _is_whole(self) -> "ModelVersion":
        if self.kind == "generator" and (self.tuning is None or not self.checks):
            raise ValueError("a generator has a tuning and checks")
        if self.kind != "generator" and self.gate is None:
            raise ValueError(f"a version of kind {self.kind} has a gate")
        return self

    @property
    def refusal(self) -> str | None:
        """Why it must not serve, in one clause with the figures; None if it may."""
        failed = next((check for check in self.checks if not check.passed), None)
        if failed is not None:
            return f"the check {failed.name!r} failed: {failed.detail}"
        name, gain = (GAIN, self.figures.get(GAIN)) if self.gate is None else ("nDCG@10", self.gate)
        if gain is None:
            return f"its {name} was not measured"
        if not gain.is_wide_enough:
            return f"its {name} was measured on {gain.measured_on}: make a larger data set"
        if not gain.passed:
            low, high = gain.ci95
            return (
                f"its gain of {gain.difference:+.3f} {name} [{low:+.3f}, {high:+.3f}] is not above "
                "0 for sure; train with more questions"
            )
        return None


class Registry(_Stored):
    """All versions, and for each kind those promoted, the serving one last."""

    format: Literal[1] = 1
    versions: tuple[ModelVersion, ...] = ()
    promoted: dict[Kind, tuple[str, ...]] = {}
    index: str = ""
    """The index version that serves; the first one has no name."""
    leftovers: tuple[str, ...] = ()
    """Index versions that are being made or were replaced: to be removed."""

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

    def all_serving(self) -> dict[Kind, str]:
        """The names that serve, by kind."""
        return {kind: version.name for kind in KINDS if (version := self.serving(kind))}

    def with_promotion(self, name: str) -> "Registry":
        """This version serves, and what was made for the scores of before does not.

        Raises ModelError if it did not pass its gate, or passed it beside others than serve now.
        """
        version = self.version(name)
        if version.refusal is not None:
            raise ModelError(f"{name} is not promoted: {version.refusal}")
        before = self.promoted.get(version.kind, ())
        if before[-1:] != (name,):
            self._refuse_beside_others(version)
        return self._changed(version.kind, (*(n for n in before if n != name), name))

    def stepped_back(self, kind: Kind) -> "Registry":
        """What served before serves. Raises ModelError if nothing of the kind does."""
        names = self.promoted.get(kind, ())
        if not names:
            raise ModelError(
                f"no {kind} of this home serves; promote one: privrag models promote NAME"
            )
        return self._changed(kind, names[:-1])

    def _refuse_beside_others(self, version: ModelVersion) -> None:
        now = self.all_serving()
        for kind in _RESTS_ON[version.kind]:
            then = version.beside.get(kind)
            if then != now.get(kind):
                raise ModelError(
                    f"{version.name} is not promoted: it was measured beside "
                    f"{then or f'no {kind}'}, and {now.get(kind) or f'no {kind}'} serves now; "
                    f"train again: privrag train {version.kind}"
                )

    def _changed(self, kind: Kind, names: tuple[str, ...]) -> "Registry":
        aside: dict[Kind, tuple[str, ...]] = dict.fromkeys(_SETS_ASIDE[kind], ())
        return self.model_copy(update={"promoted": {**self.promoted, **aside, kind: names}})


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
            "a backup; without one remove it, and index/ if an embedder was promoted: then no "
            "trained model serves, and privrag sync writes the documents again"
        ) from None


def register(home: Path, version: ModelVersion) -> None:
    """Add a version. Raises ModelError if the name is taken."""
    registry = read_registry(home)
    if any(known.name == version.name for known in registry.versions):
        raise ModelError(f"a model {version.name!r} exists already; choose another --name")
    write_registry(home, registry.model_copy(update={"versions": (*registry.versions, version)}))


def promote(home: Path, name: str) -> list[str]:
    """Let a reranker, weights or a generator serve from the next request on.

    Gives the names that were set aside for it. An embedder needs an index of its own: see
    `reembed.promote_embedder`. Raises ModelError, and SyncError while something else runs.
    """
    kind = read_registry(home).version(name).kind
    return _change(home, kind, lambda registry: registry.with_promotion(name))


def rollback(home: Path, kind: Kind) -> list[str]:
    """Back to what served before; gives the names that were set aside. Raises as `promote`."""
    return _change(home, kind, lambda registry: registry.stepped_back(kind))


def _change(home: Path, kind: Kind, make: Callable[[Registry], Registry]) -> list[str]:
    make(read_registry(home))  # refuses before anything is touched
    with sync_lock(home):
        before = read_registry(home)
        after = make(before)
        write_registry(home, after)
    return set_aside(before, after, kind)


def set_aside(before: Registry, after: Registry, kind: Kind) -> list[str]:
    """Names of other kinds than the one that changed which served and serve no longer."""
    now = after.all_serving()
    return [name for k, name in before.all_serving().items() if k != kind and k not in now]


def with_promoted(settings: Settings, home: Path) -> Settings:
    """The settings with reranker and weights that serve, unless they name their own."""
    registry = read_registry(home)
    update: dict[str, object] = {}
    own = settings.rerank
    version = None if own.is_on else registry.serving("reranker")
    if version is not None:
        folder = model_folder_of(home, version.kind, version.name)
        served = {"model": str(folder), "correction": version.correction}
        update["rerank"] = own.model_copy(update=served)
    tuned = registry.serving("fusion") or registry.serving("embedder")
    if tuned is not None and tuned.weights is not None and not names_weights(settings):
        weights = tuned.weights.model_dump()
        update["retrieve"] = settings.retrieve.model_copy(update=weights)
    return settings.model_copy(update=update) if update else settings


def names_weights(settings: Settings) -> bool:
    """Whether these settings, as they were loaded, name a weight of fusion themselves."""
    return not settings.retrieve.model_fields_set.isdisjoint(Weights.model_fields)


def write_registry(home: Path, registry: Registry) -> None:
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
