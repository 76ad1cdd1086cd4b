"""`POST /v1/feedback`: only of an answer that the caller got; errors quote nobody."""

import httpx
import pytest

from privrag.errors import (
    CorrectionError,
    FeedbackError,
    FeedbackLimitError,
    FeedbackStoreError,
    PseudonymError,
    UnknownAnswerError,
)
from privrag.feedback import Opinion
from privrag_service.app import create_app
from privrag_service.settings import ServiceSettings
from tests.privrag.feedback.said import QUESTION, RIGHT, with_answers
from tests.service.scripted import openai_client

BODY = {"answer_id": "chatcmpl-1", "thumb": "down", "correction": "At noon.", "reason": "wrong"}


def post(address, **changes):
    return httpx.post(f"{address}/v1/feedback", json={**BODY, **changes})


def test_an_opinion_is_handed_on_and_receipted(address, rag):
    reply = post(address)
    assert reply.status_code == 201
    assert reply.json() == {
        "id": "fb-1",
        "object": "feedback",
        "answer_id": "chatcmpl-1",
        "state": "pending",
        "created": 1,
    }
    [call] = rag.calls
    assert call["answer_id"] == "chatcmpl-1"
    assert call["opinion"] == Opinion(thumb="down", correction="At noon.", reason="wrong")
    assert call["viewer"].owner


def test_answers_are_kept_by_the_id_that_their_reader_gets(address, rag):
    with openai_client(address) as client:
        messages = [{"role": "user", "content": "When?"}]
        whole = client.chat.completions.create(model="privrag", messages=messages)
        stream = client.chat.completions.create(model="privrag", messages=messages, stream=True)
        streamed = {chunk.id for chunk in stream}
    assert [call["answer_id"] for call in rag.calls] == [whole.id, *streamed]


@pytest.mark.parametrize(
    ("error", "status", "said", "field"),
    [
        (
            UnknownAnswerError("there is no such answer"),
            404,
            "There is no such answer.",
            "answer_id",
        ),
        (FeedbackLimitError("it was enough"), 429, "It was enough.", None),
        (FeedbackError("it was reviewed"), 400, "It was reviewed.", None),
        (CorrectionError("it may name somebody"), 400, "It may name somebody.", "correction"),
        (FeedbackStoreError("/home/x is full"), 503, "Feedback cannot be kept at the moment", None),
        (PseudonymError("of whom"), 500, "The service failed to answer", None),
    ],
)
def test_what_is_refused_has_its_status(address, rag, error, status, said, field):
    rag.opinion = error
    reply = post(address)
    assert reply.status_code == status
    assert reply.json()["error"]["message"].startswith(said)
    assert reply.json()["error"]["param"] == field


@pytest.mark.parametrize(
    "changes",
    [{"thumb": "sideways"}, {"reason": "Femi Adeyemi did it"}, {"answer_id": ""}, {"thumb": None}],
)
def test_what_cannot_be_read_is_not_echoed(address, rag, changes):
    reply = post(address, **changes)
    assert reply.status_code == 400
    assert "Femi" not in reply.text
    assert "sideways" not in reply.text
    assert rag.calls == []


async def through(app, key, path, **body):
    transport = httpx.ASGITransport(app)
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.post(path, json=body, headers=headers)


def test_a_key_speaks_of_its_own_answers_only(tmp_path, keys):
    (_, anna), (_, femi) = keys.create("anna", ()), keys.create("femi", ())
    chat = {"model": "privrag", "messages": [{"role": "user", "content": QUESTION}]}

    async def work(rag):
        app = create_app(rag, ServiceSettings(), keys)
        answered = (await through(app, anna, "/v1/chat/completions", **chat)).json()
        about = {"answer_id": answered["id"], "thumb": "down", "correction": RIGHT}
        others = await through(app, femi, "/v1/feedback", **about)
        unknown = await through(app, femi, "/v1/feedback", **(about | {"answer_id": "none"}))
        nobody = await through(app, "", "/v1/feedback", **about)
        own = await through(app, anna, "/v1/feedback", **about)
        return answered, others, unknown, nobody, own, rag.feedback.queued(None)

    answered, others, unknown, nobody, own, queue = with_answers(tmp_path, work)
    assert (others.status_code, nobody.status_code, own.status_code) == (404, 401, 201)
    assert others.json() == unknown.json(), "another's answer is as good as none"
    assert own.json()["state"] == "pending"
    assert [q.answer.id for q in queue] == [answered["id"]]
