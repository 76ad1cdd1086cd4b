"""What a private training will cost, told before anything is spent: noise, steps, epsilon."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from privrag.errors import TrainingError
from privrag_finetune.dp.accountant import Mechanism, Spent, epsilon_spent

_EPOCHS_SHOWN = 8
_MOST_LOG_NOISE = 12.0
_FEW_UNITS = 500
_COSTS, _HURTS = 2e-3, 5e-3
"""Of noise / expected units of a step. At n = 10,000 and epsilon 8 it is 2.3e-3 with 256 units;
1,000 units at epsilon below 3 are over the second."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a private training will run; decided from numbers that are public: `units`, not rows."""

    unit: str
    """What is protected: `document` or `collection`: all its rows count as one."""
    units: int
    """What is drawn from: those that are protected, and canaries."""
    canaries: int
    """Units behind which nobody stands; they hide nobody."""
    rows_per_unit: int
    """So many rows of a drawn unit at most make up its gradient."""
    rate: float
    """The chance of each unit in each step."""
    steps: int
    clip: float
    """Longest gradient of a unit (Euclidean)."""
    noise: float
    """Standard deviation of the noise on the sum, in `clip`s; 0 is a run without privacy."""
    delta: float
    wanted: float
    """The epsilon that was asked for."""
    spent: Spent
    """What all the steps will have cost; never above `wanted` unless the noise was given."""
    by_epoch: Mapping[int, float]
    """Epsilon after these epochs, eight at most; an epoch is 1 / `rate` steps."""
    warnings: tuple[str, ...]
    seconds: float | None
    """Were every row as long as the longest, and every unit full: an upper bound that tells
    nothing of the rows. None where the seconds of a row are not known."""

    @property
    def protected(self) -> int:
        """Units without canaries."""
        return self.units - self.canaries

    @property
    def batch(self) -> float:
        """Units in a step, as expected; sums are divided by it, whoever was drawn."""
        return self.rate * self.units

    @property
    def effective_noise(self) -> float:
        """Standard deviation of the noise on the mean gradient, in `clip`s."""
        return self.noise / self.batch

    @property
    def mechanism(self) -> Mechanism:
        return Mechanism(self.noise, self.rate, self.steps)

    @property
    def is_broken(self) -> bool:
        """Whether it claims less than it costs: to see whether an audit finds that out."""
        return self.spent.epsilon > self.wanted

    def as_text(self) -> str:
        """For the person who decides whether to start."""
        seconds = "not measured" if self.seconds is None else f"at most about {self.seconds:,.0f} s"
        canaries = f" and {self.canaries} canaries" if self.canaries else ""
        lines = [
            f"unit              {self.unit}: {self.protected:,}{canaries}, at most "
            f"{self.rows_per_unit} rows of each in a step",
            f"sampling          Poisson, rate {self.rate:.4g}: {self.batch:.4g} units expected",
            f"steps             {self.steps:,}",
            f"noise multiplier  {self.noise:.4g} (clip {self.clip:g}), "
            f"{self.effective_noise:.2g} on the mean of a step",
            f"epsilon           {self.spent.epsilon:.3g} at delta {self.delta:.2g} "
            f"({self.spent.accountant}); after epoch "
            + ", ".join(f"{epoch}: {value:.3g}" for epoch, value in self.by_epoch.items()),
            f"time              {seconds}",
        ]
        return "\n".join([*lines, *(f"warning: {text}" for text in self.warnings)])


def plan_for(
    units: int,
    *,
    canaries: int = 0,
    epsilon: float,
    delta: float | None = None,
    epochs: float = 10,
    batch: float | None = None,
    rows_per_unit: int = 4,
    clip: float = 0.1,
    noise: float | None = None,
    unit: str = "document",
    contract_epsilon: float | None = None,
    seconds_per_row: float | None = None,
) -> Plan:
    """The least noise with which the training costs no more than `epsilon`. Spends nothing.

    `canaries` of the units protect nobody: delta and the least number go by the others.
    `delta` is capped at 1 / units (None: 1 / units^1.2). `batch` is the expected number of units
    in a step (None: 8 sqrt(units), at least 64, at most half of them). A clip that cuts nearly
    every gradient (0.1) gives noise the least weight, as in automatic clipping (arXiv 2206.07136).
    `noise` is for runs that are broken on purpose: then the plan may cost more than it claims, and
    says so. Raises TrainingError for what cannot be planned, or is above `contract_epsilon`.
    """
    protected = units - canaries
    _refuse(units, protected, epsilon, delta, epochs, batch, rows_per_unit, clip, noise)
    if contract_epsilon is not None:
        refuse_above(contract_epsilon, epsilon)
    expected = batch or min(units / 2, max(64.0, 8 * math.sqrt(units)))
    rate = min(1.0, expected / units)
    steps = max(1, round(epochs / rate))
    at = min(delta or protected**-1.2, 1 / protected)
    sigma = _least_noise(epsilon, at, rate, steps) if noise is None else noise
    spent = epsilon_spent([Mechanism(sigma, rate, steps)], at)
    last = math.ceil(epochs)
    shown = range(last, 0, -math.ceil(last / _EPOCHS_SHOWN))
    ends = {epoch: min(steps, round(epoch / rate)) for epoch in reversed(shown)}
    return Plan(
        unit=unit,
        units=units,
        canaries=canaries,
        rows_per_unit=rows_per_unit,
        rate=rate,
        steps=steps,
        clip=clip,
        noise=sigma,
        delta=at,
        wanted=epsilon,
        spent=spent,
        by_epoch={
            epoch: epsilon_spent([Mechanism(sigma, rate, end)], at).epsilon
            for epoch, end in ends.items()
        },
        warnings=tuple(_warnings(protected, epsilon, delta, sigma / (rate * units), spent)),
        seconds=seconds_per_row and seconds_per_row * steps * rate * units * rows_per_unit,
    )


