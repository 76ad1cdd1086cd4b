"""An answer as OpenAI's bodies: one completion, or the chunks of a stream."""

from dataclasses import dataclass
from typing import Literal

from msgspec import UNSET

from privrag.records import Answer
from privrag_service.citations import annotations, context
from privrag_service.wire import (
    AnswerMessage,
    Choice,
    Chunk,
    ChunkChoice,
    Completion,
    Delta,
    PrivragFields,
    Usage,
)


@dataclass(frozen=True, slots=True)
class Head:
    """What every body of one answer repeats."""

    id: str
    created: int
    """Seconds since 1970."""
    model: str
    """As the client wrote it."""
    max_tokens: int | None
    """What the client allowed; an answer of that many tokens was cut off."""

    def chunk(self, delta: Delta) -> Chunk:
        """A chunk of the one choice."""
        return Chunk(self.id, self.created, self.model, [ChunkChoice(delta)])


def completion(answer: Answer, head: Head) -> Completion:
    """The whole answer."""
    message = AnswerMessage(
        answer.text,
        annotations(answer),
        context=context(answer) if answer.citations else UNSET,
    )
    return Completion(
        id=head.id,
        created=head.created,
        model=head.model,
        choices=[Choice(message, _finish_reason(answer, head))],
        usage=_usage(answer),
        privrag=PrivragFields(answer.refused, answer.withheld, answer.guarded),
    )


def last_chunks(answer: Answer, head: Head, *, include_usage: bool) -> list[Chunk]:
    """What follows the text: citations if there are any, the end, usage if it was asked for."""
    chunks = []
    if answer.citations:
        chunks.append(head.chunk(Delta(annotations=annotations(answer), context=context(answer))))
    end = head.chunk(Delta())
    end.choices[0].finish_reason = _finish_reason(answer, head)
    end.privrag = PrivragFields(answer.refused, answer.withheld, answer.guarded)
    chunks.append(end)
    if include_usage:
        chunks.append(Chunk(head.id, head.created, head.model, [], usage=_usage(answer)))
    return chunks


def _finish_reason(answer: Answer, head: Head) -> Literal["stop", "length"]:
    """An Answer does not say why it ended; one that used every token it had was cut off."""
    full = head.max_tokens is not None and answer.usage.completion_tokens >= head.max_tokens
    return "length" if full else "stop"


def _usage(answer: Answer) -> Usage:
    used = answer.usage
    return Usage(
        used.prompt_tokens, used.completion_tokens, used.prompt_tokens + used.completion_tokens
    )
