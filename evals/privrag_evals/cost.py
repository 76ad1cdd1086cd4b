"""What a question costs: tokens, seconds, and money where somebody said what these cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prices:
    """In whatever money; None is unknown."""

    per_1000_tokens: float | None = None
    per_hour: float | None = None
    """Of the machine, used for one question after the other."""


def cost_of(
    tokens: float | None, milliseconds: float | None, prices: Prices
) -> dict[str, float | None]:
    """Of one question; no money unless every amount that has a price is known."""
    seconds = None if milliseconds is None else milliseconds / 1000
    parts = [(prices.per_1000_tokens, tokens, 1000), (prices.per_hour, seconds, 3600)]
    priced = [(price, amount, unit) for price, amount, unit in parts if price is not None]
    money = None
    if priced and all(amount is not None for _, amount, _ in priced):
        money = sum(price * (amount or 0.0) / unit for price, amount, unit in priced)
    return {"tokens": tokens, "seconds": seconds, "money": money}
