"""Put the hits into a better order: by a cross-encoder, or word by word with the embedder.

A cross-encoder reads question and passage together. Late interaction compares each token of the
question with each of the passage (MaxSim: Khattab and Zaharia, SIGIR 2020, arXiv 2004.12832) and
needs no model but the embedder. Both are off unless set: what is not tuned is not better than
nothing on every corpus, and what is tuned has to prove itself first.
"""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from privrag.errors import MissingExtraError, ModelError, RerankerError
from privrag.inference import chosen_precision, keep_few_kernels, one_thread_a_core, pack_weights
from privrag.offline import check_address, is_on_this_machine
from privrag.pseudonym import bare
from privrag.records import Chunk, Hit, SafeText
from privrag.request_id import request_headers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BATCH = 8
"""Passages that a core reads at once: of about equal length, so that little is padded."""
_KEPT_BYTES = 64 * 2**20
LATE_WEIGHT = 1.0
"""Chosen on three sets (docs/design/late-interaction.md); more harms where exact words count."""


class RerankSettings(BaseModel):
    """Which reranker, if any."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    kind: Literal["cross-encoder", "late-interaction"] = "cross-encoder"
    """`late-interaction` compares question and passage word by word with the embedder that serves;
    it takes neither `model` nor `url`, and is on as soon as it is named."""
    model: str | None = None
    """Folder of a cross-encoder with one output, run in this process; none switches it off. With
    `url` set: the model id on that server."""
    url: str | None = None
    """Root of a server with `/v1/rerank` (vLLM with `--runner pooling`), e.g.
    `http://127.0.0.1:8002`."""
    api_key: SecretStr | None = None
    """Bearer key of that server."""
    allow_remote: bool = False
    """Whether `url` may lie outside this machine. It then sees safe text only."""
    correction: float | None = Field(default=None, ge=0, le=100)
    """What the model's score is multiplied by before it is added to the retrieval score (0-100):
    a reranker tuned here is such a correction. None: a cross-encoder's score decides alone, that
    of late interaction is added as it is."""
    candidates: int = Field(default=30, ge=1, le=200)
    """Hits that are read again (1-200); each costs one pass of the model."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """Number format of the encoder in this process; its last layer, whose scores are compared, is
    fp32 always. `auto` takes bf16 where the CPU computes in it."""
    timeout_seconds: float = Field(default=30.0, gt=0, le=600)
    """Seconds to wait for the server."""

    @property
    def is_on(self) -> bool:
        """Whether hits are read again."""
        return self.model is not None or self.kind == "late-interaction"

    @property
    def weight(self) -> float | None:
        """The correction, or what this kind has without one; None: the score decides alone."""
        late = self.correction is None and self.kind == "late-interaction"
        return LATE_WEIGHT if late else self.correction

    @model_validator(mode="after")
    def _late_interaction_has_no_model(self) -> "RerankSettings":
        if self.kind == "late-interaction" and (self.model or self.url):
            msg = (
                "rerank.kind = 'late-interaction' reads with the embedder; "
                "leave rerank.model and rerank.url out"
            )
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _url_is_complete(self) -> "RerankSettings":
        if self.url is not None and self.model is None:
            msg = "rerank.url needs rerank.model: the model id on that server"
            raise ValueError(msg)
        if self.url is not None:
            check_address("rerank.url", self.url)
        if self.url is not None and not self.allow_remote and not is_on_this_machine(self.url):
            msg = (
                "rerank.url lies outside this machine; set rerank.allow_remote = true "
                "to send safe text there"
            )
            raise ValueError(msg)
        return self


class Reranker(Protocol):
    """Scores passages for a question; higher is better."""

    async def score(self, question: str, passages: Sequence[str]) -> list[float]:
        """One raw score (logit) for each passage, in their order."""

    async def close(self) -> None: ...


def passage_text(chunk: Chunk) -> str:
    """What the reranker reads of a chunk: context and text with bare type words."""
    return bare(f"{chunk.context}\n{chunk.text}".strip())


async def rerank(
    question: SafeText,
    hits: Sequence[Hit],
    reranker: Reranker,
    *,
    correction: float | None = None,
) -> list[Hit]:
    """The same hits, best first by the reranker; ties keep the order they came in.

    With `correction`, by retrieval score plus `correction` times the reranker's.
    """
    passages = [passage_text(hit.chunk) for hit in hits]
    scores = await reranker.score(bare(question), passages) if hits else []
    if correction is not None:
        scores = [h.score + correction * s for h, s in zip(hits, scores, strict=True)]
    scored = [replace(h, score=s, stage="reranked") for h, s in zip(hits, scores, strict=True)]
    return sorted(scored, key=lambda hit: -hit.score)


def open_reranker(settings: RerankSettings, embedder: object) -> Reranker | None:
    """The backend that the settings name, or None if reranking is off.

    Late interaction reads with `embedder`, which stays its owner's.
    """
    if settings.kind == "late-interaction":
        return LateReranker(embedder)
    if settings.url is not None:
        return HttpReranker(settings)
    return LocalReranker(settings) if settings.model is not None else None


@runtime_checkable
class TokenEmbedder(Protocol):
    """An embedder that also gives what it makes of each token."""

    def token_vectors(self, texts: Sequence[str]) -> "list[NDArray[np.float32]]":
        """Of each text its tokens' unit vectors, (tokens, dimensions)."""


