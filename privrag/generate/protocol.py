"""The generator seam: safe messages in, safe text out, a piece at a time."""

from collections.abc import AsyncGenerator, Sequence
from typing import Literal, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from privrag.offline import check_address, is_on_this_machine
from privrag.records import Draft, Message, SafeText


class GenerateSettings(BaseModel):
    """Which language model writes the answer."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    base_url: str | None = None
    """Root of an OpenAI-compatible server, e.g. `http://127.0.0.1:8001/v1`; none means the
    embedded model in this process. Anything but loopback needs `allow_remote`."""
    api_key: SecretStr | None = None
    """Bearer key of that server."""
    allow_remote: bool = False
    """Whether `base_url` may lie outside this machine. It then still sees only safe text."""
    model: str | None = None
    """Model id on the server (none: the first that it lists), or the folder of the embedded
    model (none: Gemma 3 270M from the package index)."""
    tuned: dict[str, str] = {}
    """Tuned models of the embedded generator: by model id the folder of a LoRA adapter for `model`
    or of a whole model. A promoted generator of the home is among them by itself."""
    answer_model: str | None = None
    """Model id that answers from passages: one of `tuned`, `embedded` for the embedded model as it
    is, or one that the server lists. None: the promoted generator, without one `model`."""
    max_tokens: int = Field(default=120, ge=1, le=32768)
    """Tokens of an answer at most (1-32768)."""
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    """Randomness (0-2); 0 gives the same answer every time."""
    stop: tuple[str, ...] = ("\n",)
    """Texts that end an answer. A base model needs the line end, or it goes on inventing
    questions; set it to `[]` for an instruction-tuned model."""
    timeout_seconds: float = Field(default=120.0, gt=0, le=3600)
    """Seconds to wait for the next piece of an answer."""

    @model_validator(mode="after")
    def _remote_is_explicit(self) -> "GenerateSettings":
        if self.base_url is not None:
            check_address("generate.base_url", self.base_url)
        remote = self.base_url is not None and not is_on_this_machine(self.base_url)
        if remote and not self.allow_remote:
            msg = (
                "generate.base_url lies outside this machine; set generate.allow_remote = true "
                "to send safe text there"
            )
            raise ValueError(msg)
        return self


class GenerateOptions(BaseModel):
    """What one request may change."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    model: str | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, gt=0, le=1)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    seed: int | None = None
    cache_salt: str | None = None
    """Separates the prefix caches of tenants on a vLLM server."""
    response_format: dict[str, str] | None = None
    """As in OpenAI's protocol, e.g. `{"type": "json_object"}`; left out for a server that refuses
    it, and the embedded model does not know it."""
    plain: bool = False
    """No answer from passages: `max_tokens` and `stop` of the settings, which are made for those,
    do not count on a server."""


class CompleteOptions(BaseModel):
    """How raw texts are continued."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    max_tokens: int = Field(default=80, ge=1)
    temperature: float = Field(default=0.0, ge=0, le=2)
    top_p: float = Field(default=1.0, gt=0, le=1)
    stop: tuple[str, ...] = ()
    seed: int = 0


@runtime_checkable
class Completer(Protocol):
    """Continues raw texts, without a chat template: what a base model needs."""

    async def complete(self, prompts: Sequence[SafeText], options: CompleteOptions) -> list[Draft]:
        """What follows each text, in order. Raises as `Generator.stream` does."""


@runtime_checkable
class LikelihoodModel(Protocol):
    """Says how likely a text is after another: what ranking by a language model needs."""

    async def log_likelihoods(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Mean natural log probability of each second text's tokens, given the first; at most 0.

        Safe text only. Raises as `Generator.stream` does.
        """


class Generator(Protocol):
    """Writes text from safe messages."""

    def stream(
        self, messages: Sequence[Message], options: GenerateOptions
    ) -> AsyncGenerator[SafeText | Draft, None]:
        """Pieces as they come, then exactly one Draft with the whole text.

        Raises GeneratorUnavailableError, ContextTooLongError or GeneratorError, the first two
        before the first piece.
        """

    async def models(self) -> list[str]:
        """Ids that `options.model` may name. Raises GeneratorUnavailableError."""

    def follow(self, settings: GenerateSettings) -> None:
        """Serve the tuned models of these settings from the next request on; all else stays."""

    async def close(self) -> None:
        """Let go of connections and weights."""


Finish = Literal["stop", "length", "refused"]
