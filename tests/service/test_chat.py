"""Chat completions as the real OpenAI client sees them, over a real socket."""

import json
from collections.abc import Iterator

import httpx
import pytest
from openai import NotFoundError, OpenAI

from privrag.errors import GeneratorUnavailableError
from privrag.records import Usage
from privrag_service.settings import ServiceSettings
from tests.service.scripted import CITATION, PIECES, ScriptedRag, answer, openai_client

TEXT = "".join(PIECES)
ASK = [{"role": "user", "content": "What is the rent?"}]


SETTINGS = ServiceSettings(ping_seconds=0.2)


@pytest.fixture
def client(address: str) -> Iterator[OpenAI]:
    with openai_client(address) as client:
        yield client


def test_models_are_rag_ids_then_plain_ids(client: OpenAI):
    ids = [model.id for model in client.models.list()]
    assert ids == ["privrag", "privrag:hr", "privrag:main", "base", "org/adapter"]


@pytest.mark.parametrize("name", ["privrag", "privrag:hr", "base", "org/adapter"])
def test_each_listed_model_can_be_retrieved(client: OpenAI, name: str):
    assert client.models.retrieve(name).id == name


@pytest.mark.parametrize("name", ["privrag:nope", "nope", "privragx"])
def test_an_unknown_model_is_404_and_not_echoed(client: OpenAI, name: str):
    with pytest.raises(NotFoundError) as caught:
        client.models.retrieve(name)
    assert caught.value.code == "model_not_found"
    assert name not in caught.value.response.text


def test_rag_ids_are_listed_while_the_generator_is_down(rag: ScriptedRag, client: OpenAI):
    rag.plain = GeneratorUnavailableError("down")
    assert [model.id for model in client.models.list()] == ["privrag", "privrag:hr", "privrag:main"]


def test_an_answer_carries_text_citations_and_usage(client: OpenAI):
    reply = client.chat.completions.create(model="privrag", messages=ASK)
    message = reply.choices[0].message
    assert message.content == TEXT
    assert message.refusal is None
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage.model_dump(exclude_none=True) == {
        "prompt_tokens": 20,
        "completion_tokens": 7,
        "total_tokens": 27,
    }
    [annotation] = message.annotations
    cited = annotation.url_citation
    assert TEXT[cited.start_index : cited.end_index] == "[1]"
    assert (cited.url, cited.title) == ("file:///docs/Lease%20A.pdf#page=3", "Lease A")
    assert message.context == {
        "citations": [
            {
                "content": CITATION.quote,
                "title": "Lease A",
                "url": "file:///docs/Lease%20A.pdf#page=3",
                "filepath": "/docs/Lease A.pdf",
                "chunk_id": "[1]",
            }
        ]
    }
    assert reply.model_extra["privrag"] == {"refused": False, "withheld": 0, "guarded": 0}


def test_an_answer_says_how_many_pseudonyms_stayed_closed(rag: ScriptedRag, client: OpenAI):
    rag.script = ("a", answer("a", withheld=2))
    told = {"refused": False, "withheld": 2, "guarded": 0}
    reply = client.chat.completions.create(model="privrag", messages=ASK)
    assert reply.model_extra["privrag"] == told
    *_, end = client.chat.completions.create(model="privrag", messages=ASK, stream=True)
    assert end.model_extra["privrag"] == told


def test_a_refusal_is_an_answer_that_says_so(rag: ScriptedRag, client: OpenAI):
    rag.script = ("No idea.", answer("No idea.", citations=(), refused=True, guarded=2))
    reply = client.chat.completions.create(model="privrag", messages=ASK)
    assert reply.model_extra["privrag"] == {"refused": True, "withheld": 0, "guarded": 2}
    assert reply.choices[0].message.refusal is None
    assert reply.choices[0].message.annotations == []


