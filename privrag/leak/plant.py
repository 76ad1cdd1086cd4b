"""Write documents about people who do not exist, each value found nowhere else."""

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
            values = _identity()
            path.write_text(_letter(values), encoding="utf-8")
            uri = path.absolute().as_uri()
            yield from (Canary(label, value, uri) for label, value in values.items())
    except OSError as error:
        raise SettingsError(
            f"nothing can be written into {str(folder)!r} ({error.strerror}); name another folder"
        ) from None


def _identity() -> dict[str, str]:
    first, last = _word(2), _word(3)
    host = _word(3).lower()
    return {
        "PERSON": f"{first} {last}",
        "EMAIL": f"{first}.{last}@{host}.com".lower(),
        "PHONE": f"+49 30 {_digits(4)} {_digits(4)}",
        "IBAN": _iban(),
        "CARD": _card(),
        "ID": f"EMP-{_digits(6)}",
        "ADDRESS": f"{1 + secrets.randbelow(98)} {_word(2)} {secrets.choice(_STREETS)}",
    }


def _letter(values: dict[str, str]) -> str:
    return (
        f"Staff record\n\nEmployee: {values['PERSON']}\nStaff number: {values['ID']}\n"
        f"E-mail: {values['EMAIL']}\nPhone: {values['PHONE']}\nAddress: {values['ADDRESS']}\n\n"
        f"Mr. {values['PERSON']} asked that the salary be paid to IBAN {values['IBAN']} from next "
        f"month on. Travel is charged to the card {values['CARD']}.\n"
    )


def _word(syllables: int) -> str:
    parts = (secrets.choice(_ONSETS) + secrets.choice(_VOWELS) for _ in range(syllables))
    return ("".join(parts) + secrets.choice(_CODAS)).capitalize()


def _digits(count: int) -> str:
    return str(1 + secrets.randbelow(9)) + "".join(
        str(secrets.randbelow(10)) for _ in range(count - 1)
    )


def _iban() -> str:
    account = _digits(18)
    check = 98 - int(account + _IBAN_COUNTRY) % 97
    compact = f"DE{check:02d}{account}"
    return " ".join(compact[i : i + 4] for i in range(0, len(compact), 4))


def _card() -> str:
    body = "4" + _digits(14)
    doubled = (int(d) * (2 - place % 2) for place, d in enumerate(reversed(body)))
    check = -sum(n // 10 + n % 10 for n in doubled) % 10
    number = body + str(check)
    return " ".join(number[i : i + 4] for i in range(0, 16, 4))
