"""The command line and the environment of vLLM's server, as privrag starts it.

The key stands in the environment, not on the command line that every user of the machine can read.
vLLM guards only `/v1` with it, so the server listens on loopback alone, and a middleware of ours
(`in_vllm/`) asks for the key everywhere else.
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from privrag.errors import ModelError, SettingsError
from privrag.generate.tuning import BASE_FILE, check_base
from privrag.model_facts import ADAPTER_FILE, adapter_rank
from privrag_service.settings import VllmSettings

_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "XDG_CACHE_HOME")
_PASSED_ON_PREFIXES = ("CUDA_", "NVIDIA_", "NCCL_", "OMP_", "ROCR_", "HIP_")
_IN_VLLM = Path(__file__).parent / "in_vllm"
"""Python's path for vLLM: nothing else of ours lies in it."""
_MAX_LORAS = 4
"""Adapters at work at one time: the one that serves, a candidate, two of the settings."""
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


def vllm_command(
    settings: VllmSettings, model_dir: Path, name: str, port: int, *, max_rank: int
) -> list[str]:
    """The whole command; adapters are off where `max_rank` is 0.

    `vllm serve` itself fails in the CPU wheel, the module works.
    """
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
        "--middleware=privrag_key_only.KeyOnly",
        f"--gpu-memory-utilization={settings.gpu_memory_share}",
    ]
    if settings.enforce_eager:
        command.append("--enforce-eager")
    if max_rank:
        command += ["--enable-lora", f"--max-lora-rank={max_rank}", f"--max-loras={_MAX_LORAS}"]
    if settings.adapters:
        modules = (f"{adapter}={path}" for adapter, path in settings.adapters.items())
        command += ["--lora-modules", *modules]
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
        "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1",
        "PYTHONPATH": str(_IN_VLLM),
        "VLLM_CPU_KVCACHE_SPACE": str(settings.kv_cache_gb),
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
    }


def max_rank(settings: VllmSettings, ranks: Iterable[int]) -> int:
    """The smallest maximum that fits the settings' adapters and these ranks; 0 without any.

    Raises SettingsError for an adapter of the settings that cannot be read.
    """
    own = [_rank_of(name, folder) for name, folder in settings.adapters.items()]
    later = ranks if settings.max_lora_rank is None else [settings.max_lora_rank]
    most = max([*own, *later], default=0)
    if not most:
        return 0
    fitting = [rank for rank in _RANKS if rank >= most]
    if not fitting:
        raise SettingsError(f"service.vllm.adapters: vLLM takes ranks up to {_RANKS[-1]}")
    return fitting[0]


def refuse_other_bases(settings: VllmSettings, model_dir: Path) -> None:
    """Raise SettingsError for an adapter of the settings that says it was tuned from another base.

    Those that privrag made say so; of others vLLM itself finds out, if their shapes differ.
    """
    for name, folder in settings.adapters.items():
        if not (folder / BASE_FILE).is_file():
            continue
        try:
            check_base(folder, model_dir)
        except ModelError:
            raise SettingsError(
                f"service.vllm.adapters.{name}: {folder} was tuned from another base, template or "
                f"tokenizer than {model_dir.name} has; set service.vllm.model to the model that it "
                "was tuned from, or leave the adapter out"
            ) from None


def _rank_of(name: str, folder: Path) -> int:
    try:
        return adapter_rank(folder)
    except ModelError:
        raise SettingsError(
            f"service.vllm.adapters.{name}: {folder} has no readable {ADAPTER_FILE}"
        ) from None
