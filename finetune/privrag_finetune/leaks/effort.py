"""How much a privacy report asks of a model: all there is, or little where that takes hours."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effort:
    """Rows that the model reads, and tokens that it writes. As it stands: a full report's."""

    rows: int = 400
    """Of either side, for membership."""
    prefixes: int = 100
    """Rows of either side whose rest is asked for."""
    samples: int = 4
    """Drawn continuations of each."""
    fillings: int = 255
    """Other fillings that a canary is ranked among; 255 give at most 8 bits."""
    ranked: int = 32
    """Canaries that are ranked; all are audited."""
    people: int = 20
    """Pseudonyms of training rows whose names are asked for."""


FULL = Effort()
SHORT = Effort(rows=60, prefixes=24, samples=1, fillings=31, ranked=16, people=5)
"""Where a full report would take hours: Gemma 270M reads some 45 tokens in a CPU second."""
