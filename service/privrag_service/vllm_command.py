"""The command line and the environment of vLLM's server, as privrag starts it.

The key stands in the environment, not on the command line that every user of the machine can read.
vLLM guards only `/v1` with it, so the server listens on loopback alone.
"""

import json
import os
import sys
from pathlib import Path

from privrag.errors import SettingsError
from privrag_service.settings import VllmSettings

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "XDG_CACHE_HOME")
_PASSED_ON_PREFIXES = ("CUDA_", "NVIDIA_", "NCCL_", "OMP_", "ROCR_", "HIP_")
_RANKS = (8, 16, 32, 64, 128, 256, 320, 512)
"""LoRA ranks that vLLM accepts as a maximum (`vllm/config/lora.py`, 1 and 2 left out)."""


def vllm_python(settings: VllmSettings) -> Path:
    """The interpreter that has vLLM. Raises SettingsError that says what to do if it is missing."""
    python = settings.python or Path(sys.prefix).parent / ".venv-vllm" / "bin" / "python"
    if not os.access(python, os.X_OK):
        raise SettingsError(
            f"no vLLM environment at {python}; make one with vLLM in it, or set"
            " PRIVRAG_SERVICE__VLLM__PYTHON to its interpreter"
        )
    return python


def vllm_command(settings: VllmSettings, model_dir: Path, name: str, port: int) -> list[str]:
    """The whole command. `vllm serve` itself fails in the CPU wheel, the module works."""
    command = [
        str(vllm_python(settings)),
        "-m",
        "vllm.entrypoints.openai.api_server",
        f"--model={model_dir}",
        f"--served-model-name={name}",
        "--host=127.0.0.1",
        f"--port={port}",
        f"--max-model-len={settings.max_model_len}",
        "--disable-fastapi-docs",
        "--disable-uvicorn-access-log",
        "--enable-force-include-usage",
    ]
    if settings.enforce_eager:
        command.append("--enforce-eager")
    if settings.adapters:
        command += [
            "--enable-lora",
            f"--max-lora-rank={_max_rank(settings)}",
            f"--max-loras={min(len(settings.adapters), 4)}",
            "--lora-modules",
            *(f"{adapter}={path}" for adapter, path in settings.adapters.items()),
        ]
    return [*command, *settings.extra_args]


def vllm_environment(settings: VllmSettings, api_key: str) -> dict[str, str]:
    """A small environment: nothing secret of ours, no hub, no telemetry."""
    passed_on = {
        name: value
        for name, value in os.environ.items()
        if name in _PASSED_ON or name.startswith(_PASSED_ON_PREFIXES)
    }
    return passed_on | {
        "VLLM_API_KEY": api_key,
        "VLLM_CPU_KVCACHE_SPACE": str(settings.kv_cache_gb),
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
    }


def _max_rank(settings: VllmSettings) -> int:
    """The smallest maximum that fits every adapter: buffers are sized by it."""
    ranks = []
    for name, folder in settings.adapters.items():
        try:
            ranks.append(int(json.loads((folder / "adapter_config.json").read_text())["r"]))
        except (OSError, ValueError, KeyError, TypeError):
            raise SettingsError(
                f"service.vllm.adapters.{name}: {folder} has no readable adapter_config.json"
            ) from None
    fitting = [rank for rank in _RANKS if rank >= max(ranks)]
    if not fitting:
        raise SettingsError(f"service.vllm.adapters: vLLM takes ranks up to {_RANKS[-1]}")
    return fitting[0]
