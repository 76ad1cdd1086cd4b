"""Where marks stand on a plot, in per cent of its width.

Plots are SVG with coordinates in per cent inside rows of HTML: text keeps its size on a telephone
and on paper, and no plotting library is needed.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from privrag.axis import Axis, axis_over

_DIFFERENCES = "Right of the line the first named is better, left of it the second."
_TIMES = "Dot: the median. Line: up to the 95th percentile. Without the first question."


@dataclass(frozen=True, slots=True)
class Mark:
    """A value with its interval, placed."""

    label: str
    means: str
    text: str
    at: float
    low: float
    high: float
    cases: int | None = None
    state: str = ""
    """`better`, `worse`, `undecided` or nothing."""


@dataclass(frozen=True, slots=True)
class Plot:
    """Rows of marks over one axis."""

    title: str
    marks: tuple[Mark, ...]
    ticks: tuple[tuple[float, str], ...]
    note: str = ""
    zero: float | None = None
    """Where the line of no difference stands."""


@dataclass(frozen=True, slots=True)
class Row:
    """A value to be plotted with its interval."""

    label: str
    value: float
    ci95: Sequence[float]
    means: str = ""
    verdict: str = ""
    cases: int | None = None


def intervals(title: str, rows: Sequence[Row], *, whole: bool = False) -> Plot:
    """Shares with their intervals; `whole` shows all of 0 to 1."""
    ends = [end for row in rows for end in (row.value, *row.ci95)]
    axis = axis_over([0.0, 1.0] if whole else ends, within=(0.0, 1.0))
    texts = [f"{row.value:.3f} [{row.ci95[0]:.3f}, {row.ci95[1]:.3f}]" for row in rows]
    return Plot(title, _marks(rows, texts, axis), tuple(axis.named()))


def differences_plot(title: str, rows: Sequence[Row]) -> Plot:
    """Differences with their intervals and verdicts, and a line at 0."""
    axis = axis_over([0.0, *(end for row in rows for end in row.ci95)])
    texts = [f"{row.value:+.3f} [{row.ci95[0]:+.3f}, {row.ci95[1]:+.3f}]" for row in rows]
    return Plot(title, _marks(rows, texts, axis), tuple(axis.named()), _DIFFERENCES, axis.at(0.0))


def latency_plot(title: str, times: Mapping[str, tuple[float, float]]) -> Plot:
    """A dot at the median and a line to the 95th percentile, from 0 milliseconds."""
    rows = [Row(name, p50, (p50, p95)) for name, (p50, p95) in times.items()]
    axis = axis_over([0.0, *(p95 for _, p95 in times.values())], within=(0.0, math.inf))
    texts = [f"p50 {row.value:,.0f} ms, p95 {row.ci95[1]:,.0f} ms" for row in rows]
    return Plot(title, _marks(rows, texts, axis), tuple(axis.named()), _TIMES)


def _marks(rows: Sequence[Row], texts: Sequence[str], axis: Axis) -> tuple[Mark, ...]:
    return tuple(
        Mark(
            row.label,
            row.means,
            text,
            axis.at(row.value),
            axis.at(row.ci95[0]),
            axis.at(row.ci95[1]),
            row.cases,
            row.verdict,
        )
        for row, text in zip(rows, texts, strict=True)
    )
