"""Human resources: lists of people and what newcomers read."""

from datetime import date

from firm.corpus import Corpus
from firm.markup import table
from firm.numbers import day, day_answers, money
from firm.world import FIRM, days, distinct, identifier

_FUNCTIONS = {
    "ceo": "Managing director",
    "cfo": "Head of finance",
    "hr_head": "Head of human resources",
    "hr_officer": "Personnel officer",
    "sales_head": "Head of sales",
    "sales_north": "Sales region north",
    "sales_south": "Sales region south",
    "key_account": "Key accounts",
    "it_head": "Head of IT",
    "it_admin": "System administrator",
    "security": "Information security",
    "legal_head": "Head of legal",
    "dpo": "Data protection",
    "accounts": "General ledger",
    "payables": "Accounts payable",
    "controller": "Controlling",
    "facility_head": "Facilities",
    "reception": "Front desk",
}
_FIELD = {
    "service_head": "Head of service",
    "dispatcher": "Dispatching",
    "tech1": "Service technician",
    "tech2": "Service technician",
    "tech3": "Service technician, fast chargers",
    "tech4": "Service technician",
    "tech5": "Service technician, commissioning",
}
_PLANT = {
    "quality_head": "Head of quality",
    "rd_head": "Head of development",
    "engineer": "Power electronics",
    "works_council": "Assembly, works council",
    "safety": "Safety specialist",
    "apprentice": "Apprentice electronics",
}


