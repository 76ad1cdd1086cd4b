"""How a model in this process computes: number format, packed weights, a thread for each core."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

Precision = Literal["fp32", "bf16"]
_PACKED_BF16 = {"avx512bw", "avx512vl", "avx512dq"}
"""Instructions with which oneDNN packs bf16 weights."""
_USUAL_ROWS = 512
_PRIMITIVES_KEPT = "32"
"""Compiled kernels that oneDNN keeps, one for each shape of a batch; its own 1024 take 100 MB."""


def chosen_precision(asked: Literal["auto", "fp32", "bf16"]) -> Precision:
    """What `auto` means here: bf16 where the CPU computes in it."""
    if asked != "auto":
        return asked
    return "bf16" if cpu_flags() & {"avx512_bf16", "amx_bf16"} else "fp32"


def keep_few_kernels() -> None:
    """To be called before torch is imported; a user's own setting stays."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", _PRIMITIVES_KEPT)


def one_thread_a_core() -> ThreadPoolExecutor:
    """One thread a core, each of which torch leaves alone.

    torch keeps the last number that any thread asked for as that of every thread to come, so it is
    told the old one again as soon as all of these have theirs.
    """
    import torch

    usual = torch.get_num_threads()
    ready = threading.Barrier(usual + 1)

    def begin() -> None:
        torch.get_num_threads()  # else the first product would take the usual number
        torch.set_num_threads(1)
        ready.wait()

    threads = ThreadPoolExecutor(usual, thread_name_prefix="privrag-model")
    for _ in range(usual):
        threads.submit(begin)
    ready.wait()
    torch.set_num_threads(usual)
    return threads


def pack_weights(model: Any) -> None:  # noqa: ANN401 - a torch Module
    """Store the weights of linear layers in the CPU's own order, once instead of at every call.

    The same products, an eighth more texts a second. Left out where this torch has no such
    operators, which are not part of its stable interface, or this CPU no instructions for them.
    """
    import torch

    ops = torch.ops.mkldnn
    if not (hasattr(ops, "_reorder_linear_weight") and hasattr(ops, "_linear_pointwise")):
        return
    if not (flags := cpu_flags()) >= _PACKED_BF16 and "avx_ne_convert" not in flags:
        return

    def forward_of(layer: torch.nn.Linear) -> Callable[[torch.Tensor], torch.Tensor]:
        with torch.inference_mode():
            weight, bias = ops._reorder_linear_weight(layer.weight.data, _USUAL_ROWS), layer.bias
        return lambda x: ops._linear_pointwise(x, weight, bias, "none", [], "")

    for layer in model.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.forward = forward_of(layer)  # type: ignore[method-assign, assignment]


def cpu_flags() -> set[str]:
    """Instruction sets of this CPU as Linux names them; empty elsewhere."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return set()
    return next((set(ln.split()) for ln in lines if ln.startswith(("flags", "Features"))), set())
