"""Round ticks around the values of a plot, and where a value stands between them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

_TICKS = 5
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Axis:
    """A span of values with its ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Per cent of the width; what lies outside stands at the edge."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def named(self) -> list[tuple[float, str]]:
        """(per cent, text) of each tick."""
        digits = max(0, -math.floor(math.log10(self.ticks[1] - self.ticks[0])))
        exact = any(round(tick, digits) != round(tick, digits + 1) for tick in self.ticks)
        return [(self.at(tick), f"{tick:,.{digits + exact}f}") for tick in self.ticks]


def axis_over(values: Sequence[float], *, within: tuple[float, float] | None = None) -> Axis:
    """Round ticks around the values; `within` are limits that no axis needs to leave."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = (high - low) * 0.08 or max(abs(high) * 0.1, 0.01)
    low, high = low - room, high + room
    if within is not None:
        low, high = max(low, within[0]), min(high, within[1])
    if high <= low:
        low, high = low - 0.01, high + 0.01
    step = _step((high - low) / _TICKS)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(n * step, 10) for n in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)


def _step(least: float) -> float:
    """The round number not below: 1, 2, 2.5 or 5 times a power of ten."""
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(float(step * power) for step in _STEPS if step * power >= least * (1 - 1e-9))