def refuse_above(contract_epsilon: float, epsilon: float) -> None:
    """Raise TrainingError for an epsilon above the contract's."""
    if epsilon > contract_epsilon:
        raise TrainingError(
            f"epsilon {epsilon:g} is above the {contract_epsilon:g} that the contract allows; ask "
            f"for --epsilon {contract_epsilon:g} or less"
        )


def _refuse(
    units: int,
    protected: int,
    epsilon: float,
    delta: float | None,
    epochs: float,
    batch: float | None,
    rows_per_unit: int,
    clip: float,
    noise: float | None,
) -> None:
    if protected < 2:
        raise TrainingError(f"{protected} units cannot hide each other; privacy needs 2 or more")
    wrong = {
        "epsilon": not 0 < epsilon < math.inf,
        "delta": delta is not None and not 0 < delta < 1,
        "epochs": not 0 < epochs <= 1000,
        "the units of a step": batch is not None and not 0 < batch <= units,
        "rows_per_unit": rows_per_unit < 1,
        "clip": not 0 < clip < math.inf,
        "noise": noise is not None and not 0 <= noise < math.inf,
    }
    for name, is_wrong in wrong.items():
        if is_wrong:
            raise TrainingError(
                f"{name} is out of its range: epsilon, epochs and clip are above 0, delta is "
                f"between 0 and 1, noise is 0 or more, a step has at most the {units} units"
            )


def _least_noise(epsilon: float, delta: float, rate: float, steps: int) -> float:
    """To two parts in a thousand, from above; few questions to the accountant, which is slow."""

    def excess(log_noise: float) -> float:
        """Log of what it costs by what it may cost; close to a line."""
        spent = epsilon_spent([Mechanism(math.exp(log_noise), rate, steps)], delta).epsilon
        return math.log(max(spent, 1e-9) / epsilon)

    high = 0.0
    while (above := excess(high)) > 0:
        high += max(0.2, min(above, 2.0))
        if high > _MOST_LOG_NOISE:
            raise TrainingError(
                f"no noise keeps {steps} steps under epsilon {epsilon:g}; ask for more, or for "
                "fewer epochs"
            )
    low, below = high, above
    while (above := excess(low)) <= 0:
        high, below = low, above
        low -= max(0.2, min(-above, 2.0))
    while high - low > 2e-3:
        cut = low + (high - low) * above / (above - below)
        cut = min(max(cut + 5e-4, low + 1e-3), high - 1e-3)
        if (found := excess(cut)) > 0:
            low, above = cut, found
        else:
            high, below = cut, found
    return math.exp(high)


def _warnings(
    units: int, epsilon: float, delta: float | None, effective: float, spent: Spent
) -> list[str]:
    said = []
    if delta is not None and delta > 1 / units:
        said.append(
            f"delta {delta:g} would allow to publish somebody whole; 1/{units} is used instead"
        )
    if spent.accountant == "rdp" and spent.epsilon <= epsilon:
        said.append("epsilon is counted by RDP, the looser way: PRV does not work here")
    if spent.epsilon > epsilon:
        said.append(
            f"this run is broken on purpose: it claims epsilon {epsilon:g} and costs "
            f"{spent.epsilon:g}; its model must not be kept"
        )
    elif effective > _HURTS:
        said.append(
            f"the noise on a step's mean is {effective:.2g} of the longest gradient, for every "
            "weight: expect the model to learn little; more units, a larger batch or a larger "
            "epsilon help, in this order"
        )
    elif effective > _COSTS:
        said.append("the noise will cost some quality; a larger batch costs less")
    if units < _FEW_UNITS:
        said.append(f"{units} units are few: hiding one among them takes much noise")
    return said
