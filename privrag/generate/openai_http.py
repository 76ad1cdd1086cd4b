"""The generator over HTTP: any server that speaks the OpenAI chat protocol; vLLM is meant."""

import json
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx

from privrag.errors import ContextTooLongError, GeneratorError, GeneratorUnavailableError
from privrag.generate.protocol import CompleteOptions, Finish, GenerateOptions, GenerateSettings
from privrag.records import Draft, Message, SafeText, Usage
from privrag.request_id import request_headers

_BAD_REQUEST = frozenset({400, 422})
_NO_SUCH_ROUTE = frozenset({404, 405, 501})
"""From a server without a list of models: `generate.model` then names the only one."""
_OPTIONAL = ("cache_salt", "response_format")
"""vLLM's own, and one that small servers do not know."""
_LINE_END = re.compile(rb"\r\n|\n|\r(?!\Z)")  # a last `\r` may be half of `\r\n`
_DONE: dict[str, Any] = {}
"""Stands for `[DONE]`: some servers say only so that an answer is complete."""


class OpenAIGenerator:
    """One pooled client to one server. No retries: a generation is not idempotent."""

    def __init__(
        self, settings: GenerateSettings, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Take the settings; `transport` stands in for the network in tests."""
        assert settings.base_url is not None  # noqa: S101 - the caller chose this backend by it
        key = settings.api_key.get_secret_value() if settings.api_key else None
        self._settings = settings
        self._model = settings.model
        self._refused: set[str] = set()
        self._listed: frozenset[str] = frozenset()
        self._client = httpx.AsyncClient(
            base_url=settings.base_url.rstrip("/") + "/",
            headers={"authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(30, connect=5, read=settings.timeout_seconds, pool=5),
            trust_env=False,
            transport=transport,
        )

    async def stream(
        self, messages: Sequence[Message], options: GenerateOptions
    ) -> AsyncGenerator[SafeText | Draft, None]:
        body = {
            "model": await self._model_for(options),
            "messages": [{"role": m.role, "content": m.content} for m in messages],
            **({} if options.plain else self._defaults()),
            **options.model_dump(exclude_none=True, exclude={"model", "plain"} | self._refused),
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        parts: list[str] = []
        finish: Finish | None = None
        usage = Usage(counted=False)
        try:
            async with self._posted(body) as response, aclosing(_events(response)) as events:
                async for event in events:
                    if event is _DONE:
                        finish = finish or "stop"
                        break
                    usage = _usage(event) or usage
                    for choice in _choices(event):
                        if reason := choice.get("finish_reason"):
                            finish = "length" if reason == "length" else "stop"
                        piece = (choice.get("delta") or {}).get("content")
                        if isinstance(piece, str) and piece:
                            parts.append(piece)
                            yield SafeText(piece)
        except httpx.HTTPError as error:
            raise _unreachable(error) from None
        if finish is None:
            raise GeneratorError("the generator's answer broke off before its end")
        yield Draft(SafeText("".join(parts)), finish, usage)

    def _headers(self) -> dict[str, str]:
        return request_headers(str(self._settings.base_url))

    def _defaults(self) -> dict[str, Any]:
        settings = self._settings
        stop = {"stop": list(settings.stop)} if settings.stop else {}
        return {"max_tokens": settings.max_tokens, "temperature": settings.temperature} | stop

    @asynccontextmanager
    async def _posted(self, body: dict[str, Any]) -> AsyncGenerator[httpx.Response, None]:
        """The response to an accepted request, if need be without what not every server knows."""
        while True:
            async with self._client.stream(
                "POST", "chat/completions", json=body, headers=self._headers()
            ) as response:
                if response.status_code == httpx.codes.NOT_FOUND:
                    self._listed = frozenset()  # the model may have been taken from the server
                refused = await _refused_fields(response, body)
                if not refused:
                    await _check(response)
                    yield response
                    return
            self._refused |= refused
            body = {name: value for name, value in body.items() if name not in refused}

    async def complete(self, prompts: Sequence[SafeText], options: CompleteOptions) -> list[Draft]:
        """Continue raw texts by `/v1/completions`, all in one request."""
        body = {
            "model": await self._default_model(),
            "prompt": list(prompts),
            **options.model_dump(exclude={"stop"}),
            **({"stop": list(options.stop)} if options.stop else {}),
        }
        try:
            response = await self._client.post("completions", json=body)
            await _check(response)
            choices = sorted(response.json()["choices"], key=lambda choice: int(choice["index"]))
            texts = [(str(c["text"]), c.get("finish_reason") == "length") for c in choices]
        except httpx.HTTPError as error:
            raise _unreachable(error) from None
        except (ValueError, KeyError, TypeError):
            raise GeneratorError("the generator's completions are not in OpenAI's form") from None
        if len(texts) != len(prompts):
            raise GeneratorError("the generator did not complete every text")
        return [
            Draft(SafeText(t), "length" if cut else "stop", Usage(counted=False))
            for t, cut in texts
        ]

    async def log_likelihoods(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """By `/v1/completions` with `echo`: the server reads, and writes one token that is left."""
        body = {
            "model": await self._default_model(),
            "prompt": [first + second for first, second in pairs],
            "max_tokens": 1,
            "temperature": 0.0,
            "echo": True,
            "logprobs": 0,
        }
        try:
            response = await self._client.post("completions", json=body)
            await _check(response)
            choices = sorted(response.json()["choices"], key=lambda choice: int(choice["index"]))
            return [
                _mean_between(choice["logprobs"], len(first), len(first + second))
                for choice, (first, second) in zip(choices, pairs, strict=True)
            ]
        except httpx.HTTPError as error:
            raise _unreachable(error) from None
        except (ValueError, KeyError, TypeError):
            raise GeneratorError("the generator gives no log probabilities of a prompt") from None

    async def models(self) -> list[str]:
        try:
            response = await self._client.get("models", timeout=10)
            if response.status_code in _NO_SUCH_ROUTE and self._settings.model is not None:
                return [self._settings.model]
            await _check(response)
            listed = response.json()["data"]
            return [str(entry["id"]) for entry in listed]
        except httpx.HTTPError as error:
            raise _unreachable(error) from None
        except (ValueError, KeyError, TypeError):
            raise GeneratorError("the generator's list of models is not in OpenAI's form") from None

    def follow(self, settings: GenerateSettings) -> None:
        """The server stays; which of its models answers is said with each request."""
        self._settings = settings
        self._model = settings.model or self._model

    async def close(self) -> None:
        await self._client.aclose()

    async def _model_for(self, options: GenerateOptions) -> str:
        """The id that is asked for, if it is listed: some servers answer with another one."""
        if options.model is None:
            return await self._default_model()
        if options.model not in self._listed:
            self._listed = frozenset(await self.models())
        if options.model not in self._listed:
            raise GeneratorUnavailableError(
                f"the server at generate.base_url does not list the model {options.model!r}; load "
                f"it there (vLLM: --lora-modules {options.model}=FOLDER), or name another: "
                "generate.answer_model; a promoted one is taken back by: "
                "privrag models rollback generator"
            )
        return options.model

    async def _default_model(self) -> str:
        if self._model is None:
            listed = await self.models()
            if not listed:
                raise GeneratorError("the generator lists no model; set generate.model")
            self._model = listed[0]
        return self._model


async def _events(response: httpx.Response) -> AsyncGenerator[dict[str, Any], None]:
    """Server-sent events as JSON objects, `[DONE]` as `_DONE`, the last; or to the end.

    Lines are cut here and not by httpx, which also cuts at U+2028 and the like, inside a text.
    """
    async for data in _event_data(response):
        if data.strip() == b"[DONE]":
            yield _DONE
            return
        try:
            event = json.loads(data.decode("utf-8", "replace"))
        except ValueError:
            raise GeneratorError("the generator sent an event that is not JSON") from None
        if not isinstance(event, dict) or not event:
            raise GeneratorError("the generator sent an event that is not in OpenAI's form")
        if event.get("error"):
            raise GeneratorError("the generator reported an error in the middle of its answer")
        yield event


async def _event_data(response: httpx.Response) -> AsyncGenerator[bytes, None]:
    """The data of each event, however lines and characters are cut on the way."""
    held, data = b"", list[bytes]()
    async for piece in response.aiter_bytes():
        *lines, held = _LINE_END.split(held + piece)
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line.removeprefix(b"data:").removeprefix(b" "))
            elif not line and data:
                yield b"\n".join(data)
                data = []
    if held.startswith(b"data:"):  # servers that leave out the last line end
        data.append(held.removeprefix(b"data:").strip())
    if data:
        yield b"\n".join(data)


async def _refused_fields(response: httpx.Response, body: dict[str, Any]) -> set[str]:
    """The fields over which a server stumbled that does not know them."""
    sent = {name for name in _OPTIONAL if name in body}
    if response.status_code not in _BAD_REQUEST or not sent:
        return set()
    told = (await response.aread()).decode("utf-8", "replace")
    return {name for name in sent if name in told}


async def _check(response: httpx.Response) -> None:
    """Map a failed status; the body is read for its meaning and never passed on."""
    if response.is_success:
        return
    body = (await response.aread()).decode("utf-8", "replace").lower()
    status = response.status_code
    if status == httpx.codes.BAD_REQUEST and ("context length" in body or "max_tokens" in body):
        raise ContextTooLongError("the prompt does not fit the model's context window")
    if status in {401, 403}:
        raise GeneratorUnavailableError(
            f"the generator refused the key ({status}); set PRIVRAG_GENERATE__API_KEY"
        )
    if status in {404, 429, 502, 503, 504}:
        raise GeneratorUnavailableError(f"the generator is not ready (HTTP {status})")
    raise GeneratorError(f"the generator answered with HTTP {status}")


def _mean_between(logprobs: dict[str, Any], start: int, end: int) -> float:
    """Mean of the tokens that begin in [start, end) of the text."""
    places = zip(logprobs["text_offset"], logprobs["token_logprobs"], strict=True)
    found = [float(value) for at, value in places if start <= at < end and value is not None]
    if not found:
        raise ValueError("no token between them")
    return sum(found) / len(found)


def _choices(event: dict[str, Any]) -> list[dict[str, Any]]:
    choices = event.get("choices") or []
    if not isinstance(choices, list) or not all(isinstance(c, dict) for c in choices):
        raise GeneratorError("the generator sent an event that is not in OpenAI's form")
    return choices


def _usage(event: dict[str, Any]) -> Usage | None:
    usage = event.get("usage")
    if not isinstance(usage, dict):
        return None
    prompt, written = (int(usage.get(f"{name}_tokens") or 0) for name in ("prompt", "completion"))
    return Usage(prompt, written, counted=prompt > 0)  # a prompt is never of no tokens


def _unreachable(error: httpx.HTTPError) -> GeneratorUnavailableError:
    return GeneratorUnavailableError(
        f"the generator at generate.base_url cannot be reached ({type(error).__name__}); "
        "start it, or unset generate.base_url to use the embedded model"
    )
