"""Sales: price list, offers, customers, slides and mails."""

from datetime import date, timedelta

from firm.corpus import Corpus
from firm.mail import Mail, sent, signature
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


def write_kickoff(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("kickoff")
    target, share = rng.randrange(31, 58), rng.randrange(22, 44)
    goals = distinct(rng, 60, 480, 3)
    fair = days(rng, date(2026, 4, 20), 50, 1)[0]
    stand, bonus = f"{rng.choice('BCDE')}{rng.randrange(11, 88)}", rng.randrange(1500, 5200, 100)
    place = rng.choice(("Travemünde", "Lüneburg", "Husum"))
    path = corpus.add(
        "sales/kickoff_2026.pptx",
        "Sales kick-off 2026",
        f"""
        === Where we stand
        - The order intake grew in all regions, most of all in the south.
        - Municipal utilities now make up {share} percent of the orders.
        - Housing associations decide slowly but order in large numbers.
        - Two competitors have lowered their prices, one has left the market.
        === Targets for the year
        - Turnover of the whole team: {target} million euros.
        - Each region visits every customer at least once.
        {
            table(
                "Region | Responsible | New charging points",
                (
                    ("North", w["sales_north"].full, goals[0]),
                    ("South", w["sales_south"].full, goals[1]),
                    ("Key accounts", w["key_account"].full, goals[2]),
                ),
            )
        }
        === Trade fair
        - We exhibit in Munich from {day(fair)} on, stand {stand}.
        - {w["sales_south"].full} plans the stand, {w["rd_head"].full} brings the demonstrator.
        - Everybody works on the stand for two days at most.
        - The evening for customers takes place on the second day.
        === Bonus and meeting
        - Whoever reaches the target of the region receives {money(bonus)}.
        - {w["sales_head"].full} confirms the figures in January.
        - The summer meeting takes place in {place}, with families.
        - Questions about the bonus are answered by {w["controller"].full}.
        """,
    )
    corpus.ask_all(path, "sales", [
        (f"How many new charging points is {w['sales_south'].full} expected to sell?",
         (str(goals[1]),), "South\t", "hard"),
        ("Where is our booth at the Munich fair?", (stand, f"stand {stand}"),
         "We exhibit in Munich",
         "easy"),
        ("What bonus does a salesperson get for meeting the regional target?",
         (money(bonus), f"{bonus:,}"), "reaches the target", "medium"),
        ("Which town hosts the sales team's summer get-together?", place, "summer meeting",
         "medium"),
    ])  # fmt: skip


def write_brochure(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("brochure")
    home = w.products[0]
    weight, standby = rng.choice((3.9, 4.4, 4.8, 5.3)), rng.choice((1.8, 2.1, 2.6))
    cable, colours = rng.choice((5, 6, 7.5)), rng.choice((4, 5, 6))
    guarantee = rng.choice((4, 5, 6))
    path = corpus.add(
        "sales/brochure_home.html",
        f"The wallbox for your home: {home}",
        f"""
        You come home, plug in and think about something else. The {home} is made for people who do
        not want to learn a new device. It has one button and one light. Everything else happens in
        the app, and whoever has no use for apps never needs to open it.

        ## Small and light
        With its {weight} kilograms the box can be mounted by one person. The housing is made of
        recycled plastic and comes in {colours} colours. The cable is {cable} metres long, which is
        enough for a car that has been parked the wrong way round.

        ## Thrifty
        When no car is plugged in, the box draws {standby} watts, less than the lamp above your
        door. If you have solar panels, it charges when the sun shines and waits when a cloud
        passes. You decide how patient it is.

        ## Reliable
        We build every box in Hamburg and test it for an hour before it leaves the house. You have
        a guarantee of {guarantee} years, and if something is wrong you talk to people who know the
        box from the inside. Your electrician will find everything that is needed in the document
        bag.

        ## Ask us
        {w["sales_north"].full} and {w["sales_south"].full} advise fitters and housing companies.
        Private customers are best served by a specialist shop in the neighbourhood.
        """,
    )
    corpus.ask_all(path, "sales", [
        ("How much power does the home wallbox consume while no vehicle is connected?",
         (f"{standby} watts", f"{standby} W"), "When no car is plugged in", "medium"),
        (f"How many years of guarantee come with the {home}?", (f"{guarantee} years",),
         "guarantee of", "easy"),
    ])  # fmt: skip


def write_sales_mails(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("sales mails")
    hotel = w.companies["customer2"]
    person, seller = hotel.contact, w["sales_south"]
    rooms, rebate = rng.randrange(38, 160), rng.choice((3, 6, 8))
    visit = days(rng, date(2026, 2, 2), 40, 1)[0]
    clock = rng.choice(("9:40", "11:10", "13:20", "15:50"))
    mail = Mail(person, (seller,), sent(date(2026, 1, rng.randrange(6, 29)), "11:19"))
    path = corpus.add(
        "sales/enquiry_new_hotel.eml",
        "Charging points for our new house",
        f"""
        Dear {seller.titled},

        we are opening a further house with {rooms} rooms in autumn, and the architect has
        forgotten the charging points. Could you come and have a look? {day(visit)} at {clock}
        would suit us, since the electrician is there on that day anyway. The entrance to the
        garage is in the side street, and you have to ring at the green door because the bell at
        the front is not yet connected.

        As this will be the twelfth house that you equip for us, I would expect {rebate} percent
        more than the discount in our framework contract {hotel.contract}. Please discuss that with
        {w["sales_head"].full} before you come, so that we do not have to talk about it in front of
        the architect.

        My assistant has left us. Please use my direct line from now on, and write to me directly.

        Yours
        {signature(person, f"Technical manager, {hotel.name}", "dashed")}
        """,
        mail=mail,
    )
    corpus.ask_all(path, "sales", [
        (f"What extra discount does {person.full} ask for?",
         (f"{rebate} percent", f"{rebate}%", f"{rebate} %"), "twelfth house", "medium"),
        (f"At what time is {seller.full} to meet the customer at the new hotel?", (clock,),
         f"at {clock}", "medium"),
    ])  # fmt: skip

    notes_day = days(rng, date(2025, 10, 6), 20, 1)[0]
    leads = distinct(rng, 14, 96, 3)
    cost = rng.randrange(21000, 48000, 500)
    path = corpus.add(
        "sales/fair_report.md",
        "Report on the autumn fair",
        f"""
        Written on {day(notes_day)} by {w["sales_north"].full} for the sales team.

        ## Impressions
        The hall was full on the first two days and empty on the third. Visitors asked less about
        power than about billing. Our demonstrator attracted a crowd each time it was switched off,
        because people like to see what is inside. {w["apprentice"].full} explained the cooling so
        well that a visitor from Norway wanted to offer a contract on the spot.

        ## Figures
        {
            table(
                "Day | Talks | Staff on the stand",
                (
                    ("First", leads[0], w["sales_north"].last),
                    ("Second", leads[1], w["key_account"].last),
                    ("Third", leads[2], w["sales_south"].last),
                ),
            )
        }

        The stand cost {money(cost)} including the rent for the carpet, which nobody had seen
        coming.

        ## What we do better next time
        - Bring more chairs and fewer leaflets.
        - Do not place the coffee machine next to the demonstrator.
        - Ask every visitor for the kind of building first.
        - Send the thank-you mails within a week.
        """,
    )
    corpus.ask_all(path, "sales", [
        ("What were the total costs of our presence at the autumn fair?", (money(cost),
                                                                           f"{cost:,}"),
         "The stand cost", "easy"),
        ("How many conversations took place on day two of the autumn fair?", (str(leads[1]),),
         "Second\t", "hard"),
    ])  # fmt: skip


SALES = (
    *(write_price_list, write_offers, write_customers, write_kickoff, write_brochure),
    write_sales_mails,
)
