"""One side of the comparison in a process of its own, so that its memory is its own.

    parent: measure(job) ──> python -m privrag_finetune.bench.side JOB RESULT, two JSON files

What goes wrong there comes back as a type and, for our own errors, a sentence: other sides count.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from privrag.child import end_with_parent
from privrag.errors import MissingExtraError, PrivragError
from privrag.machine import peak_memory_mb
from privrag.scratch import Scratch
from privrag_finetune.bench.random_base import random_rows
from privrag_finetune.generator.encoded import Encoded

Side = Literal["privrag", "qlora", "trl", "trl-bf16"]
_RANK, _ALPHA = 16, 32


class Job(BaseModel):
    """What one side is to train."""

    side: Side
    base: Path
    rows: int
    tokens: int
    """Of the longest row."""
    batch_size: int
    seed: int = 0


class Measured(BaseModel):
    """What it took; loading and the first, uncounted batch are not in it."""

    tokens: int
    """Of all rows, prompts and answers, without padding."""
    seconds: float
    tokens_per_second: float
    peak_memory_mb: float
    """Of the GPU where there is one, else of the process."""
    loss: float
    """Mean over the training."""
    precision: str
    device: str


class Failed(BaseModel):
    """Why a side could not be measured."""

    failed: str
    """The type of the error, or the status of a process that was killed."""
    why: str = ""
    """Of our own errors the sentence; of others nothing: theirs may hold anything."""


def measure(job: Job) -> Measured | Failed:
    """Train in a fresh process."""
    with Scratch() as scratch:
        asked, result = scratch.path / "job.json", scratch.path / "result.json"
        asked.write_text(job.model_dump_json(), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "privrag_finetune.bench.side",
            str(asked),
            str(result),
            str(os.getpid()),
        ]
        done = subprocess.run(  # noqa: S603 - our own module
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )
        said = result.read_bytes() if result.exists() else b""
        if done.returncode == 0:
            return Measured.model_validate_json(said)
        if said:
            return Failed.model_validate_json(said)
        return Failed(failed=f"status {done.returncode}", why="perhaps for want of memory")


def trained(job: Job, out: Path) -> Measured:
    """Train here."""
    import torch
    from transformers import AutoConfig, AutoTokenizer

    config = AutoConfig.from_pretrained(job.base, local_files_only=True)
    end = AutoTokenizer.from_pretrained(job.base, local_files_only=True).eos_token_id
    vocabulary = config.get_text_config().vocab_size
    rows = random_rows(job.rows, most=job.tokens, vocabulary=vocabulary, end=end, seed=job.seed)
    ours = job.side in {"privrag", "qlora"}
    trainer = _our_trainer(job, rows, out) if ours else _plain_trainer(job, rows, out)
    _warm(trainer, rows[: job.batch_size])
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    metrics = trainer.train().metrics
    tokens = sum(len(row.input_ids) for row in rows)
    seconds = metrics["train_runtime"]
    peak = torch.cuda.max_memory_allocated() / 2**20 if on_gpu else peak_memory_mb()
    return Measured(
        tokens=tokens,
        seconds=round(seconds, 2),
        tokens_per_second=round(tokens / seconds, 1),
        peak_memory_mb=round(peak, 1),
        loss=round(metrics["train_loss"], 4),
        precision="bf16" if trainer.args.bf16 else "fp32",
        device=torch.cuda.get_device_name() if on_gpu else "cpu",
    )


def _our_trainer(job: Job, rows: list[Encoded], out: Path) -> Any:  # noqa: ANN401 - trl's
    """As `privrag train generator` has it; nothing is asked of validation, nothing saved."""
    from transformers import EarlyStoppingCallback

    from privrag_finetune.generator.recipe import GeneratorRecipe
    from privrag_finetune.generator.train import GeneratorTraining, make_trainer

    recipe = GeneratorRecipe(
        method="qlora" if job.side == "qlora" else "lora",
        rank=_RANK,
        alpha=_ALPHA,
        epochs=1,
        batch_size=job.batch_size,
        max_tokens=max(job.tokens, 32),
    )
    training = GeneratorTraining(job.base, out, recipe, rows, rows[:1], job.seed)
    trainer = make_trainer(training, lambda _: None)
    trainer.remove_callback(EarlyStoppingCallback)
    for what in ("eval_strategy", "save_strategy"):
        setattr(trainer.args, what, "no")
    return trainer


def _plain_trainer(job: Job, rows: list[Encoded], out: Path) -> Any:  # noqa: ANN401 - trl's
    """As trl comes, in fp32; `trl-bf16`: with weights in bf16 and all activations kept."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        from peft import LoraConfig
        from trl.trainer.sft_config import SFTConfig
        from trl.trainer.sft_trainer import SFTTrainer
    except ImportError:
        raise MissingExtraError("trl", "finetune") from None
    from privrag_finetune.generator.train import dataset_of

    light = job.side == "trl-bf16"
    own: dict[str, Any] = {"gradient_checkpointing": False} if light else {}
    dtype = torch.bfloat16 if light else torch.float32
    return SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(job.base, dtype=dtype, local_files_only=True),
        args=SFTConfig(
            output_dir=str(out),
            num_train_epochs=1,
            per_device_train_batch_size=job.batch_size,
            bf16=light,
            use_cpu=not torch.cuda.is_available(),
            max_length=job.tokens,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            seed=job.seed,
            **own,
        ),
        train_dataset=dataset_of(rows),
        processing_class=AutoTokenizer.from_pretrained(job.base, local_files_only=True),
        peft_config=LoraConfig(
            task_type="CAUSAL_LM", r=_RANK, lora_alpha=_ALPHA, target_modules="all-linear"
        ),
    )


def _warm(trainer: Any, rows: list[Encoded]) -> None:  # noqa: ANN401 - trl's
    """One pass forth and back: libraries load kernels and memory at the first."""
    from privrag_finetune.generator.train import as_features

    batch = trainer.data_collator(as_features(rows))
    trainer.model.train()
    given = {name: value.to(trainer.args.device) for name, value in batch.items()}
    with trainer.compute_loss_context_manager():
        loss = trainer.compute_loss(trainer.model, given)
    loss.backward()
    trainer.model.zero_grad(set_to_none=True)


def _main(asked: Path, result: Path, parent: int) -> int:
    end_with_parent(parent)
    job = Job.model_validate_json(asked.read_bytes())
    try:
        with Scratch() as scratch:
            said = trained(job, scratch.path / "out").model_dump_json()
    except Exception as error:  # noqa: BLE001 - outermost edge: type, of others' errors no message
        why = str(error) if isinstance(error, PrivragError) else ""
        failed = Failed(failed=type(error).__name__, why=why)
        result.write_text(failed.model_dump_json(), encoding="utf-8")
        return 1
    result.write_text(said, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
