"""Composes every step's settings from arguments, environment and `privrag.toml`.

Order: call argument, environment (`PRIVRAG_CHUNK__SIZE=200`), `privrag.toml` in the home, default.
This is the only module that reads the environment.
"""

import contextlib
import difflib
import json
import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as PydanticSettingsError

from privrag.audit import AuditSettings
from privrag.choose import ChooseSettings
from privrag.chunk import ChunkSettings
from privrag.embed import EmbedSettings
from privrag.errors import SettingsError
from privrag.evidence import CiteSettings
from privrag.feedback.settings import FeedbackSettings
from privrag.generate import GenerateSettings
from privrag.index import IndexSettings
from privrag.parse import ParseSettings
from privrag.prompts import PromptSettings
from privrag.pseudonym import LABELS
from privrag.pseudonymize import DetectSettings, read_profile
from privrag.quarantine import QuarantineSettings
from privrag.records import Reveal, joined
from privrag.rerank import RerankSettings
from privrag.retrieve import RetrieveSettings
from privrag.rewrite import RewriteSettings
from privrag.rollout import RolloutSettings
from privrag.vault import VaultSettings

M = TypeVar("M", bound=BaseModel)
DEFAULT_HOME = "~/.privrag"
FILE_NAME = "privrag.toml"
_PREFIX = "PRIVRAG_"
_NOT_SETTINGS = {"HOME"}


class GroupSettings(BaseModel):
    """What everybody in a group may see: `[groups.NAME]`, a name that ACLs and viewers use."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    reveal: Reveal = False
    """Types that are restored for the group: true for every one but SECRET, false for none, or a
    list such as `["PERSON", "EMAIL"]`. SECRET must be named."""

    @field_validator("reveal", mode="before")
    @classmethod
    def _only_known_types(cls, value: object) -> Reveal:
        return _reveal(value)


class ViewerSettings(BaseModel):
    """What one person may see: `[viewers.NAME]`."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    groups: tuple[str, ...] = ()
    """Groups this person belongs to, as document ACLs name them (`group:NAME` without `group:`)."""
    collections: tuple[str, ...] | None = None
    """Collections this person may search; none means every one."""
    reveal: Reveal = False
    """Types that are restored for this person, besides those of the groups: true for every one but
    SECRET, false for none, or a list such as `["PERSON", "EMAIL"]`. SECRET must be named."""

    @field_validator("reveal", mode="before")
    @classmethod
    def _only_known_types(cls, value: object) -> Reveal:
        return _reveal(value)


