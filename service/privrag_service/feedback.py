"""`POST /v1/feedback`: what the caller says of an answer that it got."""

from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from privrag.feedback import Opinion
from privrag_service.chat import ChatService
from privrag_service.identity import viewer_of
from privrag_service.wire import FeedbackReceipt, FeedbackRequest


@post("/v1/feedback", status_code=201)
async def give_feedback(
    data: JSONBody[FeedbackRequest],
    request: Request[Any, Any, Any],
    chat_service: NamedDependency[ChatService],
) -> FeedbackReceipt:
    """Take a thumb, with a correction if there is one; another's answer is as good as none."""
    opinion = Opinion(thumb=data.thumb, correction=data.correction, reason=data.reason)
    leave = chat_service.admission.enter()
    try:
        given = await chat_service.rag.give_feedback(
            data.answer_id, opinion, viewer=viewer_of(request)
        )
    finally:
        leave()
    return FeedbackReceipt(given.id, given.answer, given.state, given.time)
