"""How a model in training ranks the passages of questions that it does not learn from."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from privrag.gate.ranking import mean_ndcg_at_10
from privrag.tuning import Example
from privrag_finetune.recipe import Recipe

if TYPE_CHECKING:
    from sentence_transformers.base.evaluation import BaseEvaluator

Scorer = Callable[[Sequence[Example]], list[list[float]]]
"""Gives each candidate of each example its logit, higher is better."""

BEST = "eval_ndcg_at_10"
"""What decides which step is kept."""


class Validation:
    """Questions kept from training, and how the model in training ranks their passages."""

    def __init__(self, examples: Sequence[Example], scorer: Scorer) -> None:
        self._examples = examples
        self._scorer = scorer

    def figures(self) -> dict[str, float]:
        """`ndcg_at_10` and `validation_loss` now."""
        logits = self._scorer(self._examples)
        return {
            "ndcg_at_10": ndcg_at_10(self._examples, logits),
            "validation_loss": listwise_loss(self._examples, logits),
        }

    def evaluator(self) -> "BaseEvaluator":
        """The same as sentence-transformers' trainers ask for it."""
        from sentence_transformers.base.evaluation import BaseEvaluator

        validation = self

        class Evaluator(BaseEvaluator):
            def __call__(self, *_: object, **__: object) -> dict[str, float]:
                return validation.figures()

        return Evaluator()  # type: ignore[no-untyped-call]


def ndcg_at_10(examples: Sequence[Example], scores: Sequence[Sequence[float]]) -> float:
    """The mean over the examples; 0 without any."""
    ranked = [
        [example.candidates[n].id for n in sorted(range(len(some)), key=lambda n: -some[n])]
        for example, some in zip(examples, scores, strict=True)
    ]
    return mean_ndcg_at_10(ranked, [e.gains for e in examples])


def listwise_loss(examples: Sequence[Example], logits: Sequence[Sequence[float]]) -> float:
    """Mean of -log of the softmax's share on what answers the question (Cao et al., ICML 2007).

    Examples without a passage that answers are left out; none at all gives 0.
    """
    losses = []
    for example, some in zip(examples, logits, strict=True):
        right = [x for x, c in zip(some, example.candidates, strict=True) if c.gain > 0]
        if right:
            losses.append(_log_sum_exp(some) - _log_sum_exp(right))
    return sum(losses) / max(1, len(losses))


def training_arguments(recipe: Recipe, *, rows: int, work: str, seed: int) -> dict[str, Any]:
    """The arguments that both trainings give the library's trainer.

    Validation is asked some times an epoch, the step with the best nDCG@10 is loaded at the end.
    """
    each = max(1, rows // recipe.batch_size // recipe.evaluations)
    return {
        "output_dir": work,
        "num_train_epochs": recipe.epochs,
        "per_device_train_batch_size": recipe.batch_size,
        "learning_rate": recipe.learning_rate,
        "warmup_steps": recipe.warmup,
        "seed": seed,
        "eval_strategy": "steps",
        "eval_steps": each,
        "save_strategy": "steps",
        "save_steps": each,
        "save_total_limit": 2,
        "load_best_model_at_end": True,
        "metric_for_best_model": BEST,
        "greater_is_better": True,
        "report_to": "none",
        "logging_steps": each,
        "logging_nan_inf_filter": False,
        "disable_tqdm": True,
    }


def _log_sum_exp(values: Sequence[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(v - top) for v in values))
