"""What a tuned generator was made from: `base.json` beside its weights, and the check of it.

An adapter is a difference: on other weights, with another template or with other token ids it
answers nonsense without an error. So each is compared before it is worn.
"""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from privrag.errors import MissingExtraError, ModelError
from privrag.model_facts import ADAPTER_WEIGHTS, TEMPLATE_FILE, TOKENIZER_FILE
from privrag.prompts import PromptSettings, prompt_sha256

BASE_FILE = "base.json"
_WEIGHTS = ("*.safetensors", "*.bin")


class Tuning(BaseModel):
    """What a generator was tuned from, and how."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base: str
    """Name of the base model's folder."""
    base_sha256: str
    """See `weights_sha256`."""
    template_sha256: str
    tokenizer_sha256: str
    prompt_sha256: str
    """Of the prompt settings that it was trained with: see `prompts.prompt_sha256`."""
    instructions: str | None = None
    """Of its prompt; None: those of the settings, as they were."""
    examples: str | None = None
    """Likewise."""
    rank: int = Field(ge=0)
    """Of the adapter; 0 where all weights were tuned."""
    method: Literal["lora", "qlora", "full"]
    """`full`: the folder is a whole model, be it tuned in all weights or merged."""
    epsilon: float | None = None
    """Spent on the privacy of its training rows; None: trained without that promise."""


def weights_sha256(folder: Path) -> str:
    """Of all weight files, in the order of their names. Raises ModelError where there are none."""
    files = sorted(file for pattern in _WEIGHTS for file in folder.glob(pattern))
    if not files:
        raise ModelError(f"the model folder {folder.name!r} holds no weights")
    whole = hashlib.sha256()
    for file in files:
        found = file.stat()
        whole.update(_file_sha256(file, found.st_size, found.st_mtime_ns))
    return whole.hexdigest()


def tokenizer_sha256(folder: Path) -> str:
    """Of the tokens in the order of their ids, however the file writes them."""
    file = folder / "tokenizer.json"
    try:
        found = file.stat()
    except OSError:
        raise _no_tokenizer(folder) from None
    return _tokens_sha256(file, found.st_size, found.st_mtime_ns)


def template_sha256(folder: Path) -> str:
    """Of the chat template's text."""
    return hashlib.sha256(_template_of(folder).encode()).hexdigest()


def read_tuning(folder: Path) -> Tuning:
    """The folder's `base.json`. Raises ModelError."""
    try:
        return Tuning.model_validate_json((folder / BASE_FILE).read_bytes())
    except (OSError, ValidationError):
        raise ModelError(
            f"the tuned generator {folder.name!r} has no readable {BASE_FILE}, so nobody can tell "
            "what it was tuned from; put the folder back from a backup, or go back: "
            "privrag models rollback generator"
        ) from None


def tuned_prompts(settings: PromptSettings, folder: Path) -> PromptSettings:
    """The prompt that the model in `folder` was tuned with: on another one it answers worse."""
    if not (folder / BASE_FILE).is_file():
        return settings
    tuning = read_tuning(folder)
    return settings.with_own(tuning.instructions, tuning.examples)


def is_on_its_prompt(tuning: Tuning, settings: PromptSettings) -> bool:
    """Whether these settings, where the model has none of its own, are those of its training."""
    own = settings.with_own(tuning.instructions, tuning.examples)
    return prompt_sha256(own) == tuning.prompt_sha256


def refuse_another_prompt(name: str, tuning: Tuning, settings: PromptSettings) -> None:
    """Raise ModelError unless it would be asked as it was when it was measured."""
    if not is_on_its_prompt(tuning, settings):
        raise ModelError(
            f"{name} is not promoted: it was tuned and measured with other settings of [prompts] "
            "than are set now; set them back, or train again: privrag train generator"
        )


def check_adapter(folder: Path) -> Path:
    """The folder itself if it holds an adapter with its weights, else ModelError.

    Weights are never a pickle, which runs whatever it likes when it is read.
    """
    read_tuning(folder)
    if not (folder / ADAPTER_WEIGHTS).is_file():
        raise ModelError(
            f"the adapter {folder.name!r} lacks {ADAPTER_WEIGHTS}; put the folder back from a "
            "backup, or go back: privrag models rollback generator"
        )
    return folder


def check_base(folder: Path, base: Path) -> None:
    """Raise ModelError unless the adapter in `folder` was tuned from what lies in `base`."""
    tuning = read_tuning(folder)
    for what, then, now in (
        ("weights", tuning.base_sha256, weights_sha256),
        ("chat template", tuning.template_sha256, template_sha256),
        ("tokenizer", tuning.tokenizer_sha256, tokenizer_sha256),
    ):
        if (found := now(base)) != then:
            raise ModelError(
                f"the generator {folder.name!r} was tuned from {tuning.base!r}, whose {what} had "
                f"the sha-256 {then[:12]}; that of {base.name!r} is {found[:12]}: set "
                "generate.model to the model that it was tuned from, or go back: "
                "privrag models rollback generator"
            )


@lru_cache(maxsize=256)
def _file_sha256(file: Path, size: int, changed: int) -> bytes:
    """Read once while the file stays as it is."""
    del size, changed
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").digest()


@lru_cache(maxsize=256)
def _tokens_sha256(file: Path, size: int, changed: int) -> str:
    del size, changed
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise MissingExtraError("tokenizers", "local") from error
    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception:  # noqa: BLE001 - tokenizers raises bare exceptions
        raise _no_tokenizer(file.parent) from None
    ordered = sorted((number, token) for token, number in tokenizer.get_vocab().items())
    return hashlib.sha256(json.dumps(ordered).encode()).hexdigest()


def _no_tokenizer(folder: Path) -> ModelError:
    return ModelError(f"the model folder {folder.name!r} has no readable tokenizer.json")


def _template_of(folder: Path) -> str:
    try:
        if (folder / TEMPLATE_FILE).is_file():
            return (folder / TEMPLATE_FILE).read_text(encoding="utf-8")
        template = json.loads((folder / TOKENIZER_FILE).read_bytes())["chat_template"]
    except (OSError, ValueError, KeyError):
        raise ModelError(f"the model folder {folder.name!r} has no chat template") from None
    return template if isinstance(template, str) else json.dumps(template)
