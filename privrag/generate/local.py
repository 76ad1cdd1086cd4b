"""The embedded generator: transformers in this process. For a notebook or a first try.

In bf16 where the CPU computes in it, else in fp32: made of other instructions, bf16 is slower.
"""

import asyncio
import importlib.util
import threading
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path
from typing import Any

from privrag.errors import ContextTooLongError, GeneratorError, MissingExtraError
from privrag.generate.protocol import CompleteOptions, Finish, GenerateOptions, GenerateSettings
from privrag.generate.weights import check_default_model, check_model_dir, default_model_dir
from privrag.inference import chosen_precision
from privrag.records import Draft, Message, SafeText, Usage

MODEL_ID = "embedded"
_USUAL_WINDOW = 8192
_END = object()


class LocalGenerator:
    """Loads at the first use; one generation at a time, each on a thread of its own."""

    def __init__(self, settings: GenerateSettings, *, cache: Path) -> None:
        """Take the settings and the folder in which the default model is made once."""
        self._settings = settings
        self._cache = cache
        self._model: Any = None
        self._tokenizer: Any = None
        self._loading = threading.Lock()
        self._turn = asyncio.Lock()

    async def stream(
        self, messages: Sequence[Message], options: GenerateOptions
    ) -> AsyncGenerator[SafeText | Draft, None]:
        if options.model not in {None, MODEL_ID}:
            raise GeneratorError(f"the embedded generator serves only {MODEL_ID!r}")
        async with self._turn:
            await asyncio.to_thread(self._load)
            prompt = await asyncio.to_thread(self._encode, messages)
            limit = options.max_tokens or self._settings.max_tokens
            window = int(getattr(self._model.config, "max_position_embeddings", _USUAL_WINDOW))
            if prompt["input_ids"].shape[1] + limit > window:
                raise ContextTooLongError(
                    f"the prompt does not fit the model's window of {window} tokens"
                )
            stopped = threading.Event()
            pieces = self._pieces(prompt, options, limit, stopped)
            parts: list[str] = []
            try:
                while (piece := await asyncio.to_thread(next, pieces, _END)) is not _END:
                    parts.append(str(piece))
                    if piece:
                        yield SafeText(str(piece))
            finally:
                stopped.set()
            text = "".join(parts)
            written = len(self._tokenizer(text, add_special_tokens=False).input_ids)
            finish: Finish = "length" if written >= limit else "stop"
            usage = Usage(int(prompt["input_ids"].shape[1]), written)
        yield Draft(SafeText(text), finish, usage)

    async def complete(self, prompts: Sequence[SafeText], options: CompleteOptions) -> list[Draft]:
        """Continue raw texts, all of them at once: several times as fast as one by one."""
        from privrag.generate.batch import continue_texts

        async with self._turn:
            await asyncio.to_thread(self._load)
            return await asyncio.to_thread(
                continue_texts, self._model, self._tokenizer, prompts, options
            )

    async def log_likelihoods(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        from privrag.generate.likelihood import log_likelihoods

        async with self._turn:
            await asyncio.to_thread(self._load)
            return await asyncio.to_thread(log_likelihoods, self._model, self._tokenizer, pairs)

    async def models(self) -> list[str]:
        """One id. Raises MissingExtraError or ModelError if its weights cannot be had."""
        await asyncio.to_thread(self._check)
        return [MODEL_ID]

    async def close(self) -> None:
        self._model = self._tokenizer = None

    def folder(self) -> Path:
        """The model's folder; makes the default one if it is not there yet."""
        if self._settings.model:
            return check_model_dir(Path(self._settings.model).expanduser())
        return default_model_dir(self._cache)

    def _check(self) -> None:
        """Find out without loading or converting anything."""
        for package in ("torch", "transformers"):
            if importlib.util.find_spec(package) is None:
                raise MissingExtraError(package, "local")
        if self._settings.model:
            check_model_dir(Path(self._settings.model).expanduser())
        else:
            check_default_model(self._cache)

    def _load(self) -> None:
        with self._loading:
            if self._model is not None:
                return
            try:
                import torch
                from transformers import AutoModelForCausalLM, AutoTokenizer
                from transformers.utils import logging
            except ImportError as error:
                raise MissingExtraError("transformers", "local") from error
            logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            folder = self.folder()
            self._tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
            dtype = torch.bfloat16 if chosen_precision("auto") == "bf16" else torch.float32
            self._model = AutoModelForCausalLM.from_pretrained(
                folder, dtype=dtype, local_files_only=True
            )

    def _encode(self, messages: Sequence[Message]) -> Any:  # noqa: ANN401 - a BatchEncoding
        return self._tokenizer.apply_chat_template(
            [{"role": m.role, "content": m.content} for m in messages],
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
        )

    def _pieces(
        self,
        prompt: Any,  # noqa: ANN401 - a BatchEncoding
        options: GenerateOptions,
        limit: int,
        stopped: threading.Event,
    ) -> Iterator[str]:
        """Run `generate` on a thread and hand over its pieces; ends early once `stopped`."""
        import torch
        from transformers import StoppingCriteriaList, TextIteratorStreamer

        streamer = TextIteratorStreamer(
            self._tokenizer, skip_prompt=True, skip_special_tokens=True, timeout=600
        )
        temperature = (
            self._settings.temperature if options.temperature is None else options.temperature
        )
        sampling = (
            {"do_sample": True, "temperature": temperature, "top_p": options.top_p or 1.0}
            if temperature > 0
            else {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        )
        stops = list(self._settings.stop)
        failed: list[Exception] = []

        def run() -> None:
            try:
                with torch.inference_mode():
                    if options.seed is not None:
                        torch.manual_seed(options.seed)
                    self._model.generate(
                        **prompt,
                        **sampling,
                        max_new_tokens=limit,
                        streamer=streamer,
                        **({"stop_strings": stops, "tokenizer": self._tokenizer} if stops else {}),
                        stopping_criteria=StoppingCriteriaList([lambda *_, **__: stopped.is_set()]),
                    )
            except Exception as error:  # noqa: BLE001 - on a thread of its own nobody would see it
                failed.append(error)
            finally:
                streamer.end()  # type: ignore[no-untyped-call]

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield from _until_stop(streamer, stops)
        stopped.set()
        thread.join()
        if failed:
            raise GeneratorError(f"the embedded model failed ({type(failed[0]).__name__})")


def _until_stop(pieces: Iterator[str], stops: Sequence[str]) -> Iterator[str]:
    """Pass pieces on up to the first stop string, which is left out; leading space too."""
    held = ""
    started = False
    longest = max((len(s) for s in stops), default=0)
    for piece in pieces:
        held += piece
        if not started:
            held = held.lstrip()
            started = bool(held)
        cut = min((i for s in stops if (i := held.find(s)) >= 0), default=-1)
        if cut >= 0:
            yield held[:cut]
            return
        keep = len(held) - longest
        if keep > 0:
            yield held[:keep]
            held = held[keep:]
    yield held
