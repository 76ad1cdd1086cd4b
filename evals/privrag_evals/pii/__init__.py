"""How well identities are found: against texts in which people marked them."""

from privrag_evals.pii.data import FORMATS, Gold, GoldSpan, read_gold
from privrag_evals.pii.evaluate import Predicted, PredictedSpan, evaluate
from privrag_evals.pii.predict import predict

__all__ = [
    "FORMATS",
    "Gold",
    "GoldSpan",
    "Predicted",
    "PredictedSpan",
    "evaluate",
    "predict",
    "read_gold",
]
