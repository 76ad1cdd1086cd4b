"""Tune an embedder on questions and the passages that answer them.

In-batch negatives (Henderson et al., arXiv 1705.00652): a question shall be closer to its passage
than to those of the other questions in the batch, and than to its hard negatives, passages of the
same group that retrieval ranks high and that do not answer it.
"""

import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privrag.tuning import Example, Trained
from privrag_finetune.checkpoints import SafeCheckpoints
from privrag_finetune.fit import Training, dataset_of, fit
from privrag_finetune.lengths import cut_of
from privrag_finetune.machine import device
from privrag_finetune.recipe import EmbedderRecipe, read_recipe
from privrag_finetune.validation import Validation

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
    settings = read_recipe(EmbedderRecipe, "embedder", recipe)
    rows = rows_of(train, hard_negatives=settings.hard_negatives, seed=seed)
    dataset = dataset_of(rows)
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.sampler import BatchSamplers
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
    from sentence_transformers.sentence_transformer.trainer import SentenceTransformerTrainer
    from sentence_transformers.sentence_transformer.training_args import (
        SentenceTransformerTrainingArguments,
    )

    class Trainer(SafeCheckpoints, SentenceTransformerTrainer):
        pass

    model = SentenceTransformer(str(base), device=device(), local_files_only=True)
    model.max_seq_length = max_tokens
    return fit(
        Training(
            kind="embedder",
            recipe=settings,
            train=train,
            validation=validation,
            rows=rows,
            pairs=len(rows),
            base=base,
            out=out,
            max_tokens=max_tokens,
            seed=seed,
            cut=cut_of(
                (
                    (row["anchor"], text)
                    for row in rows
                    for name, text in row.items()
                    if name != "anchor"
                ),
                model.tokenizer,
                max_tokens=max_tokens,
                together=False,
            ),
        ),
        model,
        dataset,
        loss=MultipleNegativesRankingLoss(model, scale=settings.scale),
        trainer=Trainer,
        arguments=partial(
            SentenceTransformerTrainingArguments, batch_sampler=BatchSamplers.NO_DUPLICATES
        ),
        asked=Validation(validation, lambda examples: logits_of(model, examples, settings.scale)),
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
