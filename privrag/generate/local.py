"""The embedded generator: transformers in this process. For a notebook or a first try.

In bf16 where the CPU computes in it, else in fp32: made of other instructions, bf16 is slower.
Tuned models have ids of their own: an adapter is worn by the base in memory, for one answer at a
time; a whole model is loaded beside it.
"""

import asyncio
import importlib.util
import threading
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from privrag.errors import ContextTooLongError, GeneratorError, MissingExtraError, ModelError
from privrag.generate.protocol import CompleteOptions, Finish, GenerateOptions, GenerateSettings
from privrag.generate.tuning import check_adapter
from privrag.generate.weights import check_default_model, check_model_dir, default_model_dir
from privrag.model_facts import is_adapter
from privrag.records import Draft, Message, SafeText, Usage

if TYPE_CHECKING:
    from privrag.generate.held import HeldModel

T = TypeVar("T")
MODEL_ID = "embedded"
_USUAL_WINDOW = 8192
_END = object()


class LocalGenerator:
    """Loads at the first use; one generation at a time, each on a thread of its own."""

    def __init__(self, settings: GenerateSettings, *, cache: Path) -> None:
        """Take the settings and the folder in which the default model is made once."""
        self._settings = settings
        self._cache = cache.expanduser()
        self._held: dict[Path, HeldModel] = {}
        self._broken: dict[Path, tuple[frozenset[tuple[str, int]], ModelError]] = {}
        self._loading = threading.Lock()
        self._turn = asyncio.Lock()

    async def stream(
        self, messages: Sequence[Message], options: GenerateOptions
    ) -> AsyncGenerator[SafeText | Draft, None]:
        async with self._turn:
            held, adapter = await asyncio.to_thread(self._hold, options.model)
            prompt = await asyncio.to_thread(_encode, held, messages)
            limit = options.max_tokens or self._settings.max_tokens
            window = int(getattr(held.config, "max_position_embeddings", _USUAL_WINDOW))
            if prompt["input_ids"].shape[1] + limit > window:
                raise ContextTooLongError(
                    f"the prompt does not fit the model's window of {window} tokens"
                )
            stopped = threading.Event()
            pieces = self._pieces(held, adapter, prompt, options, limit, stopped)
            parts: list[str] = []
            try:
                while (piece := await asyncio.to_thread(next, pieces, _END)) is not _END:
                    parts.append(str(piece))
                    if piece:
                        yield SafeText(str(piece))
            finally:
                stopped.set()
            text = "".join(parts)
            written = len(held.tokenizer(text, add_special_tokens=False).input_ids)
            finish: Finish = "length" if written >= limit else "stop"
            usage = Usage(int(prompt["input_ids"].shape[1]), written)
        yield Draft(SafeText(text), finish, usage)

    async def complete(self, prompts: Sequence[SafeText], options: CompleteOptions) -> list[Draft]:
        """Continue raw texts, all of them at once: several times as fast as one by one."""
        from privrag.generate.batch import continue_texts

        async with self._turn:
            return await asyncio.to_thread(self._with_base, continue_texts, prompts, options)

    async def log_likelihoods(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        from privrag.generate.likelihood import log_likelihoods

        async with self._turn:
            return await asyncio.to_thread(self._with_base, log_likelihoods, pairs)

    async def models(self) -> list[str]:
        """The base and what was tuned from it, by id.

        Raises MissingExtraError or ModelError if their weights cannot be had.
        """
        await asyncio.to_thread(self._check)
        return [MODEL_ID, *self._settings.tuned]

    def follow(self, settings: GenerateSettings) -> None:
        """Take tuned models from these settings; whole models that they name no longer go."""
        for folder in {*self._settings.tuned.values()} - {*settings.tuned.values()}:
            self._held.pop(Path(folder).expanduser(), None)
        self._settings = settings
        self._broken.clear()

    async def close(self) -> None:
        self._held.clear()

    def folder(self) -> Path:
        """The model's folder; makes the default one if it is not there yet."""
        if self._settings.model:
            return check_model_dir(Path(self._settings.model).expanduser())
        return default_model_dir(self._cache)

    def _check(self) -> None:
        """Find out without loading or converting anything."""
        tuned = [Path(folder).expanduser() for folder in self._settings.tuned.values()]
        adapters = [folder for folder in tuned if is_adapter(folder)]
        for package in ("torch", "transformers"):
            if importlib.util.find_spec(package) is None:
                raise MissingExtraError(package, "local")
        if adapters and importlib.util.find_spec("peft") is None:
            raise MissingExtraError("peft", "finetune")
        if self._settings.model:
            check_model_dir(Path(self._settings.model).expanduser())
        else:
            check_default_model(self._cache)
        for folder in tuned:
            (check_adapter if folder in adapters else check_model_dir)(folder)

    def _hold(self, model: str | None) -> "tuple[HeldModel, Path | None]":
        """The loaded model that answers for an id, and the adapter that it wears."""
        from privrag.generate.held import HeldModel

        base, adapter = self._place(model)
        with self._loading:
            if adapter is not None:
                self._refuse_a_broken(adapter)
            held = self._held.get(base)
            if held is None or held.broken:
                held = self._held[base] = HeldModel(base)
            if adapter is not None:
                try:
                    held.load_adapter(adapter)
                except ModelError as error:
                    self._broken[adapter] = _state_of(adapter), error
                    raise
        return held, adapter

    def _refuse_a_broken(self, adapter: Path) -> None:
        """Without another try, which loads the base anew, while the folder is as it was."""
        state, error = self._broken.get(adapter, (None, None))
        if error is not None and state == _state_of(adapter):
            raise ModelError(str(error))

    def _place(self, model: str | None) -> tuple[Path, Path | None]:
        """Folder of the weights behind an id, and that of the adapter over them."""
        if model in {None, MODEL_ID}:
            return self.folder(), None
        if model not in self._settings.tuned:
            known = ", ".join((MODEL_ID, *self._settings.tuned))
            raise GeneratorError(f"the embedded generator knows no model {model!r}, only {known}")
        folder = Path(self._settings.tuned[model]).expanduser()
        if is_adapter(folder):
            return self.folder(), check_adapter(folder)
        return check_model_dir(folder), None

    def _with_base(self, work: Callable[..., T], *given: object) -> T:
        held, _ = self._hold(None)
        with held.wearing(None) as model:
            return work(model, held.tokenizer, *given)

    def _pieces(
        self,
        held: "HeldModel",
        adapter: Path | None,
        prompt: dict[str, Any],
        options: GenerateOptions,
        limit: int,
        stopped: threading.Event,
    ) -> Iterator[str]:
        """Run `generate` on a thread and hand over its pieces; ends early once `stopped`."""
        import torch
        from transformers import StoppingCriteriaList, TextIteratorStreamer

        streamer = TextIteratorStreamer(
            held.tokenizer, skip_prompt=True, skip_special_tokens=True, timeout=600
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
                with torch.inference_mode(), held.wearing(adapter) as model:
                    if options.seed is not None:
                        torch.manual_seed(options.seed)
                    model.generate(
                        **prompt,
                        **sampling,
                        max_new_tokens=limit,
                        streamer=streamer,
                        **({"stop_strings": stops, "tokenizer": held.tokenizer} if stops else {}),
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


def _state_of(folder: Path) -> frozenset[tuple[str, int]]:
    """Another one after each change of its files."""
    return frozenset((file.name, file.stat().st_mtime_ns) for file in folder.iterdir())


def _encode(held: "HeldModel", messages: Sequence[Message]) -> dict[str, Any]:
    """Ids and mask alone: some tokenizers give more than a causal model takes."""
    encoded = held.tokenizer.apply_chat_template(
        [{"role": m.role, "content": m.content} for m in messages],
        add_generation_prompt=True,
        return_dict=True,
        return_tensors="pt",
    )
    return {name: encoded[name] for name in ("input_ids", "attention_mask")}


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
