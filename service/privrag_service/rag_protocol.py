"""The part of `privrag.rag.AsyncRag` that the service needs. Tests pass a scripted one."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from privrag.audit import Head
from privrag.feedback import Feedback, Opinion
from privrag.records import Answer, Reveal, Viewer


class CoreSettings(Protocol):
    """What the service reads of the core's settings."""

    @property
    def tenant(self) -> str:
        """Whose documents these are."""

    def reveal_of(self, own: Reveal, groups: Iterable[str]) -> Reveal:
        """What somebody may see: their own right together with those of their groups."""


class AnsweringRag(Protocol):
    """Answers questions and keeps the identities in them away from the generator."""

    @property
    def home(self) -> Path:
        """The folder that holds the index, the vault and the settings."""

    @property
    def settings(self) -> CoreSettings:
        """As the home was opened with."""

    def stream(
        self,
        question: str,
        *,
        viewer: Viewer,
        history: Sequence[tuple[str, str]] = (),
        collection: str | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        answer_id: str | None = None,
    ) -> AsyncIterator[str | Answer]:
        """Retrieve and answer: pieces of text, then one Answer whose text is all of them joined.

        `history` holds (role, text), oldest first. By its id the answer may get feedback. An async
        generator.
        """

    def chat(
        self,
        messages: Sequence[tuple[str, str]],
        *,
        model: str,
        viewer: Viewer,
        options: Mapping[str, object],
    ) -> AsyncIterator[str | Answer]:
        """Generate without retrieval: pseudonymized on the way out, restored on the way back."""

    async def give_feedback(self, answer_id: str, opinion: Opinion, *, viewer: Viewer) -> Feedback:
        """Take what the viewer says of an answer that it got. Raises FeedbackError."""

    async def models(self) -> list[str]:
        """Plain model ids, the base first. Raises GeneratorUnavailableError."""

    async def collections(self) -> list[str]:
        """Names of all collections in the index."""

    async def generator_ready(self) -> bool:
        """Whether the generator answers now."""

    async def index_ready(self) -> bool:
        """Whether the index answers now."""

    async def audit_head(self) -> Head:
        """Where the tenant's audit log ends."""

    async def close(self) -> None:
        """Release the index, the vault and every connection."""
