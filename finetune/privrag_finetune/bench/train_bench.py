"""`privrag bench train`: our training beside plain trl, same rows, one process each, in turn."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from privrag.errors import TrainingError
from privrag.machine import this_machine
from privrag.scratch import Scratch
from privrag_finetune.bench.random_base import SHAPES, write_base
from privrag_finetune.bench.side import Failed, Job, Measured, Side, measure
from privrag_finetune.machine import device

EMBEDDED = "embedded"
_ON_CPU: tuple[Side, ...] = ("privrag", "trl")
_ON_GPU: tuple[Side, ...] = ("privrag", "trl", "trl-bf16", "qlora")


def bench_train(
    *, base: str, rows: int, tokens: int, batch_size: int, embedded: Path | None = None
) -> dict[str, Any]:
    """The report as one JSON value; `ratio` is our tokens/s to those of plain trl.

    `base` is a shape with random weights, or `embedded`: the default generator, whose folder is
    `embedded`. QLoRA is measured where there is a GPU. A side that fails has `failed` and `why` for
    its figures, and without both of ours and trl's the ratios are null. Raises TrainingError where
    every side fails.
    """
    if base != EMBEDDED and base not in SHAPES:
        known = ", ".join((EMBEDDED, *SHAPES))
        raise TrainingError(f"--base knows no {base!r}; it takes {known}")
    sides = _ON_GPU if device() == "cuda" else _ON_CPU
    with ExitStack() as stack:
        if base == EMBEDDED:
            if embedded is None:
                raise TrainingError("--base embedded needs the folder of the default generator")
            folder = embedded
        else:
            folder = stack.enter_context(Scratch()).path / base
            write_base(base, folder)
        found = {
            side: measure(
                Job(side=side, base=folder, rows=rows, tokens=tokens, batch_size=batch_size)
            )
            for side in sides
        }
    return {
        **report_of(found),
        "base": base,
        "rows": rows,
        "longest": tokens,
        "batch_size": batch_size,
        "machine": this_machine(),
    }


def report_of(found: Mapping[Side, Measured | Failed]) -> dict[str, Any]:
    """Every side with its figures or why there are none, and ours beside trl's."""
    if all(isinstance(one, Failed) for one in found.values()):
        said = "; ".join(
            f"{side}: {one.failed} {one.why}".rstrip()
            for side, one in found.items()
            if isinstance(one, Failed)
        )
        raise TrainingError(f"no side could be measured ({said})")
    ours, theirs = found["privrag"], found["trl"]
    ratio = memory_ratio = None
    if isinstance(ours, Measured) and isinstance(theirs, Measured):
        ratio = round(ours.tokens_per_second / theirs.tokens_per_second, 2)
        memory_ratio = round(ours.peak_memory_mb / theirs.peak_memory_mb, 2)
    sides: dict[str, Any] = {side: one.model_dump() for side, one in found.items()}
    return {**sides, "ratio": ratio, "memory_ratio": memory_ratio}
