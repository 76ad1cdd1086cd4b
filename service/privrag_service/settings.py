"""The `[service]` table of `privrag.toml`. The core hands it over unread; this validates it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from privrag.settings import checked

_OURS = (
    "--api-key",
    "--config",
    "--host",
    "--port",
    "--uds",
    "--model",
    "--served-model-name",
    "--enable-log-requests",
    "--enable-log-outputs",
    "--trust-remote-code",
    "--trust-request-chat-template",
    "--enable-lora",
    "--lora-modules",
    "--max-lora-rank",
    "--max-loras",
    "--runner",
    "--gpu-memory-utilization",
)
"""vLLM flags that the supervisor decides, or that open the server or put prompts in its log."""

_CONFIG = ConfigDict(
    frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
)


class VllmSettings(BaseModel):
    """How `serve --with-vllm` starts vLLM."""

    model_config = _CONFIG

    python: Path | None = None
    """Interpreter of the environment that holds vLLM. None: `.venv-vllm/bin/python` beside the
    environment that runs the service; vLLM's pins collide with ours, so it never is the same."""
    model: Path | None = None
    """Folder with safetensors, tokenizer and chat template. None: the embedded default model."""
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$")] | None = None
    """Model id that clients use. None: the name of the model's folder."""
    adapters: dict[str, Path] = Field(default_factory=dict)
    """LoRA adapters by model id. The rank is read from each folder's `adapter_config.json`."""
    max_model_len: Annotated[int, Field(ge=128)] = 2048
    """Window in tokens, prompt and answer together; memory for the cache grows with it."""
    kv_cache_gb: Annotated[int, Field(ge=1)] = 1
    """Memory for the key-value cache in GiB when vLLM runs on a CPU; a GPU build ignores it."""
    gpu_memory_share: Annotated[float, Field(gt=0, le=1)] = 0.8
    """Share of a GPU's memory that this server takes at start, weights and cache; with
    `service.vllm_reranker.gpu_memory_share` below 1. A CPU build ignores it."""
    max_lora_rank: Annotated[int, Field(ge=0, le=512)] | None = None
    """Largest rank of an adapter that may come while it serves. None: that of the registry's
    adapters at the start; without any, adapters stay off, and the first one takes a new start. 0:
    off. Not higher than needed: buffers are sized by it, and answers get slower."""
    enforce_eager: bool = True
    """Start faster and leave graphs uncaptured. False on a GPU: slower start, faster answers."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Loopback port; 0 takes a free one."""
    start_timeout_seconds: Annotated[float, Field(gt=0)] = 240
    """From start to the first answer. 45-75 s were measured for 270M parameters on 2 CPU cores."""
    stop_timeout_seconds: Annotated[float, Field(gt=0)] = 10
    """From SIGTERM to SIGKILL."""
    extra_args: tuple[str, ...] = ()
    """Further arguments of vLLM's server, e.g. `--max-num-seqs=32`."""

    @field_validator("extra_args")
    @classmethod
    def _leave_ours_alone(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _not_ours(value)


class VllmRerankerSettings(BaseModel):
    """How `serve --with-vllm` runs a cross-encoder that serves, on a vLLM of its own."""

    model_config = _CONFIG

    enabled: bool = True
    """False leaves it in the service's process."""
    max_model_len: Annotated[int, Field(ge=64)] = 512
    """Window in tokens, question and passage together."""
    kv_cache_gb: Annotated[int, Field(ge=1)] = 1
    """As in `service.vllm`; a cross-encoder needs little."""
    gpu_memory_share: Annotated[float, Field(gt=0, le=1)] = 0.1
    """As in `service.vllm`."""
    extra_args: tuple[str, ...] = ()
    """Further arguments of this vLLM server."""

    @field_validator("extra_args")
    @classmethod
    def _leave_ours_alone(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return _not_ours(value)


class ServiceSettings(BaseModel):
    """Limits of the HTTP service."""

    model_config = _CONFIG

    max_body_bytes: Annotated[int, Field(ge=1024)] = 1_000_000
    """Largest request body; a longer one gets 413. A long chat is some 100 kB."""
    max_concurrent_requests: Annotated[int, Field(ge=1)] = 64
    """Answers in the making at one time; further requests get 503 at once instead of a queue."""
    request_timeout_seconds: Annotated[float, Field(gt=0)] = 600
    """Longest time for one answer, its stream included. 600 is what OpenAI's client waits."""
    shutdown_seconds: Annotated[int, Field(ge=0)] = 30
    """How long running answers may take to finish after SIGTERM."""
    ping_seconds: Annotated[float, Field(gt=0)] = 15
    """Silence after which a stream gets a comment line; balancers cut idle ones after minutes."""
    vllm: VllmSettings = Field(default_factory=VllmSettings)
    """The generator that `serve --with-vllm` starts."""
    vllm_reranker: VllmRerankerSettings = Field(default_factory=VllmRerankerSettings)
    """The reranker that it starts beside, where a cross-encoder serves."""

    @model_validator(mode="after")
    def _both_fit_a_gpu(self) -> "ServiceSettings":
        both = self.vllm.gpu_memory_share + self.vllm_reranker.gpu_memory_share
        if self.vllm_reranker.enabled and both > 1:
            msg = (
                "service.vllm.gpu_memory_share and service.vllm_reranker.gpu_memory_share are "
                f"{both:.2f} together; at most 1 fits a GPU"
            )
            raise ValueError(msg)
        return self


def _not_ours(arguments: tuple[str, ...]) -> tuple[str, ...]:
    for argument in arguments:
        flag = argument.split("=", 1)[0].replace("_", "-")
        if flag.startswith("--") and any(ours.startswith(flag) for ours in _OURS):
            raise ValueError(f"{flag} is not allowed here: privrag sets it or keeps it off")
    return arguments


def service_settings(table: Mapping[str, object]) -> ServiceSettings:
    """Validate the `[service]` table. Raises SettingsError that names the key, not the value."""
    return checked(ServiceSettings, table, table="service")
