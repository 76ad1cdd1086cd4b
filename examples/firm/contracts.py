"""Legal: four framework contracts on the same pattern that differ in people and figures."""

from dataclasses import dataclass
from datetime import date, timedelta

from firm.corpus import Corpus
from firm.marks import mark
from firm.markup import table
from firm.numbers import day, day_answers, money
from firm.world import FIRM, Company, days, distinct, identifier

_SUBJECTS = {
    "customer1": ("pdf", "charging points in three car parks", "sales_north"),
    "customer2": ("docx", "charging points at eleven hotels", "sales_south"),
    "customer3": ("pdf", "fast charging sites for the municipal utility", "key_account"),
    "customer4": ("docx", "wallboxes in the underground garages of a housing association",
                  "sales_north"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Terms:
    """The figures in which the contracts differ."""

    signed: date
    begin: date
    years: int
    fee: int
    response: int
    repair: int
    penalty: int
    cap: int
    warranty: int
    payment: int
    discount: int
    notice: int
    insured: int
    points: int


def write_contracts(corpus: Corpus) -> None:
    rng = corpus.world.rng("contracts")
    many = len(_SUBJECTS)
    columns = {
        "years": rng.sample((2, 3, 4, 5, 6), many),
        "fee": distinct(rng, 1150, 4900, many, step=50),
        "response": rng.sample((2, 3, 4, 6, 8), many),
        "repair": rng.sample((16, 20, 24, 36, 48), many),
        "penalty": rng.sample((110, 140, 175, 190, 220, 260), many),
        "cap": rng.sample((5, 6, 8, 10, 12), many),
        "warranty": rng.sample((27, 30, 33, 39, 42, 48), many),
        "payment": rng.sample((14, 18, 21, 28, 35, 45), many),
        "discount": rng.sample((4, 7, 9, 11, 13), many),
        "notice": rng.sample((3, 4, 5, 6, 9), many),
        "insured": rng.sample((2, 3, 4, 5, 7), many),
        "points": distinct(rng, 18, 140, many),
    }
    for i, (role, (suffix, subject, seller)) in enumerate(_SUBJECTS.items()):
        signed = days(rng, date(2025, 2, 3), 240, 1)[0]
        begin = (signed + timedelta(days=50)).replace(day=1)
        terms = _Terms(signed, begin, **{name: values[i] for name, values in columns.items()})
        _write_contract(corpus, role, suffix, subject, seller, terms)


def _write_contract(
    corpus: Corpus, role: str, suffix: str, subject: str, seller: str, t: _Terms
) -> None:
    w, rng = corpus.world, corpus.world.rng(f"contract {role}")
    company = w.companies[role]
    person = company.contact
    hotline = mark("PHONE", "phone-dispatcher", w["dispatcher"].ids["phone brackets"])
    site = identifier(rng, f"site-{role}", "ST-####")
    path = corpus.add(
        f"legal/framework_contract_{role[-1]}.{suffix}",
        f"Framework contract with {company.name}",
        f"""
        Contract number {company.contract}, customer number {company.number}

        between {FIRM}, Speicherkamp 41, Hamburg (the supplier), represented by {w["ceo"].full} and
        {w["sales_head"].full}, and {company.name} (the customer), represented by {person.full}

        ## 1 Subject
        The supplier delivers, installs and maintains {subject}. The first order comprises
        {t.points} charging points of the type {w.products[1 if role != "customer3" else 2]}.
        Further orders are placed under this contract as long as it runs, and each of them becomes
        binding when the supplier has confirmed it in writing. The general terms of the customer do
        not apply, even if they are printed on an order form. The main site carries the number
        {site} in the papers of both parties.

        ## 2 Term
        The contract was signed on {day(t.signed)} and runs from {day(t.begin)} for {t.years}
        years. It is prolonged by one year at a time unless one of the parties gives notice at
        least {t.notice} months before the end. The right to end the contract at once for an
        important reason remains. An important reason is in particular the opening of insolvency
        proceedings or the repeated use of the installations against the operating instructions.

        ## 3 Contacts
        For the customer, {person.titled} decides on technical questions and receives all notices.
        Mail is sent to {person.email}, urgent calls go to {person.phone("international")}. For the
        supplier, {w[seller].full} looks after the contract, and the hotline of the service can be
        reached under {hotline}. A change of the contact is announced two weeks ahead. Notices to
        anybody else do not set any period running.

        ## 4 Delivery and acceptance
        Delivery dates are agreed with each order. The supplier installs the charging points in
        sections so that at least half of the parking spaces stay usable. After each section the
        parties walk through the site together, measure two charging points chosen at random and
        sign a record. A section counts as accepted when the customer has used it for thirty days
        without naming a serious defect. Small defects are written into the record and remedied
        within four weeks; they do not stand in the way of acceptance.

        The customer provides the cable routes, the distribution boards and the permission of the
        owner of the building. If these are missing on the agreed day, the supplier may charge the
        waiting time of the technicians at the hourly rate of the price list. The customer also
        names somebody who can open every door that has to be passed.

        ## 5 Prices and payment
        Hardware is charged at the price list valid on the day of the order, less a discount of
        {t.discount} percent. Maintenance costs {money(t.fee)} a month for all sites together. The
        fee may be adjusted once a year in line with the collective wage agreement, for the first
        time after eighteen months. Invoices are due within {t.payment} days without deduction.
        They are sent as a file to the address that the customer has entered in the portal, and
        they always quote the contract number. Payments go to the account {w.own_ibans[0]}. Refunds
        to the customer are transferred to the account {company.iban}.

        ## 6 Service levels
        A fault is reported through the portal or by telephone. The clock starts when the report has
        been received. The following times apply on working days between seven and nineteen hours;
        outside these hours the standby of the field service takes care of charging points that are
        a danger.

        {
            table(
                "Class | Meaning | Technician on site | Repaired after",
                (
                    ("A", "danger for persons", f"{t.response} hours", f"{t.repair} hours"),
                    (
                        "B",
                        "more than half of a site out of order",
                        f"{t.response * 3} hours",
                        f"{t.repair * 2} hours",
                    ),
                    (
                        "C",
                        "single charging point out of order",
                        f"{t.response * 8} hours",
                        f"{t.repair * 5} hours",
                    ),
                ),
            )
        }

        For each full day of delay in class A the customer may deduct {money(t.penalty)} from the
        monthly fee. The deductions of a year are limited to {t.cap} percent of the yearly fee.
        Further damages for delay are excluded unless the supplier acted with gross negligence.

        ## 7 Warranty and liability
        The warranty for hardware ends {t.warranty} months after acceptance, that for the cables
        after two years. Wear of plugs and damage caused by vehicles are not covered. The supplier
        is liable without limit for injuries to persons and under the product liability act;
        otherwise the liability is limited to the foreseeable damage and covered by an insurance of
        {t.insured} million euros for each event. The customer keeps a list of all incidents and
        gives the supplier the opportunity to inspect a damaged device before it is taken down.

        ## 8 Data
        Charging records belong to the customer. The supplier uses them to operate and improve the
        installations and passes them on to nobody. Names of drivers are not needed for the
        operation and are not stored by the supplier; where a driver calls the hotline, the call is
        handled under the data processing agreement in the annex. Questions about data protection
        are dealt with by {w["dpo"].full} under {w["dpo"].email}.

        ## 9 Closing provisions
        Changes of this contract need the written form. Should a provision be void, the others
        remain in force. The place of jurisdiction is Hamburg. Both parties keep one signed copy,
        and the legal department of the supplier, headed by {w["legal_head"].full}, holds the
        annexes.

        > For the supplier: {w["ceo"].short}, {w["sales_head"].short}
        > For the customer: {person.caps_last}
        """,
    )
    _ask(corpus, path, role, company, t)


def _ask(corpus: Corpus, path: str, role: str, company: Company, t: _Terms) -> None:
    name, person = company.name, company.contact
    w = corpus.world
    asked = {
        "customer1": [
            (f"How long is the hardware warranty in the contract with {name}?",
             (f"{t.warranty} months",), "The warranty for hardware", "easy"),
            (f"By when must a dangerous fault at {name} have been repaired?",
             (f"{t.repair} hours",), "danger for persons", "hard"),
            (f"Who signs and decides for {name}?", person.full, "decides on technical questions",
             "medium"),
        ],
        "customer2": [
            (f"What does the monthly maintenance for {name} cost?",
             (money(t.fee), f"{t.fee:,}"), "Maintenance costs", "easy"),
            (f"On what date was the agreement with {name} signed?", day_answers(t.signed),
             "was signed on", "medium"),
            (f"To which bank account do we refund money to {name}?", company.iban,
             "Refunds to the customer", "medium"),
        ],
        "customer3": [
            (f"Within how many days does {name} have to pay our invoices?",
             (f"{t.payment} days",), "Invoices are due", "easy"),
            (f"How much may {name} deduct for every day we are late with a dangerous fault?",
             (money(t.penalty), str(t.penalty)), "For each full day of delay", "medium"),
            (f"Which of our colleagues looks after the contract with {name}?",
             w[_SUBJECTS[role][2]].full, "looks after the contract", "medium"),
            (f"Which phone number do we call when it is urgent for {person.full}?",
             person.phone("international"), "urgent calls go to", "easy"),
        ],
        "customer4": [
            (f"What rebate on hardware does {name} receive?",
             (f"{t.discount} percent", f"{t.discount}%", f"{t.discount} %"), "less a discount",
             "easy"),
            (f"How many charging points did {name} order first?",
             (str(t.points), f"{t.points} charging points"), "The first order comprises", "medium"),
            (f"How early must notice be given so that the contract with {name} is not prolonged?",
             (f"{t.notice} months",), "gives notice at least", "hard"),
            (f"What is {person.full}'s e-mail address at {name}?", person.email, "Mail is sent to",
             "easy"),
        ],
    }  # fmt: skip
    corpus.ask_all(path, "contract", asked[role])
