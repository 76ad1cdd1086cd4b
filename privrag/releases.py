"""What a home answered with, release by release: models, index version and prompt as one bundle.

Each promotion and each rollback makes a release. It knows where one step back leads: a promotion to
the release before it, a rollback to where the release that it went to would have gone.
"""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

Kind = Literal["reranker", "embedder", "fusion", "generator"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Release(BaseModel):
    """One bundle. What is not named is that of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    number: int
    """From 1 on; 0 is what served before the first."""
    created: str
    """UTC, ISO 8601."""
    cause: str
    """The command that made it, e.g. `promote first`."""
    kind: Kind | None = None
    """What the command changed."""
    promoted: dict[Kind, tuple[str, ...]]
    """For each kind the versions promoted so far, the serving one last."""
    index: str
    """The index version; an embedder's way back makes another one."""
    prompt_sha256: str
    """Of the prompt settings at that time. They are settings: no rollback changes them."""
    before: int | None
    """The release to which one step back leads."""

    @property
    def serves(self) -> dict[Kind, str]:
        """The names that serve, by kind."""
        return {kind: names[-1] for kind in KINDS if (names := self.promoted.get(kind))}