class Settings(BaseSettings):
    """Everything that can be set. One table per step."""

    model_config = SettingsConfigDict(
        env_prefix="PRIVRAG_",
        env_nested_delimiter="__",
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
    )

    tenant: str = Field(default="default", pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    """Whose documents these are; tenants share nothing, not even pseudonyms."""
    collection: str = Field(default="main", pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")
    """Collection that a sync fills when none is named."""
    cache: Path = Path("~/.cache/privrag")
    """Folder for converted model files, outside any home (`PRIVRAG_CACHE`)."""
    parse: ParseSettings = ParseSettings()
    pseudonymize: DetectSettings = DetectSettings()
    vault: VaultSettings = VaultSettings()
    audit: AuditSettings = AuditSettings()
    chunk: ChunkSettings = ChunkSettings()
    embed: EmbedSettings = EmbedSettings()
    index: IndexSettings = IndexSettings()
    rewrite: RewriteSettings = RewriteSettings()
    retrieve: RetrieveSettings = RetrieveSettings()
    rerank: RerankSettings = RerankSettings()
    choose: ChooseSettings = ChooseSettings()
    quarantine: QuarantineSettings = QuarantineSettings()
    prompts: PromptSettings = PromptSettings()
    generate: GenerateSettings = GenerateSettings()
    rollout: RolloutSettings = RolloutSettings()
    cite: CiteSettings = CiteSettings()
    feedback: FeedbackSettings = FeedbackSettings()
    viewers: dict[str, ViewerSettings] = {}
    """Who may see what, by name; the local owner needs no entry."""
    groups: dict[str, GroupSettings] = {}
    """What the members of a group may see besides their own, by the group's name."""
    sync: dict[str, object] = {}
    """Table of the sync job; `privrag_connectors` validates it."""
    service: dict[str, object] = {}
    """Table of the HTTP service; `privrag_service` validates it."""
    tracking: dict[str, object] = {}
    """Table of what trainings are written down in; `privrag_finetune` validates it."""

    @model_validator(mode="after")
    def _who_rewrites_is_there(self) -> "Settings":
        if self.rewrite.by == "model" and self.generate.base_url is None:
            msg = (
                "rewrite.by = 'model' needs generate.base_url, a server with an instruction-tuned "
                "model: the embedded one cannot rewrite a question"
            )
            raise ValueError(msg)
        return self

    def reveal_of(self, own: Reveal, groups: Iterable[str]) -> Reveal:
        """What somebody may see: their own right together with those of their groups."""
        known = (self.groups[name].reveal for name in groups if name in self.groups)
        return joined((own, *known))

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what the constructor is given: `load_settings` has merged the sources."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


def home_path(home: str | Path | None = None) -> Path:
    """The home: the argument, else `PRIVRAG_HOME`, else `~/.privrag`; absolute."""
    return Path(home or os.environ.get("PRIVRAG_HOME") or DEFAULT_HOME).expanduser().absolute()


def make_home(home: Path) -> None:
    """Make the folder (mode 0700); one without a vault in it becomes private, too.

    Raises SettingsError where that cannot be done.
    """
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (home / "vault.db").exists():
            home.chmod(0o700)
    except OSError as error:
        raise SettingsError(
            f"the home {str(home)!r} cannot be used ({error.strerror}); name another with --home"
        ) from None


def load_settings(home: Path, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Settings for a home. Raises SettingsError: one sentence that names key and allowed values."""
    _refuse_unknown_variables()
    try:
        merged = _merged(_read_file(home / FILE_NAME), _read_environment())
    except PydanticSettingsError as error:
        raise SettingsError(f"a PRIVRAG_ variable is not valid JSON ({error})") from None
    merged = _merged(merged, overrides or {})
    if isinstance(merged.get("pseudonymize"), Mapping):
        merged["pseudonymize"] = read_profile(merged["pseudonymize"], home)
    settings = checked(Settings, merged)
    for sibling in entry_points(group="privrag.settings"):
        checked(sibling.load(), getattr(settings, sibling.name), table=sibling.name)
    return settings


def checked(model: type[M], values: Mapping[str, Any], *, table: str = "") -> M:
    """The values as settings. Raises SettingsError that names the key, never the value."""
    try:
        return model(**values)
    except ValidationError as error:
        raise SettingsError(_sentence(error, model, table)) from None


def _reveal(value: object) -> Reveal:
    """True, false or types, as TOML, the environment and calls write them."""
    if isinstance(value, str) and value.startswith("["):
        with contextlib.suppress(ValueError):
            value = json.loads(value)
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        value = value.lower() == "true"
    if isinstance(value, bool):
        return value
    if isinstance(value, list | tuple | set | frozenset) and all(v in LABELS for v in value):
        return frozenset(value)
    raise ValueError(f"true, false or a list of entity types; those are {', '.join(LABELS)}")


def _read_file(path: Path) -> dict[str, Any]:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{FILE_NAME} cannot be read ({type(error).__name__})") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{FILE_NAME} is not valid TOML: {_position(error)}") from None
    for table, content in tables.items():
        if isinstance(content, dict):
            for key in content:
                if _is_secret(table, key):
                    raise SettingsError(
                        f"{table}.{key} is a secret and does not belong in {FILE_NAME}; "
                        f"set {_PREFIX}{table.upper()}__{key.upper()}"
                    )
    return tables


def _read_environment() -> dict[str, Any]:
    """The variables; in the siblings' free tables lists and maps are JSON, as everywhere else."""
    tables = EnvSettingsSource(Settings)()
    for name in ("sync", "service", "tracking"):
        for key, value in tables.get(name, {}).items():
            if isinstance(value, str) and value.startswith(("[", "{")):
                try:
                    tables[name][key] = json.loads(value)
                except ValueError:
                    raise SettingsError(f"{name}.{key}: not valid JSON in its variable") from None
    return tables


def _position(error: tomllib.TOMLDecodeError) -> str:
    """Where it went wrong; the text of the line may be private."""
    words = str(error)
    return words[words.index("(at ") :].strip("()") if "(at " in words else "no position known"


def _is_secret(table: str, key: str) -> bool:
    owner = Settings.model_fields.get(table)
    fields = getattr(owner.annotation, "model_fields", {}) if owner else {}
    return key in fields and SecretStr.__name__ in str(fields[key].annotation)


def _refuse_unknown_variables() -> None:
    known = {name.upper() for name in Settings.model_fields}
    for variable in os.environ:
        if not variable.startswith(_PREFIX):
            continue
        table, separator, key = variable.removeprefix(_PREFIX).partition("__")
        rest = separator + key
        if table in known or table in _NOT_SETTINGS or table.startswith("CHILD_"):
            continue
        near = difflib.get_close_matches(table, known, n=1)
        meant = f"did you mean {_PREFIX}{near[0]}{rest}?" if near else "see docs/settings.md"
        raise SettingsError(f"the variable {variable} names no setting; {meant}")


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(value, Mapping) and isinstance(below, Mapping):
            result[key] = _merged(below, value)
        else:
            result[key] = value
    return result


def _sentence(error: ValidationError, model: type[BaseModel], table: str) -> str:
    """The first problem as `key: what is allowed`, never with the value."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    key = ".".join(str(part) for part in (table, *first["loc"]) if part) or "settings"
    reason = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return f"{key}: there is no such setting; allowed: {', '.join(_at(model, first['loc']))}"
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    return f"{key}: {reason}{more}"


def _at(model: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """The settings that stand beside this place."""
    for part in place[:-1]:
        field = model.model_fields.get(str(part))
        if field is not None:  # else a key of the user's own, as in `viewers.NAME`
            kinds = (field.annotation, *get_args(field.annotation))
            model = next(k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel))
    return list(model.model_fields)
