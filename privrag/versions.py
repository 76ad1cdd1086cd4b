"""Trained models as a home remembers them: what each learnt from and what it was measured at."""

from pydantic import BaseModel, ConfigDict, model_validator

from privrag.gate.bootstrap import LEAST_CASES
from privrag.generate.tuning import Tuning
from privrag.releases import Kind

GAIN = "answer_f1"
"""The figure of a generator whose gain must be above 0 for sure."""
GAIN_BESIDE = "answer_f1_beside"
"""The same over the tuned generator that served when it was measured, where one did."""


class Stored(BaseModel):
    """Kept in `models/registry.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Gate(Stored):
    """A figure without the model and with it, over the questions kept for testing.

    nDCG@10 for what ranks.
    """

    questions: int
    documents: int
    """They are drawn as wholes for the interval: questions to one document are alike."""
    without: float
    with_it: float
    difference: float
    ci95: tuple[float, float]

    @property
    def passed(self) -> bool:
        """Whether the whole interval lies above 0, and enough was measured for one to say so."""
        return self.is_wide_enough and self.ci95[0] > 0

    @property
    def is_wide_enough(self) -> bool:
        """Whether it was measured on so many documents, and questions, that an interval counts."""
        return min(self.questions, self.documents) >= LEAST_CASES

    @property
    def measured_on(self) -> str:
        """In words, with what is asked for where it is too little."""
        what = f"{self.questions} questions about {self.documents} documents"
        return what if self.is_wide_enough else f"{what}, at least {LEAST_CASES} of each are needed"


class Check(Stored):
    """Something that must hold beside the figures, e.g. that an adapter changes the answers."""

    name: str
    passed: bool
    """Also where it was not `asked`: what cannot be asked here does not stand in the way."""
    detail: str
    """One sentence with the figures behind it; no text of documents or answers."""
    asked: bool = True

    @property
    def state(self) -> str:
        """In words."""
        return "not asked" if not self.asked else "passed" if self.passed else "FAILED"


class Weights(Stored):
    """How the legs are fused; see `RetrieveSettings`."""

    dense_weight: float
    sparse_weight: float
    id_weight: float
    exact_weight: float


class ModelVersion(Stored):
    """A trained model. Its folder is `models/KIND/NAME` of the home; weights alone have none."""

    kind: Kind
    name: str
    created: str
    """UTC, ISO 8601."""
    data: str
    """The data set it learnt from."""
    data_sha256: str
    base: str
    """The embedding model that it was trained from; of a generator the base model's folder."""
    seed: int
    examples: int
    pairs: int
    seconds: float
    correction: float | None = None
    """Of a reranker: what its logit is multiplied by before it is added to the retrieval score."""
    weights: Weights | None = None
    """Of fusion, chosen on validation; None leaves those of the settings."""
    sha256: str = ""
    """Of an embedder's weights."""
    beside: dict[Kind, str] = {}
    """What served when it was measured."""
    gate: Gate | None = None
    """Of what ranks."""
    figures: dict[str, Gate] = {}
    """Of a generator, by name: `answer_f1`, `citation_precision`, `abstention` (higher is better),
    `wrongly_refused` (lower is). Only the gains of `GAIN` and, where a tuned generator served, of
    `GAIN_BESIDE` are judged here, the others by `checks`."""
    checks: tuple[Check, ...] = ()
    tuning: Tuning | None = None
    """Of a generator: what it was tuned from."""

    @model_validator(mode="after")
    def _is_whole(self) -> "ModelVersion":
        if self.kind == "generator" and (self.tuning is None or not self.checks):
            raise ValueError("a generator has a tuning and checks")
        if self.kind != "generator" and self.gate is None:
            raise ValueError(f"a version of kind {self.kind} has a gate")
        return self

    @property
    def refusal(self) -> str | None:
        """Why it must not serve, in one clause with the figures; None if it may."""
        failed = next((check for check in self.checks if not check.passed), None)
        if failed is not None:
            return f"the check {failed.name!r} failed: {failed.detail}"
        return next(filter(None, (_shortfall(name, gain) for name, gain in self._gains())), None)

    def _gains(self) -> list[tuple[str, Gate | None]]:
        """What must be above 0, in words, and what was found."""
        if self.gate is not None:
            return [("nDCG@10", self.gate)]
        found: list[tuple[str, Gate | None]] = [(GAIN, self.figures.get(GAIN))]
        if served := self.beside.get("generator"):
            found.append((f"{GAIN} over {served}", self.figures.get(GAIN_BESIDE)))
        return found


def _shortfall(name: str, gain: Gate | None) -> str | None:
    if gain is None:
        return f"its {name} was not measured"
    if not gain.is_wide_enough:
        return f"its {name} was measured on {gain.measured_on}: make a larger data set"
    if not gain.passed:
        low, high = gain.ci95
        return (
            f"its gain of {gain.difference:+.3f} {name} [{low:+.3f}, {high:+.3f}] is not above "
            "0 for sure; train with more questions"
        )
    return None
