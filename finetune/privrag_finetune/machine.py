"""What this machine trains with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from privrag.inference import chosen_precision


def device() -> str:
    """`cuda` where there is a GPU, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def computes_in_bf16(precision: Literal["auto", "fp32", "bf16"]) -> bool:
    """Whether autocast takes bf16; weights stay in fp32."""
    if precision == "auto" and device() == "cuda":
        return True
    return chosen_precision(precision) == "bf16"


def release_gpu() -> None:
    """What models that are gone held of a GPU's memory, for another process."""
    import gc

    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


@contextmanager
def quiet() -> Iterator[None]:
    """Without the library's reports and bars: the streams are the caller's."""
    from transformers.utils import logging

    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        logging.set_verbosity(before)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
