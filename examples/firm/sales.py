"""Sales: price list, offers and customers."""

from datetime import date, timedelta

from firm.corpus import Corpus
from firm.markup import table
from firm.numbers import day, day_answers, money
from firm.world import FIRM, days, distinct, identifier


def write_price_list(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("prices")
    home, park, fast = w.products
    boxes = sorted(distinct(rng, 640, 2400, 4, step=10))
    fast_price = rng.randrange(28400, 61900, 100)
    extras = distinct(rng, 18, 690, 6)
    hours = distinct(rng, 84, 168, 4)
    valid = days(rng, date(2026, 1, 2), 50, 1)[0]
    articles = distinct(rng, 1000, 9900, 15)
    code = iter(articles)
    path = corpus.add(
        "sales/price_list_2026.xlsx",
        "Price list 2026",
        f"""
        === Charging points
        {table("Article | Product | Net price | Delivery in weeks", [
            (next(code), f"{home} with socket", money(boxes[0]), rng.randrange(2, 6)),
            (next(code), f"{home} with cable", money(boxes[1]), rng.randrange(2, 6)),
            (next(code), f"{park} single", money(boxes[2]), rng.randrange(4, 9)),
            (next(code), f"{park} with meter", money(boxes[3]), rng.randrange(4, 9)),
            (next(code), f"{fast} two outlets", money(fast_price), rng.randrange(12, 24))])}
        === Accessories
        {table("Article | Accessory | Net price", [
            (next(code), name, money(price)) for name, price in zip(
                ("Steel column", "Cable holder", "Protective roof", "Card reader", "Mounting plate",
                 "Antenna for basements"), extras, strict=True)])}
        === Services
        {table("Service | Unit | Net price", [
            ("Technician", "hour", money(hours[0])), ("Technician on Sundays", "hour",
                                                      money(hours[1])),
            ("Commissioning", "charging point", money(hours[2])),
            ("Training of operators", "person", money(hours[3]))])}
        === Conditions
        The prices are valid from {day(valid)} and do not include value added tax.
        Orders below a value of EUR 250 are charged with a small-order fee.
        Exceptions are approved by {w["sales_head"].full} only.
        """,
    )  # fmt: skip
    corpus.ask_all(path, "sales", [
        (f"What is the list price of the {park} including a meter?",
         (money(boxes[3]), f"{boxes[3]:,}", str(boxes[3])), "with meter", "medium"),
        ("How much does the antenna for underground garages cost?",
         (money(extras[5]), str(extras[5])), "Antenna for basements", "medium"),
        ("What do we charge customers for a technician hour on a Sunday?",
         (money(hours[1]), str(hours[1])), "Technician on Sundays", "hard"),
        ("From which date does the new price list apply?", day_answers(valid),
         "The prices are valid",
         "easy"),
    ])  # fmt: skip


def write_offers(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("offers")
    totals = distinct(rng, 18400, 96400, 3, step=100)
    counts = distinct(rng, 6, 44, 3)
    issued = days(rng, date(2025, 11, 3), 60, 3)
    weeks = rng.sample((5, 7, 9, 10, 11, 13), 3)
    down = rng.sample((15, 20, 25, 35), 3)
    cases = (("customer1", "sales_north", "docx"), ("customer4", "sales_north", "odt"),
             ("customer5", "key_account", "docx"))  # fmt: skip
    for i, (role, seller, suffix) in enumerate(cases):
        company, colleague = w.companies[role], w[seller]
        person = company.contact
        number = identifier(rng, f"offer-{role}", "AN-2025-####")
        until = issued[i] + timedelta(days=rng.choice((30, 45, 60)))
        path = corpus.add(
            f"sales/offer_{i + 1}.{suffix}",
            f"Offer to {company.name}",
            f"""
            > {FIRM}, Speicherkamp 41, Hamburg
            > To {company.name}, attention of {person.full}
            > Offer {number} of {day(issued[i])}, customer number {company.number}

            Dear {person.titled},

            thank you for the talk on the site and for the coffee. As agreed we offer you the
            following extension of your installation. The quantities come from the walk with your
            caretaker; should you want more, the unit prices stay the same as long as this offer is
            valid.

            {
                table(
                    "Item | Quantity | Description | Total",
                    (
                        (
                            "1",
                            counts[i],
                            f"{w.products[1]} with meter",
                            money(totals[i] * 0.7, cents=True),
                        ),
                        (
                            "2",
                            counts[i],
                            "Commissioning and record",
                            money(totals[i] * 0.2, cents=True),
                        ),
                        (
                            "3",
                            "1",
                            "Distribution board with load management",
                            money(totals[i] * 0.1, cents=True),
                        ),
                    ),
                )
            }

            The sum of all items is {money(totals[i])} plus value added tax. With the order we ask
            for a down payment of {down[i]} percent, the rest is due after acceptance. We deliver
            {weeks[i]} weeks after the order. The offer is valid until {day(until)}.

            The grid connection is not part of the offer. Please let your electrician ask the
            network operator in good time, because the answer may take longer than our production.
            If you wish, we can take over the application for a flat fee.

            {colleague.full} is your contact for everything that concerns this offer and can be
            reached on {colleague.phone("international")} or under {colleague.email}. We would be
            very glad to go on working with you.

            > {colleague.full}
            > {w["sales_head"].full}, head of sales
            """,
        )
        questions = (
            [(f"What is the total of our offer to {company.name}?", (money(totals[i]),
                                                                     f"{totals[i]:,}"),
              "The sum of all items", "easy"),
             (f"Until when can {company.name} accept the offer?", day_answers(until),
              "The offer is valid until", "medium")],
            [(f"How much is to be paid in advance under the offer to {company.name}?",
              (f"{down[i]} percent", f"{down[i]}%", f"{down[i]} %"), "down payment", "medium")],
            [(f"How long after the order do we deliver to {company.name}?", (f"{weeks[i]} weeks",),
              "We deliver", "easy"),
             (f"Whom should {person.full} contact about the offer?", colleague.full,
              "is your contact", "medium")],
        )[i]  # fmt: skip
        corpus.ask_all(path, "sales", questions)


def write_customers(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("customers")
    roles = [f"customer{n}" for n in range(1, 6)]
    cities = ("Berlin", "Munich", "Frankfurt", "Cologne", "London")
    turnover = distinct(rng, 42000, 890000, 5, step=1000)
    limits = distinct(rng, 20000, 180000, 5, step=5000)
    path = corpus.add(
        "sales/customer_list.csv",
        "Customer list",
        table("Customer no. | Company | City | Contact | E-mail | Phone | Turnover | Credit limit",
              [
            (c.number, c.name, city, c.contact.listed, c.contact.email, c.contact.phone("plain"),
             money(t), money(limit))
            for c, city, t, limit in zip([w.companies[r] for r in roles], cities, turnover, limits,
                                         strict=True)]),
    )  # fmt: skip
    corpus.ask_all(path, "sales", [
        (f"What turnover did we make with {w.companies['customer4'].name} last year?",
         (money(turnover[3]), f"{turnover[3]:,}"), w.companies["customer4"].name, "medium"),
        (f"How high is the credit limit of {w.companies['customer2'].name}?",
         (money(limits[1]), f"{limits[1]:,}"), w.companies["customer2"].name, "medium"),
    ])  # fmt: skip


SALES = (write_price_list, write_offers, write_customers)
