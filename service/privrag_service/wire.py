"""Bodies as they stand on the wire: what clients send, what they get. Unknown fields are accepted.

Field names and required fields follow OpenAI's `openapi.yaml` (chat completions). Incoming structs
show no text in their repr.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from privrag.feedback.records import Reason

# ------------------------------------------------------------------ requests


class ContentPart(Struct):
    """One part of a message: `{"type": "text", "text": "..."}`; other types are refused."""

    type: str
    text: str | None = None

    def __repr__(self) -> str:
        return f"ContentPart(type={self.type!r})"


class ChatMessage(Struct):
    """One turn as the client sends it."""

    role: str
    content: str | list[ContentPart] | None = None

    def __repr__(self) -> str:
        return "ChatMessage(...)"


class StreamOptions(Struct):
    """Options of a stream."""

    include_usage: bool | None = None


class ResponseFormat(Struct):
    """Only `text`: a schema would reach the generator past the pseudonymizer."""

    type: str


class ChatRequest(Struct, kw_only=True):
    """Body of `POST /v1/chat/completions`: the fields that are honoured."""

    model: str
    messages: Annotated[list[ChatMessage], Meta(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Meta(ge=1)] | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(gt=0, le=1)] | None = None
    presence_penalty: Annotated[float, Meta(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Meta(ge=-2, le=2)] | None = None
    seed: int | None = None
    response_format: ResponseFormat | None = None
    stop: str | list[str] | None = None

    def __repr__(self) -> str:
        return f"ChatRequest(messages={len(self.messages)})"


class FeedbackRequest(Struct, kw_only=True):
    """Body of `POST /v1/feedback`: what the caller says of an answer that it got."""

    answer_id: Annotated[str, Meta(min_length=1, max_length=128)]
    """The `id` of the completion."""
    thumb: Literal["up", "down"]
    correction: str | None = None
    """What the answer should have been."""
    reason: Reason = ""

    def __repr__(self) -> str:
        return f"FeedbackRequest(thumb={self.thumb!r})"


# ------------------------------------------------------------------ answers


class Model(Struct):
    """One entry of `/v1/models`."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "privrag"


class ModelList(Struct):
    """Answer of `/v1/models`."""

    data: list[Model]
    object: Literal["list"] = "list"


class UrlCitation(Struct):
    """Where a marker stands in the final text (characters, half-open) and what it points to."""

    url: str
    title: str
    start_index: int
    end_index: int


class Annotation(Struct):
    """OpenAI's own form of a citation."""

    url_citation: UrlCitation
    type: Literal["url_citation"] = "url_citation"


class ContextCitation(Struct):
    """A citation as Azure's "On Your Data" gives it; the passage itself is in `content`."""

    content: str
    title: str
    url: str
    filepath: str | None
    chunk_id: str


class Context(Struct):
    """Azure's `message.context`."""

    citations: list[ContextCitation]


class PrivragFields(Struct):
    """What only this service says."""

    refused: bool
    withheld: int = 0
    """Pseudonyms that stayed closed for this viewer, in text and citations."""
    guarded: int = 0
    """Raw values taken out of what the generator wrote."""


class Usage(Struct):
    """Tokens as the generator counted them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class AnswerMessage(Struct):
    """The assistant's turn."""

    content: str
    annotations: list[Annotation]
    context: Context | UnsetType = UNSET
    role: Literal["assistant"] = "assistant"
    refusal: None = None


class Choice(Struct):
    """The one choice."""

    message: AnswerMessage
    finish_reason: Literal["stop", "length"]
    index: int = 0
    logprobs: None = None


class Completion(Struct):
    """Answer of `POST /v1/chat/completions` without a stream."""

    id: str
    created: int
    model: str
    choices: list[Choice]
    usage: Usage
    privrag: PrivragFields
    object: Literal["chat.completion"] = "chat.completion"


class FeedbackReceipt(Struct):
    """Answer of `POST /v1/feedback`."""

    id: str
    answer_id: str
    state: Literal["counted", "pending", "accepted", "rejected"]
    """`pending`: the correction waits for a reviewer; `counted`: there is none to read."""
    created: int
    object: Literal["feedback"] = "feedback"


class Delta(Struct):
    """What a chunk adds."""

    role: Literal["assistant"] | UnsetType = UNSET
    content: str | UnsetType = UNSET
    annotations: list[Annotation] | UnsetType = UNSET
    context: Context | UnsetType = UNSET


class ChunkChoice(Struct):
    """The one choice of a chunk."""

    delta: Delta
    finish_reason: Literal["stop", "length"] | None = None
    index: int = 0
    logprobs: None = None


class Chunk(Struct):
    """One event of a stream."""

    id: str
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: Usage | UnsetType | None = UNSET
    privrag: PrivragFields | UnsetType = UNSET
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"


class Problem(Struct):
    """OpenAI's error: all four keys are required, `param` and `code` may be null."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ProblemBody(Struct):
    """Envelope of an error, in a body or in a stream."""

    error: Problem
