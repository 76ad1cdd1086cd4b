"""`privrag bench train`, which the group `bench` finds by the entry points `privrag.benchmarks`."""

from typing import Annotated

import typer

from privrag.cli import JsonOption, emit_json


def train(
    context: typer.Context,
    base: Annotated[
        str | None,
        typer.Option(help="embedded, or random weights: 7b, 8b, tiny (default: 8b on a GPU)."),
    ] = None,
    rows: Annotated[int, typer.Option(min=2, max=100_000, help="To train on, once.")] = 32,
    tokens: Annotated[int, typer.Option(min=129, max=8192, help="Of the longest row.")] = 512,
    batch_size: Annotated[int, typer.Option(min=1, max=1024, help="Rows in a step.")] = 4,
    as_json: JsonOption = False,
) -> None:
    """Tune an adapter here and with plain trl in fp32 on the same rows: tokens/s and memory."""
    from privrag.generate.local import LocalGenerator
    from privrag.settings import load_settings
    from privrag_finetune.bench.train_bench import EMBEDDED, bench_train
    from privrag_finetune.machine import device

    chosen = base or ("8b" if device() == "cuda" else EMBEDDED)
    settings = load_settings(context.obj)
    embedded = None
    if chosen == EMBEDDED:
        default = settings.generate.model_copy(update={"base_url": None, "model": None})
        embedded = LocalGenerator(default, cache=settings.cache).folder()
    result = bench_train(
        base=chosen, rows=rows, tokens=tokens, batch_size=batch_size, embedded=embedded
    )
    if as_json:
        emit_json(result)
        return
    print(f"{chosen}, {rows} rows of up to {tokens} tokens, {batch_size} in a step")
    for name in ("privrag", "trl", "trl-bf16", "qlora"):
        if name in result:
            side = result[name]
            if "failed" in side:
                print(f"{name:9s}failed: {side['failed']} {side['why']}".rstrip())
                continue
            print(
                f"{name:9s}{side['tokens_per_second']:10,.0f} tokens/s  "
                f"{side['peak_memory_mb']:10,.0f} MB at most  ({side['precision']}, "
                f"{side['seconds']:.1f} s, loss {side['loss']:.3f}, {side['device']})"
            )
    if result["ratio"] is not None:
        print(f"ratio    {result['ratio']:10.2f}  memory {result['memory_ratio']:.2f}")