def write_directory(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("directory")
    rooms = [f"{'ABC'[n % 3]} {n}" for n in distinct(rng, 104, 398, 40)]
    free = iter(rooms)
    room = {role: next(free) for role in (*_FUNCTIONS, *_FIELD, *_PLANT)}

    def rows(functions: dict[str, str], notation: str) -> str:
        return table(
            "Name | Staff no. | Function | Room | Phone | E-mail",
            (
                (
                    *(w[role].listed, w[role].number("staff number"), function),
                    *(room[role], w[role].phone(notation), w[role].email),
                )
                for role, function in functions.items()
            ),
        )

    path = corpus.add(
        "hr/staff_directory.xlsx",
        "Staff directory",
        f"""
        === Head office
        {rows(_FUNCTIONS, "slash")}
        === Field service
        {rows(_FIELD, "international")}
        === Plant and development
        {rows(_PLANT, "plain")}
        """,
    )
    for role, level in (("engineer", "easy"), ("tech3", "medium")):
        someone = w[role]
        corpus.ask(
            path,
            f"What is {someone.full}'s direct phone number?",
            someone.phone("plain"),
            someone.listed,
            kind="contact",
            level=level,
        )
    for role, level in (("controller", "medium"), ("works_council", "easy")):
        corpus.ask(
            path,
            f"In which room does {w[role].full} sit?",
            (room[role], room[role].replace(" ", "")),
            w[role].listed,
            kind="contact",
            level=level,
        )
    corpus.ask(
        path,
        f"What staff number does {w['tech2'].full} have?",
        w["tech2"].number("staff number"),
        w["tech2"].listed,
        kind="contact",
        level="easy",
    )
    corpus.ask(
        path,
        f"How can I reach {w['it_admin'].full} by mail?",
        w["it_admin"].email,
        w["it_admin"].listed,
        kind="contact",
        level="easy",
    )


def write_onboarding(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("onboarding")
    start = days(rng, date(2026, 2, 2), 40, 1)[0]
    hour, desk = rng.choice(("8:15", "8:45", "9:10")), rng.choice(("A 012", "B 007", "C 019"))
    deposit = rng.randrange(20, 60, 5)
    walk, lunch = rng.choice(("Tuesday", "Wednesday")), rng.choice(("11:45", "12:20", "12:40"))
    corpus.add(
        "hr/onboarding_guide.docx",
        "Onboarding guide for new colleagues",
        f"""
        Welcome to {FIRM}. The following pages lead you through your first two weeks. Take them
        along on the first day; your sponsor will tick off the steps with you.

        # Before the first day
        About ten days before you start, the personnel office sends you a parcel with the contract,
        the tax form, the data protection notice and a small gift. Please return the signed papers
        in the enclosed envelope. If the parcel has not arrived a week before, write to
        {w["hr_officer"].email} and not to your future manager, who cannot see the shipment.

        # The first day
        The next group starts on {day(start)}. Come to the front desk in Hamburg at {hour} and ask
        for {w["reception"].full}. {w["reception"].titled} keeps your badge ready and takes the
        photograph for it. A deposit of {money(deposit)} is held for the badge, which you get back
        when you leave the firm. Afterwards the whole group meets in room {desk}, where
        {w["hr_head"].full} says a few words and explains how the house is organised.

        # Computer and accounts
        {w["it_admin"].full} hands out the computers on the first afternoon. You choose your own
        password in the presence of an administrator, and you set up the second factor on your
        phone or on a token. Nobody from IT will ever ask you for the password afterwards. The mail
        account works from the first morning, the planning system usually from the third day on.

        # The first week
        - {walk}: walk through the plant with the safety specialist, sturdy shoes required.
        - Thursday: introduction to the product range by a colleague from sales.
        - Every day at {lunch}: lunch with your sponsor, who pays for the first one.
        - Friday: short talk with your manager about what was strange, good or missing.

        # The second week
        You work along with two neighbouring departments for one day each. Those who will work in
        assembly spend the second day with the field service, since nothing explains our products
        better than a technician on a wet car park. At the end of the week you fill in the short
        questionnaire of the personnel office; it has nine questions and takes five minutes.
        """,
    )
    path = "hr/onboarding_guide.docx"
    corpus.ask(path, "When does the next intake of new starters begin?", day_answers(start),
        "The next group starts", kind="hr", level="medium")  # fmt: skip
    corpus.ask(path, "How much is the deposit for the staff badge?", (money(deposit), str(deposit)),
        "A deposit of", kind="hr", level="easy")  # fmt: skip
    corpus.ask(path, "Who gives newcomers their laptop on day one?", w["it_admin"].full,
        "hands out the computers", kind="hr", level="medium")  # fmt: skip


def write_leave(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("leave")
    roles = ("accounts", "payables", "controller", "key_account", "sales_north", "sales_south",
             "it_admin", "security", "tech1", "tech2", "tech4", "quality_head",
             "engineer")  # fmt: skip
    left = dict(zip(roles, distinct(rng, 2, 26, len(roles)), strict=True))
    rows = []
    for role in roles:
        carried = rng.choice((0, 0, 1, 2, 3))
        taken = rng.randrange(3, 14)
        person = w[role]
        rows.append((person.number("staff number"), person.listed, left[role] + taken - carried,
                     carried, taken, left[role]))  # fmt: skip
    path = corpus.add(
        "hr/leave_balance.csv",
        "Leave balance",
        table("Staff no. | Name | Entitlement | Carried over | Taken | Days left", rows),
    )
    for role in ("payables", "key_account"):
        corpus.ask(path, f"How many days of leave does {w[role].full} have left?",
            (f"{left[role]} days", str(left[role])), w[role].listed, kind="hr",
            level="hard")  # fmt: skip


def write_training(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("training")
    roles = ("tech1", "tech2", "tech3", "tech4", "tech5", "engineer", "works_council", "apprentice")
    dates = days(rng, date(2025, 1, 7), 330, len(roles))
    rng.shuffle(dates)
    courses = ("Work on live parts", "First aid", "Forklift licence", "High-voltage vehicles",
               "Ladders and lifts", "Fire warden", "Crane signals",
               "Electrical basics")  # fmt: skip
    numbers = [identifier(rng, f"certificate-{role}", "ZB-######") for role in roles]
    fees = distinct(rng, 120, 940, len(roles), step=10)
    path = corpus.add(
        "hr/training_records.html",
        "Training records",
        f"""
        The table shows the courses that colleagues of the plant and the field service have passed.
        Whoever finds a mistake tells {w["hr_officer"].full} in the personnel office. Certificates
        are kept on paper for ten years and may be looked at by appointment.

        {table("Name | Course | Passed on | Certificate | Fee",
            [(w[r].full, c, day(d, style="dots"), n, money(f))
             for r, c, d, n, f in zip(roles, courses, dates, numbers, fees, strict=True)])}

        ## How to book
        Courses are booked through the portal. The manager confirms the date, the personnel office
        looks for the provider. Courses that are required by law are repeated without being asked
        for, and the reminder goes out ten weeks before the certificate runs out. Colleagues who
        miss a course without an excuse pay nothing, but they have to explain themselves to
        {w["service_head"].full} or to {w["quality_head"].full}, which is usually worse.
        """,
    )  # fmt: skip
    for role, level in (("tech4", "hard"), ("apprentice", "medium")):
        i = roles.index(role)
        corpus.ask(path, f"When did {w[role].full} pass the course “{courses[i]}”?",
            day_answers(dates[i]), courses[i], kind="hr", level=level)  # fmt: skip
    corpus.ask(path, f"What is the number of {w['tech3'].full}'s training certificate?", numbers[2],
        courses[2], kind="hr", level="medium")  # fmt: skip


HR_LISTS = (write_directory, write_onboarding, write_leave, write_training)
