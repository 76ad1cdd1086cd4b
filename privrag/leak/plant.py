"""Write documents about people who do not exist, each value found nowhere else."""

import random
import secrets
from collections.abc import Iterator
from pathlib import Path

from privrag.canary import Canary
from privrag.errors import SettingsError

_ONSETS = (
    "b",
    "br",
    "d",
    "dr",
    "f",
    "g",
    "gl",
    "k",
    "l",
    "m",
    "n",
    "p",
    "r",
    "s",
    "st",
    "t",
    "v",
    "z",
)
_VOWELS = ("a", "e", "i", "o", "u", "ei", "au")
_CODAS = ("", "l", "n", "r", "s", "ld", "nn", "rk")
_STREETS = ("Street", "Road", "Lane", "Avenue")
_IBAN_COUNTRY = "131400"
"""`DE00` as digits: D is 13, E is 14."""


def plant(folder: Path, count: int) -> Iterator[Canary]:
    """Write `count` documents into the folder, and give each value as it is written.

    Raises SettingsError where that cannot be done.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for _ in range(count):
            path = folder / f"note-{secrets.token_hex(6)}.txt"
            values = invented_identity()
            path.write_text(_letter(values), encoding="utf-8")
            uri = path.absolute().as_uri()
            yield from (Canary(label, value, uri) for label, value in values.items())
    except OSError as error:
        raise SettingsError(
            f"nothing can be written into {str(folder)!r} ({error.strerror}); name another folder"
        ) from None


def invented_identity(draw: random.Random | None = None) -> dict[str, str]:
    """One value of each type for somebody who does not exist; without `draw` nobody repeats it."""
    draw = draw or random.SystemRandom()
    first, last = _word(draw, 2), _word(draw, 3)
    host = _word(draw, 3).lower()
    return {
        "PERSON": f"{first} {last}",
        "EMAIL": f"{first}.{last}@{host}.com".lower(),
        "PHONE": f"+49 30 {_digits(draw, 4)} {_digits(draw, 4)}",
        "IBAN": _iban(draw),
        "CARD": _card(draw),
        "ID": f"EMP-{_digits(draw, 6)}",
        "ADDRESS": f"{1 + draw.randrange(98)} {_word(draw, 2)} {draw.choice(_STREETS)}",
    }


def _letter(values: dict[str, str]) -> str:
    return (
        f"Staff record\n\nEmployee: {values['PERSON']}\nStaff number: {values['ID']}\n"
        f"E-mail: {values['EMAIL']}\nPhone: {values['PHONE']}\nAddress: {values['ADDRESS']}\n\n"
        f"Mr. {values['PERSON']} asked that the salary be paid to IBAN {values['IBAN']} from next "
        f"month on. Travel is charged to the card {values['CARD']}.\n"
    )


def _word(draw: random.Random, syllables: int) -> str:
    parts = (draw.choice(_ONSETS) + draw.choice(_VOWELS) for _ in range(syllables))
    return ("".join(parts) + draw.choice(_CODAS)).capitalize()


def _digits(draw: random.Random, count: int) -> str:
    return str(1 + draw.randrange(9)) + "".join(str(draw.randrange(10)) for _ in range(count - 1))


def _iban(draw: random.Random) -> str:
    account = _digits(draw, 18)
    check = 98 - int(account + _IBAN_COUNTRY) % 97
    compact = f"DE{check:02d}{account}"
    return " ".join(compact[i : i + 4] for i in range(0, len(compact), 4))


def _card(draw: random.Random) -> str:
    body = "4" + _digits(draw, 14)
    doubled = (int(d) * (2 - place % 2) for place, d in enumerate(reversed(body)))
    check = -sum(n // 10 + n % 10 for n in doubled) % 10
    number = body + str(check)
    return " ".join(number[i : i + 4] for i in range(0, 16, 4))
