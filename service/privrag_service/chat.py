"""`POST /v1/chat/completions`: the one hot path. Ask, wait for the first piece, then answer.

The status line goes out only after the generator has given its first piece: until then an error
still has a status of its own.
"""

import time
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from privrag.records import Answer, Viewer
from privrag_service.admission import Admission
from privrag_service.asked import Asked, read_request
from privrag_service.chat_stream import ChatEvents, ChatStream
from privrag_service.completions import Head, completion
from privrag_service.identity import viewer_of
from privrag_service.model_ids import ModelIds, PlainGeneration, WithRetrieval
from privrag_service.problems import invalid
from privrag_service.rag_protocol import AnsweringRag
from privrag_service.relay import ClientLeftError, Relay
from privrag_service.settings import ServiceSettings
from privrag_service.wire import ChatRequest

CLIENT_LEFT = 499
"""Nginx's status for a client that closed the connection; only the log ever sees it."""


@dataclass(frozen=True, slots=True)
class ChatService:
    """What the handler needs, made once for the app."""

    rag: AnsweringRag
    settings: ServiceSettings
    model_ids: ModelIds
    admission: Admission


@post("/v1/chat/completions", status_code=200)
async def chat_completions(
    data: JSONBody[ChatRequest],
    request: Request[Any, Any, Any],
    chat_service: NamedDependency[ChatService],
) -> Response[Any]:
    """Answer with retrieval (RAG ids) or without (plain ids), in one piece or as events."""
    asked, viewer, settings = read_request(data), viewer_of(request), chat_service.settings
    target = await chat_service.model_ids.resolve(data.model, viewer, retrieve=_retrieves(request))
    leave = chat_service.admission.enter()
    answer_id = f"chatcmpl-{uuid.uuid4().hex}"
    relay = Relay(
        _source(chat_service.rag, target, asked, viewer, answer_id),
        request.receive,
        timeout_seconds=settings.request_timeout_seconds,
        on_close=leave,
    )
    head = Head(answer_id, int(time.time()), data.model, asked.max_tokens)
    try:
        first = await relay.next()
        if data.stream:
            include_usage = bool(data.stream_options and data.stream_options.include_usage)
            pings = settings.ping_seconds
            return ChatStream(
                ChatEvents(relay, first, head, include_usage=include_usage, ping_seconds=pings)
            )
        answer = await _last(relay, first)
    except ClientLeftError:
        await relay.close()
        return Response(None, status_code=CLIENT_LEFT, media_type="application/json")
    except BaseException:
        await relay.close()
        raise
    await relay.close()
    return Response(completion(answer, head), media_type="application/json")


async def _last(relay: Relay, item: str | Answer) -> Answer:
    while not isinstance(item, Answer):
        item = await relay.next()
    return item


def _retrieves(request: Request[Any, Any, Any]) -> bool:
    """Whether the header that opts out of retrieval is absent."""
    wish = request.headers.get("x-privrag-collection")
    if wish not in {None, "none"}:
        raise invalid(
            "The header x-privrag-collection knows only 'none';"
            " a collection is named in the model id: 'privrag:NAME'.",
            "x-privrag-collection",
        )
    return wish is None


def _source(
    rag: AnsweringRag,
    target: WithRetrieval | PlainGeneration,
    asked: Asked,
    viewer: Viewer,
    answer_id: str,
) -> AsyncIterator[str | Answer]:
    if isinstance(target, PlainGeneration):
        return rag.chat(asked.turns, model=target.model, viewer=viewer, options=asked.options)
    return rag.stream(
        asked.question,
        viewer=viewer,
        history=asked.history,
        collection=target.collection,
        max_tokens=asked.max_tokens,
        temperature=asked.temperature,
        answer_id=answer_id,
    )
