"""What a model folder is: its kind, size, context, tokenizer, and what is missing from it.

Read from the folder's own JSON and from the headers of its weights; nothing is loaded. A kind
decides which class of transformers opens the folder.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from privrag.errors import ModelError

ModelKind = Literal["causal", "encoder-decoder", "encoder", "adapter", "unknown"]
_CAUSAL = ("ForCausalLM", "LMHeadModel")
_ENCODERS = frozenset(
    {
        *("albert", "bert", "camembert", "deberta", "deberta-v2", "distilbert", "electra"),
        *("ernie", "modernbert", "mpnet", "roberta", "xlm-roberta"),
    }
)
_CONTEXT = ("max_position_embeddings", "n_positions", "n_ctx", "max_sequence_length")
_WEIGHTS, _SHARDS = "model.safetensors", "model.safetensors.index.json"
ADAPTER_FILE, ADAPTER_WEIGHTS = "adapter_config.json", "adapter_model.safetensors"
TOKENIZER_FILE, TEMPLATE_FILE = "tokenizer_config.json", "chat_template.jinja"
_WORDS = (
    *(("tokenizer.json",), ("vocab.txt",), ("vocab.json", "merges.txt")),
    *(("spiece.model",), ("tokenizer.model",), ("sentencepiece.bpe.model",)),
)
"""Files of which one set must be there: the tokens, in the forms that tokenizers take."""
_LONGEST_HEADER = 100_000_000
"""Bytes; the format itself allows no more."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What can be told without loading the model."""

    folder: str
    kind: ModelKind
    """`causal` goes on writing, `encoder-decoder` writes an answer to a text, `encoder` reads."""
    architecture: str | None
    loader: str | None
    """The class of transformers that opens it for tuning."""
    parameters: int | None
    """Numbers in the weights, of an adapter its own; None where they cannot be counted."""
    context: int | None
    """Tokens that it reads at most; None where positions are relative or nothing is said."""
    tokenizer_class: str | None
    chat_template: bool
    missing: tuple[str, ...]
    """Files without which it cannot be opened."""


_LOADERS: dict[ModelKind, str] = {
    "causal": "AutoModelForCausalLM",
    "encoder-decoder": "AutoModelForSeq2SeqLM",
    "encoder": "AutoModelForSequenceClassification",
    "adapter": "PeftModel",
}


def inspect_model(folder: Path) -> ModelFacts:
    """The facts of a folder. Raises ModelError if it is none, or its JSON cannot be read."""
    if not folder.is_dir():
        raise ModelError(f"there is no model folder {folder.name!r}; give one with config.json")
    config = _read(folder / "config.json")
    tokenizer = _read(folder / TOKENIZER_FILE)
    kind, shards = _kind(folder, config), _shards(folder)
    architectures = config.get("architectures") or [None]
    return ModelFacts(
        folder=folder.name,
        kind=kind,
        architecture=architectures[0],
        loader=_LOADERS.get(kind),
        parameters=_parameters(folder, shards),
        context=_context(config),
        tokenizer_class=tokenizer.get("tokenizer_class"),
        chat_template="chat_template" in tokenizer or (folder / TEMPLATE_FILE).is_file(),
        missing=tuple(_missing(folder, shards)),
    )


def is_adapter(folder: Path) -> bool:
    """Whether the folder holds an adapter and not a whole model."""
    return (folder / ADAPTER_FILE).is_file()


def adapter_rank(folder: Path) -> int:
    """The rank of the LoRA adapter in a folder. Raises ModelError."""
    try:
        return int(_read(folder / ADAPTER_FILE)["r"])
    except (KeyError, ValueError, TypeError):
        raise ModelError(
            f"{ADAPTER_FILE} of the model folder {folder.name!r} names no rank"
        ) from None


def complete_model(folder: Path) -> ModelFacts:
    """The facts of a folder that can be opened. Raises ModelError, naming what is missing."""
    facts = inspect_model(folder)
    if facts.missing:
        raise ModelError(
            f"the model folder {folder.name!r} lacks {', '.join(facts.missing)}; put the whole "
            "model there, or name another folder"
        )
    return facts


def _context(config: dict[str, Any]) -> int | None:
    """Of a base that also sees pictures, the text's part says it."""
    text = config.get("text_config")
    parts = (config, text if isinstance(text, dict) else {})
    return next((int(part[name]) for part in parts for name in _CONTEXT if part.get(name)), None)


def _kind(folder: Path, config: dict[str, Any]) -> ModelKind:
    if is_adapter(folder):
        return "adapter"
    names = [str(name) for name in config.get("architectures") or []]
    if config.get("is_encoder_decoder") is True:
        return "encoder-decoder"
    if any(name.endswith(_CAUSAL) for name in names):
        return "causal"
    return "encoder" if config.get("model_type") in _ENCODERS else "unknown"


def _missing(folder: Path, shards: Sequence[str]) -> list[str]:
    """In the order in which they are read."""
    adapter = is_adapter(folder)
    found = [] if adapter or (folder / "config.json").is_file() else ["config.json"]
    found += _missing_weights(folder, ADAPTER_WEIGHTS if adapter else _WEIGHTS, shards)
    if not any(all((folder / name).is_file() for name in some) for some in _WORDS):
        found.append("tokenizer.json")
    return found


def _missing_weights(folder: Path, whole: str, shards: Sequence[str]) -> list[str]:
    if (folder / whole).is_file():
        return []
    if shards:
        return [name for name in shards if not (folder / name).is_file()]
    pickled = any(folder.glob("*.bin")) or any(folder.glob("*.pt"))
    return [f"{whole} (a pickled file is not opened: save it as safetensors)" if pickled else whole]


def _shards(folder: Path) -> list[str]:
    named = _read(folder / _SHARDS).get("weight_map", {})
    return sorted({Path(str(name)).name for name in named.values()})


def _parameters(folder: Path, shards: Sequence[str]) -> int | None:
    """Numbers in all weight files, by their headers."""
    names = [_WEIGHTS, ADAPTER_WEIGHTS, *shards]
    counts = [_numbers(folder / name) for name in names if (folder / name).is_file()]
    known = [count for count in counts if count is not None]
    return sum(known) if known and len(known) == len(counts) else None


def _numbers(file: Path) -> int | None:
    """The header is JSON behind eight bytes of its length; see the safetensors format."""
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            header = json.loads(opened.read(length)) if length <= _LONGEST_HEADER else {}
        own = [one["shape"] for name, one in header.items() if name != "__metadata__"]
        return sum(math.prod(shape) for shape in own) or None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _read(file: Path) -> dict[str, Any]:
    """The object in a JSON file; an empty one where there is no file. Raises ModelError."""
    try:
        read = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{file.name} of the model folder {file.parent.name!r} cannot be read "
            f"({type(error).__name__}); put the whole model there"
        ) from None
    return read if isinstance(read, dict) else {}
