"""Phone numbers, IBANs and other numbers that belong to nobody.

Phones come from the ranges that regulators reserve for film and television: Bundesnetzagentur
(Hamburg, Berlin, Frankfurt, Cologne, Munich, mobile) and Ofcom (London). IBANs have valid check
digits and bank codes from blocks that are not given out.
"""

import random
from datetime import date

DRAMA_PREFIXES = {
    "hamburg": ("40", "66969"),
    "berlin": ("30", "23125"),
    "frankfurt": ("69", "90009"),
    "cologne": ("221", "4710"),
    "munich": ("89", "99998"),
}
NOTATIONS = ("plain", "slash", "brackets", "international", "compact", "dashed")


def phone_notations(rng: random.Random, city: str, used: set[str]) -> dict[str, str]:
    """One invented number in every notation: `phone plain`, `phone slash`...

    >>> phone_notations(random.Random(1), "london", set())["phone plain"][:10]
    '020 7946 0'
    """
    while (forms := _draw(rng, city))["phone plain"] in used:
        pass
    used.add(forms["phone plain"])
    return forms


def _draw(rng: random.Random, city: str) -> dict[str, str]:
    tail = f"{rng.randrange(1000):03d}"
    if city == "london":
        return _named("020", "7946 0" + tail, country="44")
    if city == "mobile":
        return _named("0176", f"040690 {tail[:2]}", country="49")
    area, exchange = DRAMA_PREFIXES[city]
    return _named(f"0{area}", f"{exchange} {tail}", country="49")


def _named(area: str, local: str, *, country: str) -> dict[str, str]:
    forms = {
        "plain": f"{area} {local}",
        "slash": f"{area}/{local}",
        "brackets": f"({area}) {local}",
        "international": f"+{country} {area[1:]} {local}",
        "compact": f"+{country}{area[1:]}{local}".replace(" ", ""),
        "dashed": f"{area}-{local.replace(' ', '-')}",
    }
    return {f"phone {name}": form for name, form in forms.items()}


def iban(rng: random.Random, country: str) -> str:
    """A valid IBAN in groups of four, of an invented bank.

    >>> iban(random.Random(1), "DE")[:2]
    'DE'
    """
    bank, length = {"DE": ("9", 18), "AT": ("99", 16), "DK": ("99", 14)}[country]
    account = bank + "".join(str(rng.randrange(10)) for _ in range(length - len(bank)))
    digits = "".join(str(int(c, 36)) for c in f"{account}{country}00")
    text = f"{country}{98 - int(digits) % 97:02d}{account}"
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def money(amount: float, *, cents: bool = False) -> str:
    """`EUR 1,250` or `EUR 1,250.00`."""
    return f"EUR {amount:,.2f}" if cents else f"EUR {amount:,.0f}"


def day(when: date, *, style: str = "long") -> str:
    """`14 March 2026`, `14.03.2026` (style "dots") or `2026-03-14` (style "iso")."""
    if style == "dots":
        return f"{when:%d.%m.%Y}"
    return when.isoformat() if style == "iso" else f"{when.day} {when:%B %Y}"


def day_answers(when: date) -> list[str]:
    """The notations that count as the same day."""
    return [day(when), day(when, style="iso"), day(when, style="dots"), f"{when.day} {when:%B}"]