def test_an_answer_that_used_every_token_was_cut(rag: ScriptedRag, client: OpenAI):
    rag.script = ("a", answer("a", usage=Usage(5, 7)))
    reply = client.chat.completions.create(model="privrag", messages=ASK, max_tokens=7)
    assert reply.choices[0].finish_reason == "length"


def test_a_stream_is_text_then_citations_then_end_then_usage(client: OpenAI):
    stream = client.chat.completions.create(
        model="privrag", messages=ASK, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(c.choices[0].delta.content or "" for c in chunks[:-1]) == TEXT
    cited, end, usage = chunks[-3:]
    [annotation] = cited.choices[0].delta.annotations
    where = annotation["url_citation"]
    assert TEXT[where["start_index"] : where["end_index"]] == "[1]"
    assert cited.choices[0].delta.context["citations"][0]["chunk_id"] == "[1]"
    assert end.choices[0].finish_reason == "stop"
    assert end.model_extra["privrag"] == {"refused": False, "withheld": 0, "guarded": 0}
    assert usage.choices == []
    assert usage.usage.total_tokens == 27
    assert {c.id for c in chunks} == {chunks[0].id}


def test_a_stream_has_the_exact_framing(address: str):
    body = {"model": "privrag", "messages": ASK, "stream": True}
    reply = httpx.post(f"{address}/v1/chat/completions", json=body)
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/event-stream")
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-accel-buffering"] == "no"
    events = reply.text.split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    chunks = [json.loads(event.removeprefix("data: ")) for event in events[:-2]]
    assert all("usage" not in chunk for chunk in chunks)
    assert [c["choices"][0]["finish_reason"] for c in chunks][-2:] == [None, "stop"]


def test_silence_is_bridged_by_pings_only_after_the_first_piece(rag: ScriptedRag, address: str):
    rag.script = (0.3, "a", 0.5, "b", answer("ab"))
    body = {"model": "privrag", "messages": ASK, "stream": True}
    text = httpx.post(f"{address}/v1/chat/completions", json=body).text
    assert text.startswith("data: ")
    assert text.count(": ping\n\n") == 2


def test_earlier_turns_are_history_and_developer_means_system(rag: ScriptedRag, client: OpenAI):
    client.chat.completions.create(
        model="privrag:hr",
        messages=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": "Hi"},
            {
                "role": "user",
                "content": [{"type": "text", "text": "And"}, {"type": "text", "text": "now?"}],
            },
        ],
        max_completion_tokens=9,
        temperature=0.5,
    )
    [call] = rag.calls
    assert call["history"] == (("system", "Be brief."), ("user", "Hello"), ("assistant", "Hi"))
    assert call["question"] == "And\nnow?"
    assert (call["collection"], call["max_tokens"], call["temperature"]) == ("hr", 9, 0.5)


def test_a_plain_id_never_retrieves(rag: ScriptedRag, client: OpenAI):
    rag.script = ("Title", answer("Title", citations=()))
    reply = client.chat.completions.create(
        model="org/adapter", messages=ASK, max_tokens=20, seed=1, top_p=0.9
    )
    [call] = rag.calls
    assert call["messages"] == (("user", "What is the rent?"),)
    assert call["model"] == "org/adapter"
    assert call["options"] == {"max_tokens": 20, "seed": 1, "top_p": 0.9}
    assert reply.model == "org/adapter"
    assert "context" not in reply.choices[0].message.model_extra


def test_the_header_turns_retrieval_off(rag: ScriptedRag, client: OpenAI):
    headers = {"x-privrag-collection": "none"}
    reply = client.chat.completions.create(model="privrag", messages=ASK, extra_headers=headers)
    assert rag.calls[0]["model"] == "base"
    assert reply.model == "privrag"


def test_unknown_fields_are_accepted(client: OpenAI):
    reply = client.chat.completions.create(
        model="privrag", messages=ASK, n=1, user="u", extra_body={"chat_id": "x", "top_k": 3}
    )
    assert reply.choices[0].message.content == TEXT
