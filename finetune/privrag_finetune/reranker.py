"""Tune a cross-encoder as a correction of the retrieval score.

It starts from the embedder's weights (or from any cross-encoder) and learns only what retrieval
does not know yet: the loss is ListNet's cross entropy (Cao et al., ICML 2007) over the *sum* of
retrieval score and logit, as boosting fits a residual. With little data the logits stay small and
the order stays that of retrieval.
"""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privrag.tuning import Candidate, Example, Trained
from privrag_finetune.checkpoints import SafeCheckpoints
from privrag_finetune.fit import Training, dataset_of, fit
from privrag_finetune.lengths import cut_of
from privrag_finetune.machine import device, quiet
from privrag_finetune.recipe import RerankerRecipe, read_recipe
from privrag_finetune.validation import Validation, listwise_loss

if TYPE_CHECKING:
    import torch
    from sentence_transformers import CrossEncoder

_SCALES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""What retrieval scores are multiplied by; the one that explains the training questions best."""
_SCORED_AT_ONCE = 64
_POOL = 4
"""Hard negatives are drawn from four times as many."""


def train_reranker(
    train: Sequence[Example],
    validation: Sequence[Example],
    *,
    base: Path,
    out: Path,
    recipe: Path | None = None,
    max_tokens: int = 256,
    seed: int = 12,
) -> Trained:
    """See `privrag.tuning.Trainer`; `scale` of what it gives weighs retrieval's score.

    A logit divided by the scale is added to the retrieval score.
    """
    settings = read_recipe(RerankerRecipe, "reranker", recipe)
    scale = min(_SCALES, key=lambda s: listwise_loss(train, _retrieval(train, s)))
    rows = rows_of(train, settings, scale=scale, seed=seed)
    dataset = dataset_of(rows)
    import torch
    from sentence_transformers import CrossEncoder
    from sentence_transformers.cross_encoder.trainer import CrossEncoderTrainer
    from sentence_transformers.cross_encoder.training_args import CrossEncoderTrainingArguments

    class Trainer(SafeCheckpoints, CrossEncoderTrainer):
        pass

    torch.manual_seed(seed)
    longest = min(max_tokens, settings.max_tokens)
    with quiet():
        model = CrossEncoder(
            str(base),
            num_labels=1,
            max_length=longest,
            device=device(),
            local_files_only=True,
        )
    kept = as_reranked(validation, settings, seed=seed)
    done = fit(
        Training(
            kind="reranker",
            recipe=settings,
            train=train,
            validation=kept,
            rows=rows,
            pairs=sum(len(row["passages"]) for row in rows),
            base=base,
            out=out,
            max_tokens=max_tokens,
            seed=seed,
            cut=cut_of(
                ((row["question"], text) for row in rows for text in row["passages"]),
                model.tokenizer,
                max_tokens=longest,
                together=True,
            ),
        ),
        model,
        dataset,
        loss=residual_loss(model),
        trainer=Trainer,
        arguments=CrossEncoderTrainingArguments,
        asked=Validation(kept, lambda examples: logits_of(model, examples, scale)),
        before=Validation(kept, lambda examples: _retrieval(examples, scale)),
    )
    return replace(done, scale=scale)


def rows_of(
    examples: Sequence[Example], recipe: RerankerRecipe, *, scale: float, seed: int
) -> list[dict[str, Any]]:
    """A row for each passage that answers: it, hard and random negatives, gains, scaled scores."""
    drawn = random.Random(seed)  # noqa: S311 - a repeatable draw
    rows: list[dict[str, Any]] = []
    for example in examples:
        ranked = sorted((c for c in example.candidates if c.gain <= 0), key=lambda c: -c.score)
        pool = ranked[: _POOL * max(1, recipe.hard_negatives)]
        rest = ranked[len(pool) :]
        for right in (c for c in example.candidates if c.gain > 0):
            some: list[Candidate] = [
                right,
                *drawn.sample(pool, min(recipe.hard_negatives, len(pool))),
                *drawn.sample(rest, min(recipe.random_negatives, len(rest))),
            ]
            if len(some) > 1:
                rows.append(
                    {
                        "question": example.question,
                        "passages": [c.text for c in some],
                        "label": [[float(c.gain > 0), scale * c.score] for c in some],
                    }
                )
    return rows


def as_reranked(examples: Sequence[Example], recipe: RerankerRecipe, *, seed: int) -> list[Example]:
    """Some of the examples with their highest ranked passages: a pass over all takes minutes.

    They are drawn: neighbours are often about one document. What retrieval ranks lower is never
    reranked; without an answer among the kept, none is found.
    """
    count = min(recipe.validation_questions, len(examples))
    drawn = random.Random(seed).sample(list(examples), count)  # noqa: S311 - a repeatable draw
    return [
        replace(
            example,
            candidates=tuple(
                sorted(example.candidates, key=lambda c: -c.score)[: recipe.validation_passages]
            ),
        )
        for example in drawn
    ]


def residual_loss(model: "CrossEncoder") -> "torch.nn.Module":
    """Cross entropy of the softmax over retrieval score plus logit; labels are (gain, score).

    It holds the model: the library's trainer steps the parameters of the loss.
    """
    import torch

    class ResidualListNet(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(
            self, inputs: list[list[str]], labels: list["torch.Tensor"], **_: object
        ) -> "torch.Tensor":
            questions, passages = inputs
            pairs = [(q, p) for q, some in zip(questions, passages, strict=True) for p in some]
            logits = self.model(self.model.preprocess(pairs))["scores"].view(-1).float()  # (pairs,)
            losses = []
            for part, label in zip(
                logits.split([len(label) for label in labels]), labels, strict=True
            ):
                known = label.to(part.device)  # (passages, 2)
                whole = part + known[:, 1]
                right = torch.where(known[:, 0] > 0, whole, torch.full_like(whole, -torch.inf))
                losses.append(whole.logsumexp(0) - right.logsumexp(0))
            return torch.stack(losses).mean()

    return ResidualListNet()


def logits_of(
    model: "CrossEncoder", examples: Sequence[Example], scale: float
) -> list[list[float]]:
    """Scaled retrieval score plus the model's logit, of each candidate."""
    import torch

    pairs = [(e.question, c.text) for e in examples for c in e.candidates]
    logits = model.predict(
        pairs,
        batch_size=_SCORED_AT_ONCE,
        activation_fn=torch.nn.Identity(),
        show_progress_bar=False,
    )
    own = iter(map(float, logits))
    return [[scale * c.score + next(own) for c in e.candidates] for e in examples]


def _retrieval(examples: Sequence[Example], scale: float) -> list[list[float]]:
    return [[scale * c.score for c in e.candidates] for e in examples]
