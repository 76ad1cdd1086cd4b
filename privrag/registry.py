"""Models that were trained in a home, and which of them serve: `models/registry.json`.

A version is registered with what it was measured at. It serves only after its gate: it must beat
its absence on documents it was not trained on, with an interval above 0, pass its checks, and only
beside what it was measured beside; a generator also only on the prompt that it was measured with.
What served before is kept in order, so that one step back is one command.

The file also names the index version that serves. So embedder, weights and index change in one
replacement of one file (`privrag/reembed.py`). The same replacement adds the release that this
makes (`privrag/releases.py`).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from privrag.errors import ModelError
from privrag.generate import GenerateSettings
from privrag.generate.tuning import refuse_another_prompt
from privrag.prompts import prompt_sha256
from privrag.releases import KINDS, Kind, Release
from privrag.rollout import RolloutSettings
from privrag.settings import Settings, load_settings
from privrag.upkeep import sync_lock
from privrag.versions import Check, Gate, ModelVersion, Stored, Weights
from privrag.whole_file import write_whole

__all__ = [
    "FOLDER",
    "KINDS",
    "Check",
    "Gate",
    "Kind",
    "ModelVersion",
    "Registry",
    "Weights",
    "model_folder_of",
    "names_weights",
    "promote",
    "read_registry",
    "register",
    "rollback",
    "rollback_release",
    "set_aside",
    "with_promoted",
    "write_registry",
]

FOLDER = "models"
_FILE = "registry.json"
_RETRIEVAL: tuple[Kind, ...] = ("reranker", "embedder", "fusion")
_RESTS_ON: dict[Kind, tuple[Kind, ...]] = {
    "reranker": ("embedder", "fusion"),
    "embedder": _RETRIEVAL,
    "fusion": _RETRIEVAL,
    "generator": ("generator",),
}
"""What a version of each kind was measured beside: a reranker beside the retrieval whose scores it
corrects, an embedder and weights beside all that ranked, a generator beside the one that answered.
It reads passages whatever found them: it stays when retrieval changes."""
_SETS_ASIDE: dict[Kind, tuple[Kind, ...]] = {
    "reranker": (),
    "embedder": ("fusion", "reranker"),
    "fusion": ("reranker",),
    "generator": (),
}
"""What was made for the scores of before, and so serves no longer."""


class Registry(Stored):
    """All versions, and for each kind those promoted, the serving one last."""

    format: Literal[1] = 1
    versions: tuple[ModelVersion, ...] = ()
    promoted: dict[Kind, tuple[str, ...]] = Field(default_factory=dict)
    index: str = ""
    """The index version that serves; the first one has no name."""
    leftovers: tuple[str, ...] = ()
    """Index versions that are being made or were replaced: to be removed."""
    releases: tuple[Release, ...] = ()
    """Oldest first, the last one serves."""

    @property
    def release(self) -> int | None:
        """The number of the one that serves; none was made in a home of before there were any."""
        return self.releases[-1].number if self.releases else None

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

    def gone_back(self) -> "Registry":
        """What the release before served serves.

        Raises ModelError where there is none, or where every passage would be embedded anew.
        """
        if not self.releases:
            raise ModelError(
                "this home has made no release yet, so there is none to go back to; name what to "
                f"take back: privrag models rollback {'|'.join(KINDS)}"
            )
        target = self._release(self.releases[-1].before)
        now, then = (one.serves.get("embedder") for one in (self.releases[-1], target))
        if now != then:
            raise ModelError(
                f"release {target.number} found passages with {then or 'the first embedder'}, and "
                "going back embeds every passage anew: privrag models rollback embedder"
            )
        return self.model_copy(update={"promoted": target.promoted})

    def with_release(
        self, earlier: "Registry", cause: str, kind: Kind | None, *, prompt: str, back: bool = False
    ) -> "Registry":
        """Note what serves now, after `earlier`, as a release; nothing where nothing changed.

        `back`: it is the one before once more, so that the next step back leads further.
        """
        if (self.promoted, self.index) == (earlier.promoted, earlier.index):
            return self
        then = earlier.releases or (
            _release(earlier, 0, "before the first release", prompt=prompt),
        )
        before: int | None = then[-1].number
        if back:
            before = earlier._release(then[-1].before).before
        made = _release(self, then[-1].number + 1, cause, kind, before, prompt=prompt)
        return self.model_copy(update={"releases": (*then, made)})

    def _release(self, number: int | None) -> Release:
        for release in self.releases:
            if release.number == number:
                return release
        raise ModelError("this is what served first: there is no release to go back to")

    def _refuse_beside_others(self, version: ModelVersion) -> None:
        now = self.all_serving()
        for kind in _RESTS_ON[version.kind]:
            then = version.beside.get(kind)
            if kind == "generator" and kind not in now:
                continue  # its base answers, beside which it was measured, too
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
    version, prompts = read_registry(home).version(name), load_settings(home).prompts

    def let_serve(before: Registry) -> Registry:
        after = before.with_promotion(name)
        if version.tuning is not None and before.serving(version.kind) != version:
            refuse_another_prompt(name, version.tuning, prompts)
        return after

    return _change(home, version.kind, f"promote {name}", let_serve)


def rollback(home: Path, kind: Kind) -> list[str]:
    """Back to what served before; gives the names that were set aside. Raises as `promote`."""
    return _change(home, kind, f"rollback {kind}", lambda registry: registry.stepped_back(kind))


def rollback_release(home: Path) -> Release:
    """Back to the release before, as a release of its own: its models serve from the next request.

    Raises as `promote`, and ModelError where that takes another embedder.
    """
    read_registry(home).gone_back()  # refuses before anything is touched
    prompt = prompt_sha256(load_settings(home).prompts)
    with sync_lock(home):
        before = read_registry(home)
        undone = before.releases[-1]
        after = before.gone_back().with_release(
            before, f"rollback of release {undone.number}", undone.kind, prompt=prompt, back=True
        )
        write_registry(home, after)
    return after.releases[-1]


def _change(home: Path, kind: Kind, cause: str, make: Callable[[Registry], Registry]) -> list[str]:
    make(read_registry(home))  # refuses before anything is touched
    prompt = prompt_sha256(load_settings(home).prompts)
    with sync_lock(home):
        before = read_registry(home)
        after = make(before)
        write_registry(home, after.with_release(before, cause, kind, prompt=prompt))
    return set_aside(before, after, kind)


def _release(
    registry: Registry,
    number: int,
    cause: str,
    kind: Kind | None = None,
    before: int | None = None,
    *,
    prompt: str,
) -> Release:
    return Release(
        number=number,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        cause=cause,
        kind=kind,
        promoted=registry.promoted,
        index=registry.index,
        prompt_sha256=prompt,
        before=before,
    )


def set_aside(before: Registry, after: Registry, kind: Kind) -> list[str]:
    """Names of other kinds than the one that changed which served and serve no longer."""
    now = after.all_serving()
    return [name for k, name in before.all_serving().items() if k != kind and k not in now]


def with_promoted(settings: Settings, home: Path, registry: Registry) -> Settings:
    """The settings with reranker, weights and generator that serve, unless they name their own."""
    update: dict[str, object] = {}
    generate, own = settings.generate, settings.rerank
    version = None if own.is_on else registry.serving("reranker")
    if version is not None:
        folder = model_folder_of(home, version.kind, version.name)
        served = {"model": str(folder), "correction": version.correction}
        update["rerank"] = own.model_copy(update=served)
    writer = None if settings.generate.answer_model else registry.serving("generator")
    if writer is not None:
        generate = _with_tuned(generate, home, writer.name, answers=True)
    if settings.rollout.candidate is not None:
        name = _candidate(registry, settings.rollout)
        generate = _with_tuned(generate, home, name, answers=False)
    if generate != settings.generate:
        update["generate"] = generate
    tuned = registry.serving("fusion") or registry.serving("embedder")
    if tuned is not None and tuned.weights is not None and not names_weights(settings):
        weights = tuned.weights.model_dump()
        update["retrieve"] = settings.retrieve.model_copy(update=weights)
    return settings.model_copy(update=update) if update else settings


def _candidate(registry: Registry, rollout: RolloutSettings) -> str:
    """The name of the candidate. Raises ModelError where it is none, or must not be shown."""
    version = registry.version(str(rollout.candidate))
    if version.kind != "generator":
        raise ModelError(
            f"rollout.candidate names {version.name}, a {version.kind}; only a generator is tried "
            "beside the one that serves"
        )
    if rollout.percent and version.refusal is not None:
        raise ModelError(
            f"rollout.candidate {version.name} must not answer: {version.refusal}; set "
            "rollout.percent = 0 and rollout.shadow = true to watch it unseen"
        )
    return version.name


def _with_tuned(
    settings: GenerateSettings, home: Path, name: str, *, answers: bool
) -> GenerateSettings:
    """The settings with a tuned generator of the home, be it that it `answers` or that it may."""
    folder = model_folder_of(home, "generator", name)
    update: dict[str, object] = {"tuned": {**settings.tuned, name: str(folder)}}
    return settings.model_copy(update=update | ({"answer_model": name} if answers else {}))


def names_weights(settings: Settings) -> bool:
    """Whether these settings, as they were loaded, name a weight of fusion themselves."""
    return not settings.retrieve.model_fields_set.isdisjoint(Weights.model_fields)


def write_registry(home: Path, registry: Registry) -> None:
    """Replace the file in one step (0600)."""
    folder = home / FOLDER
    text = registry.model_dump_json(indent=1) + "\n"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        write_whole(folder / _FILE, text.encode())
    except OSError as error:
        raise ModelError(f"models/{_FILE} cannot be written ({error.strerror})") from None