class LateReranker:
    """Late interaction: how well, on average, each token of the question is met in the passage.

    What was made of the passages read last is kept in memory, 64 MB of it: about 700 passages of
    128 tokens and 384 dimensions.
    """

    def __init__(self, embedder: object) -> None:
        """Raises ModelError for an embedder that tells nothing of single tokens."""
        if not isinstance(embedder, TokenEmbedder):
            raise ModelError("late interaction needs an embedder that gives vectors of tokens")
        self._embedder = embedder
        self._kept: OrderedDict[str, NDArray[np.float16]] = OrderedDict()
        self._bytes = 0
        self._turn = threading.Lock()

    async def score(self, question: str, passages: Sequence[str]) -> list[float]:
        """The mean over the question's tokens of the highest cosine with a passage's, -1 to 1."""
        return await asyncio.to_thread(self._score, question, passages)

    async def close(self) -> None:
        """Let go of what is kept; the embedder belongs to whoever opened it."""
        with self._turn:
            self._kept.clear()
            self._bytes = 0

    def _score(self, question: str, passages: Sequence[str]) -> list[float]:
        with self._turn:
            new = list(dict.fromkeys(text for text in passages if text not in self._kept))
            asked, *read = self._embedder.token_vectors([question, *new])
            for text, tokens in zip(new, read, strict=True):
                self._kept[text] = tokens.astype("float16")
                self._bytes += self._kept[text].nbytes
            scores = [self._met(asked, text) for text in passages]
            while self._bytes > _KEPT_BYTES:
                self._bytes -= self._kept.popitem(last=False)[1].nbytes
        return scores

    def _met(self, asked: "NDArray[np.float32]", text: str) -> float:
        self._kept.move_to_end(text)
        tokens = self._kept[text].astype("float32")
        return float((asked @ tokens.T).max(axis=1).mean())


class LocalReranker:
    """A sentence-transformers cross-encoder in this process, a batch a core; loaded at first use.

    The encoder computes as `rerank.precision` says, the head above it in fp32: scores in bf16 have
    three digits, and passages would tie.
    """

    def __init__(self, settings: RerankSettings) -> None:
        self._folder = Path(str(settings.model)).expanduser()
        if not (self._folder / "config.json").is_file():
            raise ModelError(f"rerank.model: {self._folder.name!r} is no folder with a model")
        self._precision = chosen_precision(settings.precision)
        self._model: Any = None
        self._threads: ThreadPoolExecutor | None = None
        self._turn = threading.Lock()

    async def score(self, question: str, passages: Sequence[str]) -> list[float]:
        return await asyncio.to_thread(self._score, question, passages)

    async def close(self) -> None:
        self._model = None
        if self._threads is not None:
            self._threads.shutdown()

    def _score(self, question: str, passages: Sequence[str]) -> list[float]:
        scores = [0.0] * len(passages)
        with self._turn:
            model, threads = self._loaded()
            order = sorted(range(len(passages)), key=lambda i: len(passages[i]))
            batches = [order[i : i + _BATCH] for i in range(0, len(order), _BATCH)]

            def forward(batch: list[int]) -> list[float]:
                return _forward(model, [(question, passages[i]) for i in batch])

            for batch, found in zip(batches, threads.map(forward, batches), strict=True):
                for i, score in zip(batch, found, strict=True):
                    scores[i] = score
        return scores

    def _loaded(self) -> tuple[Any, ThreadPoolExecutor]:
        if self._model is None or self._threads is None:
            keep_few_kernels()
            try:
                import torch
                from sentence_transformers import CrossEncoder
            except ImportError as error:
                raise MissingExtraError("sentence-transformers", "local") from error
            self._model = CrossEncoder(
                str(self._folder),
                device="cpu",
                local_files_only=True,
                model_kwargs={
                    "dtype": torch.bfloat16 if self._precision == "bf16" else torch.float32
                },
            )
            self._model.eval()
            if self._precision == "bf16":
                pack_weights(self._model.model.base_model)
                _compute_head_in_fp32(self._model.model)
            self._threads = one_thread_a_core()
        return self._model, self._threads


def _compute_head_in_fp32(model: Any) -> None:  # noqa: ANN401 - a classifier of transformers
    """Whatever stands above the encoder."""
    for part in model.children():
        if part is not model.base_model:
            part.float()
            part.register_forward_pre_hook(lambda _, given: tuple(each.float() for each in given))


def _forward(model: Any, pairs: list[tuple[str, str]]) -> list[float]:  # noqa: ANN401
    """Logits of one batch, without the activation that a cross-encoder may have."""
    import torch

    with torch.inference_mode():
        logits = model(model.preprocess(pairs))["scores"]  # (pairs, 1)
    return [float(score) for score in logits.float().view(-1)]


class HttpReranker:
    """`/v1/rerank` of a vLLM server; its scores are asked for without activation."""

    def __init__(
        self, settings: RerankSettings, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Take the settings; `transport` stands in for the network in tests."""
        key = settings.api_key.get_secret_value() if settings.api_key else None
        self._model = settings.model
        self._url = str(settings.url)
        self._client = httpx.AsyncClient(
            base_url=str(settings.url).rstrip("/") + "/",
            headers={"authorization": f"Bearer {key}"} if key else {},
            timeout=settings.timeout_seconds,
            trust_env=False,
            transport=transport,
        )

    async def score(self, question: str, passages: Sequence[str]) -> list[float]:
        body = {
            "model": self._model,
            "query": question,
            "documents": list(passages),
            "use_activation": False,
        }
        try:
            response = await self._client.post(
                "v1/rerank", json=body, headers=request_headers(self._url)
            )
            response.raise_for_status()
            results = {r["index"]: float(r["relevance_score"]) for r in response.json()["results"]}
            return [results[number] for number in range(len(passages))]
        except httpx.HTTPError as error:
            raise RerankerError(
                f"the reranker at rerank.url cannot be used ({type(error).__name__})"
            ) from None
        except (ValueError, KeyError, TypeError):
            raise RerankerError(
                "the reranker at rerank.url does not answer in the form of /v1/rerank"
            ) from None

    async def close(self) -> None:
        await self._client.aclose()
