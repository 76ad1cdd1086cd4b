"""The `[sync]` table."""

from pydantic import BaseModel, ConfigDict, Field, field_validator

from privrag.settings import Settings, checked


class SyncSettings(BaseModel):
    """How folders become documents."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    default_acl: tuple[str, ...] = ("*",)
    """Who may read a document that no pattern of `acl` matches: `*` (everybody of the tenant),
    `user:NAME` or `group:NAME`."""
    acl: dict[str, tuple[str, ...]] = {}
    """Pattern of the end of a file's path (`hr/*` matches all below any folder `hr`; with a leading
    `/`, of the whole path) to who may read it; the first that matches counts."""
    mass_delete_share: float = Field(default=1 / 3, ge=0, le=1)
    """Share (0-1) of the known documents under the synced paths that may vanish at once before
    the sync refuses and changes nothing."""

    @field_validator("acl")
    @classmethod
    def _patterns_have_principals(
        cls, acl: dict[str, tuple[str, ...]]
    ) -> dict[str, tuple[str, ...]]:
        for pattern, principals in acl.items():
            _check_principals(principals, f"pattern {pattern!r}")
        return acl

    @field_validator("default_acl")
    @classmethod
    def _default_has_principals(cls, principals: tuple[str, ...]) -> tuple[str, ...]:
        _check_principals(principals, "default_acl")
        return principals

    @classmethod
    def of(cls, settings: Settings) -> "SyncSettings":
        """The table of these settings. Raises SettingsError naming the key."""
        return checked(cls, settings.sync, table="sync")


def _check_principals(principals: tuple[str, ...], where: str) -> None:
    if not principals:
        msg = f"{where} names nobody; write '*', 'user:NAME' or 'group:NAME'"
        raise ValueError(msg)
    for principal in principals:
        kind, _, name = principal.partition(":")
        if principal != "*" and (kind not in {"user", "group"} or not name):
            msg = f"{where} must hold '*', 'user:NAME' or 'group:NAME'"
            raise ValueError(msg)
