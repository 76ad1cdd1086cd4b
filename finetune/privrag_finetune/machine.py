"""What this machine trains with."""

from collections.abc import Iterator
from contextlib import contextmanager

from privrag.embed import cpu_flags


def device() -> str:
    """`cuda` where there is a GPU, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def computes_in_bf16(precision: str) -> bool:
    """Whether autocast takes bf16; weights stay in fp32."""
    if precision != "auto":
        return precision == "bf16"
    return device() == "cuda" or bool(cpu_flags() & {"avx512_bf16", "amx_bf16"})


@contextmanager
def quiet() -> Iterator[None]:
    """Without the library's reports: standard output is the caller's."""
    from transformers.utils import logging

    before = logging.get_verbosity()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(before)
