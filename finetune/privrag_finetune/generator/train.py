"""Tune a causal model on encoded rows: an adapter or all weights, by trl, peft and transformers.

The best step by the loss on validation is kept. A killed training goes on with the same arguments.
"""

import hashlib
import json
import math
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privrag.errors import MissingExtraError, TrainingError
from privrag.generate.tuning import weights_sha256
from privrag_finetune.checkpoints import last_checkpoint
from privrag_finetune.disk import writing_into
from privrag_finetune.fit import FINISHED, note_finished, read_note, work_folder
from privrag_finetune.generator.base import load_base
from privrag_finetune.generator.encoded import Encoded
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.machine import computes_in_bf16, device, quiet

if TYPE_CHECKING:
    from datasets import Dataset


@dataclass(frozen=True, slots=True)
class TunedGenerator:
    """What was trained, and how it did on the rows kept for validation."""

    folder: Path
    rows: int
    steps: int
    seconds: float
    tokens_per_second: float
    """Of prompts and answers, without padding."""
    loss_start: float
    """Mean over learnt tokens of validation in nats, before the first step."""
    loss: float
    train_loss: float
    """Of the steps since the evaluation before the last: far below `loss`, and it memorises."""
    trainable: int
    """Numbers that were trained."""

    @property
    def losses(self) -> dict[str, float | None]:
        """As reports give them; None where no step told its loss, for JSON has no NaN."""
        return {
            "validation_start": round(self.loss_start, 4),
            "validation": round(self.loss, 4),
            "train": None if math.isnan(self.train_loss) else round(self.train_loss, 4),
        }


@dataclass(frozen=True, slots=True)
class GeneratorTraining:
    """What is trained, on what, and where it goes."""

    base: Path
    out: Path
    recipe: GeneratorRecipe
    train: Sequence[Encoded] = field(repr=False)
    validation: Sequence[Encoded] = field(repr=False)
    seed: int = 12

    def sha256(self) -> str:
        """Of all that decides what comes out."""
        whole = hashlib.sha256()
        recipe, weights = self.recipe.model_dump(mode="json"), weights_sha256(self.base)
        for part in (recipe, self.seed, weights, *self.train, *self.validation):
            plain = asdict(part) if isinstance(part, Encoded) else part
            whole.update(json.dumps(plain, sort_keys=True).encode() + b"\n")
        for file in sorted(self.base.glob("*.json")):
            whole.update(hashlib.sha256(file.read_bytes()).digest())
        return whole.hexdigest()


OnLog = Callable[[dict[str, float]], None]
"""Gets `epoch`, `step`, `loss`, `eval_loss` and the like as they come."""

MakeTrainer = Callable[[GeneratorTraining, OnLog], Any]
"""Makes a trainer of transformers with base, rows and recipe, not started yet."""


def train_generator(
    training: GeneratorTraining,
    *,
    on_log: OnLog = lambda _: None,
    make: MakeTrainer | None = None,
) -> TunedGenerator:
    """Train into the folder `training.out`, which then holds adapter (or weights) and tokenizer.

    `make` is for bases that are not causal (default: `make_trainer`). Raises TrainingError for no
    rows, where the loss is no number any more, or where it cannot be written.
    """
    if not training.train or not training.validation:
        raise TrainingError("there is no row to train on, or none to validate with")
    decides = training.sha256()
    if (done := _finished(training.out, decides)) is not None:
        return done
    started = time.perf_counter()
    work = work_folder(training.out, decides)
    with quiet():
        trainer = (make or make_trainer)(training, on_log)
    with quiet(), writing_into(training.out):
        before = trainer.evaluate()["eval_loss"]
        checkpoint = last_checkpoint(work)
        result = trainer.train(resume_from_checkpoint=checkpoint)
        after = trainer.evaluate()["eval_loss"]
    seconds = time.perf_counter() - started
    epochs = trainer.state.epoch - _epochs_before(checkpoint)
    tokens = sum(len(row.input_ids) for row in training.train) * epochs
    done = TunedGenerator(
        folder=training.out,
        rows=len(training.train),
        steps=trainer.state.global_step,
        seconds=seconds,
        tokens_per_second=round(tokens / result.metrics["train_runtime"], 1),
        loss_start=before,
        loss=after,
        train_loss=_last_train_loss(trainer.state.log_history),
        trainable=sum(p.numel() for p in trainer.model.parameters() if p.requires_grad),
    )
    _check_that_it_moved(trainer.model)
    with quiet(), writing_into(training.out):
        trainer.save_weights(training.out)
        trainer.processing_class.save_pretrained(training.out)
    figures = {name: value for name, value in asdict(done).items() if name != "folder"}
    note_finished(training.out, decides, figures)
    shutil.rmtree(work, ignore_errors=True)
    return done


