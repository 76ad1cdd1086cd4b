"""The people of the firm: drawn from the pools, with every form in which a name is written."""

import random
from dataclasses import dataclass, field
from itertools import product

from firm.marks import mark, plain
from firm.name_pools import POOLS

_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist. The properties give marked forms for use in prose."""

    id: str
    first_name: str
    surname: str
    woman: bool
    domain: str
    email_style: str = "first.last"
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.surname}"

    def _mark(self, surface: str) -> str:
        return mark("PERSON", self.id, surface)

    @property
    def full(self) -> str:
        return self._mark(self.full_name)

    @property
    def first(self) -> str:
        return self._mark(self.first_name)

    @property
    def last(self) -> str:
        return self._mark(self.surname)

    @property
    def titled(self) -> str:
        """`Ms Okonjobi`; the title is not part of the name."""
        return f"{'Ms' if self.woman else 'Mr'} {self.last}"

    @property
    def listed(self) -> str:
        """`Okonjobi, Adaeze`, as registers have it."""
        return self._mark(f"{self.surname}, {self.first_name}")

    @property
    def short(self) -> str:
        """`A. Okonjobi`."""
        return self._mark(f"{self.first_name[0]}. {self.surname}")

    @property
    def caps(self) -> str:
        return self._mark(self.full_name.upper())

    @property
    def caps_last(self) -> str:
        """`Adaeze OKONJOBI`, as forms and French letters have it."""
        return self._mark(f"{self.first_name} {self.surname.upper()}")

    @property
    def they(self) -> str:
        return "she" if self.woman else "he"

    @property
    def their(self) -> str:
        return "her" if self.woman else "his"

    @property
    def email_address(self) -> str:
        first, last = (_mailbox(name) for name in (self.first_name, self.surname))
        local = {"first.last": f"{first}.{last}", "f.last": f"{first[0]}.{last}", "last": last}
        return f"{local[self.email_style]}@{self.domain}"

    @property
    def email(self) -> str:
        return mark("EMAIL", f"email-{self.id}", self.email_address)

    def phone(self, notation: str = "plain") -> str:
        """The direct line in one of the notations of `firm.numbers`."""
        return mark("PHONE", f"phone-{self.id}", self.ids[f"phone {notation}"])

    def number(self, name: str) -> str:
        """A marked number that belongs to this person: staff number, customer number..."""
        return mark("ID", f"{name.replace(' ', '-')}-{self.id}", self.ids[name])


def _mailbox(name: str) -> str:
    name = plain(name.lower().translate(_UMLAUTS)).lower()
    return "".join(c for c in name.replace(" ", "-") if c.isascii() and (c.isalnum() or c == "-"))


def draw_names(rng: random.Random, count: int, *, seed: int) -> list[tuple[str, str, bool]]:
    """Distinct people as (first name, surname, woman), the cultures in turn, shuffled.

    No surname and no first name occurs twice: a surname alone always means one person. Seeds that
    differ modulo 7 have nobody in common: each uses its own seventh of all the pairs.
    """
    cultures = [*POOLS, "german", "german", "hyphen"]
    order = [cultures[i % len(cultures)] for i in range(count)]
    rng.shuffle(order)
    taken: set[str] = set()
    drawn = []
    for i, culture in enumerate(order):
        woman = i % 2 == 0
        pool = POOLS["german" if culture == "hyphen" else culture]
        firsts, lasts = (pool.women if woman else pool.men).split(), pool.surnames.split()
        free = [
            (first, last)
            for (m, first), (n, last) in product(enumerate(firsts), enumerate(lasts))
            if (m + n - seed) % 7 == 0 and not {first, last} & taken
        ]
        first, last = rng.choice(free)
        taken |= {first, last}
        if culture == "hyphen":
            seconds = POOLS[rng.choice(["danish", "indian"])].surnames.split()
            second = rng.choice([name for name in seconds if name not in taken])
            taken.add(second)
            last = f"{last}-{second}"
        drawn.append((first.replace("_", " "), last.replace("_", " "), woman))
    return drawn
