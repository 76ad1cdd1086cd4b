"""Who and what exists in the invented firm for one seed: people, partners, products, numbers."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from firm.marks import mark
from firm.numbers import iban, phone_notations
from firm.people import Person, draw_names

FIRM = "Varnsund Ladetechnik GmbH"
DOMAIN = "varnsund.example"

EMPLOYEES = (
    *("ceo", "cfo", "hr_head", "hr_officer", "sales_head", "sales_north", "sales_south"),
    *("key_account", "service_head", "dispatcher", "tech1", "tech2", "tech3", "tech4", "tech5"),
    *("it_head", "it_admin", "security", "legal_head", "dpo", "accounts", "payables"),
    *("controller", "facility_head", "reception", "quality_head", "rd_head", "engineer"),
    *("works_council", "safety", "apprentice"),
)
PARTNERS = {  # role: (city of the phone, kind of partner)
    "customer1": ("berlin", "customer"),
    "customer2": ("munich", "customer"),
    "customer3": ("frankfurt", "customer"),
    "customer4": ("cologne", "customer"),
    "customer5": ("london", "customer"),
    "supplier1": ("munich", "supplier"),
    "supplier2": ("cologne", "supplier"),
    "supplier3": ("berlin", "supplier"),
}
OUTSIDERS = {
    "lawyer": ("hamburg", "kanzlei-ostwall.example"),
    "auditor": ("frankfurt", "pruefwerk-nord.example"),
    "insurer": ("cologne", "alsterhorn-assekuranz.example"),
    "landlord": ("hamburg", "speicherhof-immobilien.example"),
    "inspector": ("berlin", "pruefstelle-brandschutz.example"),
    "applicant1": ("mobile", "postfach-eins.example"),
    "applicant2": ("mobile", "briefkasten.example"),
    "householder": ("mobile", "postfach-eins.example"),
    "consultant": ("munich", "lotsen-beratung.example"),
}
_STEMS = """
Brookvelt Ulmering Kastellan Terranova-Süd Wendelstrom Hafenrode Silbergrund Ostermoor Lindquell
Falkenrode Birkenweiler Tannhusen Meridianor Elbforst Kronwede Rabenholt Sternau Glasbeke Nordwiek
Auenthal Drosselheim Kupferau Windhagen-West Marschtal Eichbrunn
"""
_CUSTOMER_KINDS = ("Parking GmbH", "Hotels AG", "Stadtwerke GmbH", "Wohnbau eG", "Fleet Ltd")
_SUPPLIER_KINDS = ("Kabelwerk GmbH", "Elektronik GmbH", "Logistik GmbH")
_FAMILIES = "Pylora Kaskar Tessund Volmar Ampelio Lykta Strandvik Brisund Corvolt Heliand"


@dataclass(frozen=True, slots=True)
class Company:
    """A customer or supplier with its contact person and numbers (marked where identifying)."""

    name: str
    contact: Person
    number: str
    contract: str
    iban: str


@dataclass(frozen=True, slots=True)
class World:
    """Everything that the documents may speak about."""

    seed: int
    people: dict[str, Person]
    companies: dict[str, Company]
    own_ibans: tuple[str, str, str]
    """Operating account, payroll account, deposit account (marked)."""
    products: tuple[str, str, str]
    """Wallbox for homes, wallbox for car parks, fast charger."""
    serials: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, role: str) -> Person:
        return self.people[role]

    def account(self, role: str) -> str:
        """The bank account of a person (marked)."""
        return mark("IBAN", f"iban-{role}", iban(self.rng(f"account {role}"), "DE"))

    def rng(self, subject: str) -> random.Random:
        """Dice of one subject: a change in one department leaves the others as they were."""
        return random.Random(f"{self.seed}/{subject}")


def draw_world(seed: int) -> World:
    rng = random.Random(f"{seed}/world")
    roles = [*EMPLOYEES, *PARTNERS, *OUTSIDERS]
    names = draw_names(rng, len(roles), seed=seed)
    used: set[str] = set()
    stems = rng.sample(_STEMS.split(), len(PARTNERS))
    kinds = {"customer": iter(_CUSTOMER_KINDS), "supplier": iter(_SUPPLIER_KINDS)}
    staff_numbers = distinct(rng, 40100, 49900, len(EMPLOYEES))
    people: dict[str, Person] = {}
    companies: dict[str, Company] = {}
    numbers = iter(distinct(rng, 20100, 29900, len(PARTNERS)))
    contracts = iter(distinct(rng, 1000, 9999, len(PARTNERS)))
    for i, role in enumerate(roles):
        if role in PARTNERS:
            city, kind = PARTNERS[role]
            stem = stems.pop()
            company = f"{stem} {next(kinds[kind])}"
            domain = f"{stem.lower().replace('ü', 'ue')}.example"
        else:
            city, domain = OUTSIDERS.get(role, ("hamburg", DOMAIN))
        style = "first.last" if domain == DOMAIN else rng.choice(("f.last", "last", "first.last"))
        ids = phone_notations(rng, city, used)
        if role in EMPLOYEES:
            ids["staff number"] = f"VL-{staff_numbers[i]}"
        people[role] = Person(role, *names[i], domain, style, ids)
        if role in PARTNERS:
            companies[role] = _company(
                rng, role, company, people[role], next(numbers), next(contracts)
            )
    family = rng.sample(_FAMILIES.split(), 3)
    return World(
        seed,
        people,
        companies,
        tuple(
            mark("IBAN", f"iban-own-{use}", iban(rng, "DE"))
            for use in ("operating", "payroll", "deposit")
        ),
        (
            f"{family[0]} {rng.choice((7, 8, 9, 11))}",
            f"{family[1]} {rng.choice((22, 24, 26))}",
            f"{family[2]} {rng.choice((90, 120, 150))} DC",
        ),
    )


def _company(
    rng: random.Random, role: str, name: str, contact: Person, number: int, contract: int
) -> Company:
    country = {"customer5": "DK", "supplier3": "AT"}.get(role, "DE")
    prefix = "K" if role.startswith("customer") else "S"
    return Company(
        name,
        contact,
        mark("ID", f"company-{role}", f"{prefix}-{number}"),
        mark("ID", f"contract-{role}", f"C-2025-{contract}"),
        mark("IBAN", f"iban-{role}", iban(rng, country)),
    )


def identifier(rng: random.Random, entity: str, pattern: str) -> str:
    """A marked number; each `#` of the pattern becomes a digit, the first one never 0."""
    digits = [str(rng.randrange(1, 10)), *(str(rng.randrange(10)) for _ in pattern)]
    value = "".join(digits.pop(0) if char == "#" else char for char in pattern)
    return mark("ID", entity, value)


def distinct(rng: random.Random, low: int, high: int, count: int, *, step: int = 1) -> list[int]:
    """Different numbers in random order, from `low` to below `high`."""
    return rng.sample(range(low, high, step), count)


def days(rng: random.Random, first: date, span: int, count: int) -> list[date]:
    """Different working days in order, within `span` days of the first."""
    week = [first + timedelta(n) for n in range(span)]
    return sorted(rng.sample([d for d in week if d.weekday() < 5], count))