def is_fresh(training: GeneratorTraining) -> bool:
    """Whether it begins: no checkpoint of the same arguments lies there, nor what comes out.

    Checkpoints of other arguments are removed.
    """
    decides = training.sha256()
    if _finished(training.out, decides) is not None:
        return False
    return last_checkpoint(work_folder(training.out, decides)) is None


def make_trainer(training: GeneratorTraining, on_log: OnLog) -> Any:  # noqa: ANN401 - trl's
    """The trainer of trl with base, rows and recipe, not started yet."""
    try:
        from transformers import EarlyStoppingCallback, PrinterCallback
        from trl.trainer.sft_config import SFTConfig

        from privrag_finetune.generator.trl_trainer import LogTo, Trainer
    except ImportError:
        raise MissingExtraError("trl", "finetune") from None
    recipe = training.recipe
    model, tokenizer = load_base(training.base, recipe, seed=training.seed)
    arguments = SFTConfig(**usual_arguments(training), **_arguments(training))
    trainer = Trainer(
        model=model,
        args=arguments,
        train_dataset=dataset_of(training.train),
        eval_dataset=dataset_of(training.validation),
        processing_class=tokenizer,
        callbacks=[EarlyStoppingCallback(recipe.patience), LogTo(on_log)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def usual_arguments(training: GeneratorTraining) -> dict[str, Any]:
    """What every trainer of transformers is told: steps, validation, checkpoints."""
    recipe = training.recipe
    a_step = recipe.batch_size * recipe.accumulate
    each = max(1, round(len(training.train) / a_step / recipe.evaluations))
    return {
        "output_dir": str(training.out.with_name(training.out.name + ".work")),
        "num_train_epochs": recipe.epochs,
        "per_device_train_batch_size": recipe.batch_size,
        "per_device_eval_batch_size": recipe.batch_size,
        "gradient_accumulation_steps": recipe.accumulate,
        "learning_rate": recipe.learning_rate,
        "warmup_steps": recipe.warmup,
        "weight_decay": recipe.weight_decay,
        "seed": training.seed,
        "eval_strategy": "steps",
        "eval_steps": each,
        "save_strategy": "steps",
        "save_steps": each,
        "save_total_limit": 2,
        "load_best_model_at_end": True,
        "metric_for_best_model": "eval_loss",
        "greater_is_better": False,
        "logging_steps": max(1, each // 5),
        "logging_nan_inf_filter": False,
        "include_num_input_tokens_seen": "non_padding",
        "report_to": "none",
        "disable_tqdm": True,
        "bf16": computes_in_bf16(recipe.precision),
        "use_cpu": device() == "cpu",
        "activation_checkpointing": recipe.gradient_checkpointing,
    }


def _arguments(training: GeneratorTraining) -> dict[str, Any]:
    recipe = training.recipe
    packed = recipe.packing == "on" or (recipe.packing == "auto" and device() == "cuda")
    return {
        "padding_free": packed,
        "max_length": None,
        "dataset_kwargs": {"skip_prepare_dataset": True},
        "remove_unused_columns": True,
    }


def dataset_of(rows: Sequence[Encoded]) -> "Dataset":
    """The rows as trainers of transformers take them."""
    try:
        from datasets import Dataset
    except ImportError:
        raise MissingExtraError("datasets", "finetune") from None
    return Dataset.from_list(as_features(rows))


def as_features(rows: Sequence[Encoded]) -> list[dict[str, list[int]]]:
    """What a collator of transformers is given."""
    return [{"input_ids": list(r.input_ids), "labels": list(r.labels)} for r in rows]


def _check_that_it_moved(model: Any) -> None:  # noqa: ANN401 - of peft or transformers
    """Raise TrainingError where an adapter is as it began: it would change nothing when served."""
    grown = [value for name, value in model.named_parameters() if "lora_B" in name]
    if grown and not any(bool(value.abs().max() > 0) for value in grown):
        raise TrainingError("no weight of the adapter moved; the rows teach nothing new")


def _last_train_loss(history: Sequence[dict[str, float]]) -> float:
    losses = [entry["loss"] for entry in history if "loss" in entry]
    return losses[-1] if losses else math.nan


def _epochs_before(checkpoint: str | None) -> float:
    """What an earlier process took of the training."""
    if checkpoint is None:
        return 0.0
    state = read_note(Path(checkpoint) / "trainer_state.json")
    return float(state["epoch"]) if isinstance(state, dict) else 0.0


def _finished(out: Path, decides: str) -> TunedGenerator | None:
    noted = read_note(out / FINISHED)
    if not isinstance(noted, dict) or noted.get("sha256") != decides:
        return None
    return TunedGenerator(folder=out, **noted["figures"])
