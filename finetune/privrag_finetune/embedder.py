"""Tune an embedder on questions and the passages that answer them.

In-batch negatives (Henderson et al., arXiv 1705.00652): a question shall be closer to its passage
than to those of the other questions in the batch, and than to its hard negatives, passages of the
same group that retrieval ranks high and that do not answer it.
"""

import random
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privrag.tuning import Example, Trained
from privrag_finetune.checkpoints import SafeCheckpoints, last_checkpoint
from privrag_finetune.machine import computes_in_bf16, device, quiet
from privrag_finetune.recipe import EmbedderRecipe, read_recipe
from privrag_finetune.validation import Validation, training_arguments

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_ENCODED_AT_ONCE = 64


def train_embedder(
    train: Sequence[Example],
    validation: Sequence[Example],
    *,
    base: Path,
    out: Path,
    recipe: Path | None = None,
    max_tokens: int = 256,
    seed: int = 12,
) -> Trained:
    """See `privrag.tuning.Trainer`. Batches hold no question and no passage twice."""
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.sampler import BatchSamplers
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
    from sentence_transformers.sentence_transformer.trainer import SentenceTransformerTrainer
    from sentence_transformers.sentence_transformer.training_args import (
        SentenceTransformerTrainingArguments,
    )
    from transformers import EarlyStoppingCallback, PrinterCallback

    class Trainer(SafeCheckpoints, SentenceTransformerTrainer):
        pass

    settings = read_recipe(EmbedderRecipe, "embedder", recipe)
    rows = rows_of(train, hard_negatives=settings.hard_negatives, seed=seed)
    model = SentenceTransformer(str(base), device=device(), local_files_only=True)
    model.max_seq_length = max_tokens
    asked = Validation(validation, lambda examples: logits_of(model, examples, settings.scale))
    start, before = time.perf_counter(), asked.figures()
    work = out.with_name(out.name + ".work")
    trainer = Trainer(
        model=model,
        args=SentenceTransformerTrainingArguments(
            **training_arguments(settings, rows=len(rows), work=str(work), seed=seed),
            batch_sampler=BatchSamplers.NO_DUPLICATES,
            bf16=computes_in_bf16(settings.precision),
            use_cpu=device() == "cpu",
        ),
        train_dataset=Dataset.from_list(rows),
        loss=MultipleNegativesRankingLoss(model, scale=settings.scale),
        evaluator=asked.evaluator(),
        callbacks=[EarlyStoppingCallback(early_stopping_patience=settings.patience)],
    )
    trainer.remove_callback(PrinterCallback)
    with quiet():
        trainer.train(resume_from_checkpoint=last_checkpoint(work))
    after = asked.figures()
    model.save(str(out), create_model_card=False)
    shutil.rmtree(work, ignore_errors=True)
    return Trained(
        kind="embedder",
        folder=out,
        examples=len(train),
        pairs=len(rows) * trainer.state.num_train_epochs,
        steps=trainer.state.global_step,
        seconds=time.perf_counter() - start,
        loss_start=before["validation_loss"],
        loss=after["validation_loss"],
        ndcg_start=before["ndcg_at_10"],
        ndcg=after["ndcg_at_10"],
        recipe=settings.model_dump(),
    )


def rows_of(examples: Sequence[Example], *, hard_negatives: int, seed: int) -> list[dict[str, str]]:
    """A row for each passage that answers a question, with other passages of its group.

    Hard negatives are drawn from the highest ranked ones that do not answer; an example with too
    few of them gives none of its rows.
    """
    drawn = random.Random(seed)  # noqa: S311 - a repeatable draw
    rows = []
    for example in examples:
        ranked = sorted(example.candidates, key=lambda c: -c.score)
        others = [c.text for c in ranked if c.gain <= 0][: _POOL * max(1, hard_negatives)]
        if len(others) < hard_negatives:
            continue
        for candidate in example.candidates:
            if candidate.gain > 0:
                hard = drawn.sample(others, hard_negatives)
                named = {f"negative_{n}": text for n, text in enumerate(hard)}
                rows.append({"anchor": example.question, "positive": candidate.text, **named})
    return rows


_POOL = 10
"""Hard negatives are drawn from ten times as many: the very first are often unjudged answers."""


def logits_of(
    model: "SentenceTransformer", examples: Sequence[Example], scale: float
) -> list[list[float]]:
    """Scaled cosines of each question with its candidates."""
    texts = list(dict.fromkeys(c.text for e in examples for c in e.candidates))
    at = {text: number for number, text in enumerate(texts)}
    passages = _encoded(model, texts)  # (passages, dimensions)
    questions = _encoded(model, [e.question for e in examples])  # (examples, dimensions)
    return [
        (scale * passages[[at[c.text] for c in example.candidates]] @ question).tolist()
        for example, question in zip(examples, questions, strict=True)
    ]


def _encoded(model: "SentenceTransformer", texts: Sequence[str]) -> Any:  # noqa: ANN401 - an array
    return model.encode(
        list(texts),
        batch_size=_ENCODED_AT_ONCE,
        normalize_embeddings=True,
        show_progress_bar=False,
    )
