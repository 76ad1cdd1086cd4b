"""The trainers of transformers for encoder-decoder and encoder bases, as ours: `InOrder`."""

from collections.abc import Sequence
from typing import Any

import torch
from datasets import Dataset
from transformers import (
    DataCollatorForSeq2Seq,
    DataCollatorWithPadding,
    EarlyStoppingCallback,
    PrinterCallback,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    TrainingArguments,
)
from transformers import Trainer as PlainTrainer

from privrag_finetune.generator.base import load_base
from privrag_finetune.generator.encoded import IGNORED, Encoded
from privrag_finetune.generator.train import GeneratorTraining, OnLog, usual_arguments
from privrag_finetune.generator.trl_trainer import InOrder, LogTo


class Writer(InOrder, Seq2SeqTrainer):
    """Tunes an encoder-decoder base, with an adapter or whole."""


class Reader(InOrder, PlainTrainer):
    """Tunes an encoder base with a head for labels."""


def make_writer(training: GeneratorTraining, on_log: OnLog) -> Any:  # noqa: ANN401 - transformers'
    """Targets are padded with -100, which counts in no loss."""
    model, tokenizer = load_base(
        training.base, training.recipe, seed=training.seed, task="SEQ_2_SEQ_LM"
    )
    return _started(
        Writer,
        training,
        on_log,
        model=model,
        processing_class=tokenizer,
        args=Seq2SeqTrainingArguments(**usual_arguments(training)),
        data_collator=DataCollatorForSeq2Seq(tokenizer, model=model, label_pad_token_id=IGNORED),
        train_dataset=_dataset(training.train),
        eval_dataset=_dataset(training.validation),
    )


def make_reader(training: GeneratorTraining, on_log: OnLog, *, labels: Sequence[str]) -> Any:  # noqa: ANN401 - transformers'
    """The head is new, also where the base had one."""
    model, tokenizer = load_base(
        training.base,
        training.recipe,
        seed=training.seed,
        task="SEQ_CLS",
        config=head_config(labels),
    )
    return _started(
        Reader,
        training,
        on_log,
        model=model,
        processing_class=tokenizer,
        args=TrainingArguments(**usual_arguments(training)),
        data_collator=DataCollatorWithPadding(tokenizer),
        train_dataset=_labelled(training.train),
        eval_dataset=_labelled(training.validation),
    )


def head_config(labels: Sequence[str]) -> dict[str, Any]:
    """What the configuration of an encoder says of its labels."""
    return {
        "num_labels": len(labels),
        "id2label": dict(enumerate(labels)),
        "label2id": {label: number for number, label in enumerate(labels)},
        "problem_type": "single_label_classification",
        "ignore_mismatched_sizes": True,
    }


def _started(kind: type, training: GeneratorTraining, on_log: OnLog, **parts: object) -> Any:  # noqa: ANN401
    made: Any = kind(
        compute_loss_func=mean_loss,
        callbacks=[EarlyStoppingCallback(training.recipe.patience), LogTo(on_log)],
        **parts,
    )
    made.remove_callback(PrinterCallback)
    made.model_accepts_loss_kwargs = False  # the count is for `mean_loss`, not for the model
    return made


def mean_loss(
    outputs: Any,  # noqa: ANN401 - of any model
    labels: torch.Tensor,
    num_items_in_batch: torch.Tensor | int | None = None,
) -> torch.Tensor:
    """Over all that is learnt in a step, however many passes it has (transformers #35856)."""
    logits = outputs["logits"].float()  # (..., tokens or labels)
    summed = torch.nn.functional.cross_entropy(
        logits.flatten(0, -2), labels.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    counted = labels.ne(IGNORED).sum() if num_items_in_batch is None else num_items_in_batch
    return summed / counted


def _dataset(rows: Sequence[Encoded]) -> Dataset:
    read = [
        {
            "input_ids": list(row.input_ids[: row.prompt_tokens]),
            "labels": list(row.input_ids[row.prompt_tokens :]),
        }
        for row in rows
    ]
    return Dataset.from_list(read)


def _labelled(rows: Sequence[Encoded]) -> Dataset:
    read = [{"input_ids": list(r.input_ids[:-1]), "labels": r.input_ids[-1]} for r in rows]
    return Dataset.from_list(read)
