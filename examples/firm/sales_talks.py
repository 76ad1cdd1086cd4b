"""Sales: slides, the brochure, an enquiry and the report on a fair."""

from datetime import date

from firm.corpus import Corpus
from firm.mail import Mail, sent, signature
from firm.markup import table
from firm.numbers import day, money
from firm.world import days, distinct


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


def write_enquiry(corpus: Corpus) -> None:
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


def write_fair_report(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("fair report")
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


SALES_TALKS = (write_kickoff, write_brochure, write_enquiry, write_fair_report)
