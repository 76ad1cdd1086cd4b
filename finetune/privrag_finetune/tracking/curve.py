"""`curve.svg`: loss in training and on validation over the steps, and how far they are apart.

Drawn by hand like the other plots of this project: nothing is loaded, colours follow the reader's
screen, and the figures stand in words for whoever cannot see it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from privrag.axis import Axis, axis_over
from privrag_finetune.questions.store import write_whole
from privrag_finetune.tracking import events
from privrag_finetune.tracking.events import Event, read_events

FILE = "curve.svg"
_WIDTH, _HEIGHT = 720, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 64, 44
_STYLE = """
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5b6875; --grid: #dfe4ea;
  --training: #2f6fb2; --validation: #b3541e; --paper: #fff }
@media (prefers-color-scheme: dark) { :root { --ink: #e8edf2; --soft: #9fadba; --grid: #2c3742;
  --training: #7fb3e8; --validation: #f0a06c; --paper: #141a21 } }
text { font: 13px system-ui, sans-serif; fill: var(--soft) }
.title { font-weight: 600; font-size: 15px; fill: var(--ink) }
.grid { stroke: var(--grid) } .best { stroke: var(--soft); stroke-dasharray: 3 3 }
.training { stroke: var(--training) } .validation { stroke: var(--validation) }
polyline { fill: none; stroke-width: 2 } circle.validation { fill: var(--paper); stroke-width: 2 }
"""


@dataclass(frozen=True, slots=True)
class Curve:
    """Losses by step."""

    training: tuple[tuple[int, float], ...]
    validation: tuple[tuple[int, float], ...]

    @property
    def best(self) -> tuple[int, float] | None:
        """The step with the lowest validation loss."""
        return min(self.validation, key=lambda point: point[1], default=None)

    def gap(self, step: int) -> float | None:
        """Validation loss at this step less the mean training loss since validation before it."""
        before = max((s for s, _ in self.validation if s < step), default=0)
        since = [loss for s, loss in self.training if before < s <= step]
        at = dict(self.validation).get(step)
        return None if at is None or not since else at - sum(since) / len(since)


def curve_of(found: Sequence[Event]) -> Curve:
    """The losses among these events.

    Where steps begin again, after a kill, what was reported of them and of later ones is void.
    """
    valid: list[Event] = []
    for event in found:
        if valid and event.step < valid[-1].step:
            valid = [one for one in valid if one.step < event.step]
        valid.append(event)
    training = {e.step: e.loss for e in valid if e.loss is not None}
    validation = {e.step: e.validation_loss for e in valid if e.validation_loss is not None}
    return Curve(tuple(sorted(training.items())), tuple(sorted(validation.items())))


def write_curve(folder: Path, *, title: str, alike: bool = True) -> None:
    """Draw the events of a model's folder into it, where a loss was reported.

    `alike`: both losses measure the same, so that their difference says something.
    """
    curve = curve_of(read_events(folder / events.FILE))
    if curve.training or curve.validation:
        write_whole(folder / FILE, drawn(curve, title=title, alike=alike).encode())


def in_words(curve: Curve, *, alike: bool = True) -> str:
    """The figures of the plot in a line: the best step, the last one, and their gaps."""
    best = curve.best
    if best is None:
        (step, loss) = curve.training[-1]
        return f"training loss {loss:.3f} at step {step}; validation was not asked"
    last = curve.validation[-1]
    said = [f"lowest validation loss {best[1]:.3f} at step {best[0]}"]
    if last != best:
        said.append(f"{last[1]:.3f} at the last, step {last[0]}")
    for name, (step, _) in {"there": best, "at the last": last}.items():
        gap = curve.gap(step) if alike else None
        if gap is not None and (name == "there" or last != best):
            said.append(f"gap to training {gap:+.3f} {name}")
    if not alike:
        said.append("the two losses measure different things: their gap says nothing")
    return "; ".join(said)


def drawn(curve: Curve, *, title: str, alike: bool = True) -> str:
    """The whole SVG."""
    across = axis_over([0.0, *(float(s) for s, _ in (*curve.training, *curve.validation))],
                       within=(0.0, float("inf")))  # fmt: skip
    up = axis_over([loss for _, loss in (*curve.training, *curve.validation)])
    words = in_words(curve, alike=alike)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-labelledby="t d"><title id="t">{escape(title)}</title>'
        f'<desc id="d">{escape(words)}</desc><style>{_STYLE}</style>',
        f'<text class="title" x="{_LEFT}" y="22">{escape(title)}</text>',
        f'<text x="{_LEFT}" y="42">{escape(words)}</text>',
        *_ticks(across, up),
    ]
    if curve.best is not None:
        x = _x(across, curve.best[0])
        parts.append(f'<line class="best" x1="{x}" x2="{x}" y1="{_TOP}" y2="{_floor()}"/>')
    for name, points in (("training", curve.training), ("validation", curve.validation)):
        placed = [(_x(across, step), _y(up, loss)) for step, loss in points]
        parts += _line(name, placed)
    parts.append(f'<text x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 8}" text-anchor="end">step</text>')
    return "\n".join([*parts, "</svg>\n"])


def _ticks(across: Axis, up: Axis) -> list[str]:
    lines = []
    for at, text in up.named():
        y = round(_floor() - at / 100 * (_floor() - _TOP), 1)
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
        lines.append(f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{text}</text>')
    for at, text in across.named():
        x = round(_LEFT + at / 100 * (_WIDTH - _RIGHT - _LEFT), 1)
        lines.append(f'<text x="{x}" y="{_floor() + 18}" text-anchor="middle">{text}</text>')
    return lines


def _line(name: str, placed: Sequence[tuple[float, float]]) -> list[str]:
    if not placed:
        return []
    points = " ".join(f"{x},{y}" for x, y in placed)
    (x, y) = placed[-1]
    marks = [f'<circle class="{name}" cx="{x}" cy="{y}" r="4"/>' for x, y in placed]
    label = f'<text x="{x - 6}" y="{max(_TOP, y) - 8}" text-anchor="end">{name}</text>'
    own = marks if name == "validation" else []
    return [f'<polyline class="{name}" points="{points}"/>', *own, label]


def _x(axis: Axis, step: int) -> float:
    return round(_LEFT + axis.at(step) / 100 * (_WIDTH - _RIGHT - _LEFT), 1)


def _y(axis: Axis, loss: float) -> float:
    return round(_floor() - axis.at(loss) / 100 * (_floor() - _TOP), 1)


def _floor() -> int:
    return _HEIGHT - _BOTTOM
