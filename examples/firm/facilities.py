"""Facilities: opening hours, keys, fire safety, the canteen, the move and the parking spaces."""

from datetime import date

from firm.corpus import Corpus
from firm.mail import Mail, sent, signature
from firm.markup import table
from firm.numbers import day, day_answers, money
from firm.world import days, distinct, identifier


def write_opening_hours(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("hours")
    gate = rng.choice(("4:45", "5:10", "5:20")), rng.choice(("21:40", "22:20", "22:50"))
    store = rng.choice(("6:15", "6:40")), rng.choice(("13:50", "14:20", "14:40"))
    saturday = rng.choice(("7:20 to 12:10", "7:50 to 12:40", "8:10 to 13:10"))
    quiet = rng.choice(("24 December to 2 January", "23 December to 3 January"))
    speed, height = rng.choice((8, 12, 15)), rng.choice((3.6, 3.7, 3.9))
    path = corpus.add(
        "facilities/opening_hours_and_visitors.txt",
        "Opening hours and visitors",
        f"""
        # Opening hours
        The gate in Speicherkamp is open from {gate[0]} to {gate[1]} on working days. Outside these
        hours you ring, and the security guard at the head of the harbour basin answers, which may
        take a while because he makes his rounds. On Saturdays the gate is open from {saturday}.
        The store for spare parts issues material from {store[0]} to {store[1]}; in urgent cases
        the shift leader has a key. Between the years the plant is closed from {quiet}.

        # Visitors
        Visitors are announced on the day before at the front desk, where {w["reception"].full}
        prepares the badges. Every visitor is met at the desk and taken back to it. Nobody walks
        through the plant alone, not even somebody who has been coming for ten years. Photographs
        are allowed in the canteen and in front of the building, and everywhere else only with the
        consent of {w["facility_head"].full}.

        # Deliveries
        Lorries drive around the hall clockwise at no more than {speed} kilometres an hour. The
        passage between the hall and the store has a clear height of {height} metres. Drivers who
        have to wait may use the washroom next to the ramp and get a coffee at the front desk.
        Dangerous goods are announced two days ahead to {w["safety"].full}.

        # Lost and found
        What has been found lies at the front desk for six months. Umbrellas are given to a good
        cause every spring, and there are surprisingly many of them.
        """,
    )
    corpus.ask_all(path, "facilities", [
        ("When does the gate open on Saturdays?", (saturday, saturday.split()[0]), "On Saturdays",
         "medium"),
        ("Until what time can I fetch spare parts from the store?", (store[1],),
         "spare parts issues",
         "medium"),
        ("How high may a truck be to fit through between hall and store?",
         (f"{height} metres", f"{height} m"), "clear height", "medium"),
        ("Who has to be told in advance about hazardous deliveries?", w["safety"].full,
         "Dangerous goods", "medium"),
    ])  # fmt: skip


def write_keys(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("keys")
    roles = ("facility_head", "reception", "safety", "it_admin", "quality_head", "cfo", "hr_head",
             "rd_head", "dispatcher")  # fmt: skip
    doors = ("All doors", "Front desk", "Transformer room", "Server room", "Measuring laboratory",
             "Archive in the basement", "Personnel files", "Test field",
             "Garage of the service")  # fmt: skip
    keys = [f"SK {n}" for n in distinct(rng, 101, 899, len(roles))]
    handed = days(rng, date(2023, 1, 9), 900, len(roles))
    path = corpus.add(
        "facilities/key_register.csv",
        "Key register",
        table("Key | Door | Holder | Handed out | Phone", [
            (k, d, w[r].full, day(h, style="dots"), w[r].phone("plain"))
            for k, d, r, h in zip(keys, doors, roles, handed, strict=True)]),
    )  # fmt: skip
    corpus.ask_all(path, "facilities", [
        ("Who holds the key to the transformer room?", w["safety"].full, "Transformer room",
         "easy"),
        (f"Which key does {w['it_admin'].full} have?", (keys[3], keys[3].replace(" ", "")),
         w["it_admin"].full, "medium"),
        ("Since when has the key to the basement archive been out?", day_answers(handed[5]),
         "Archive in the basement", "hard"),
    ])  # fmt: skip


def write_fire_safety(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("fire")
    inspector = w["inspector"]
    inspected = days(rng, date(2025, 9, 1), 70, 1)[0]
    defects, until = rng.randrange(5, 14), days(rng, date(2026, 2, 2), 50, 1)[0]
    number = identifier(rng, "fire-report", "BS-####/2025")
    doors = rng.choice((3, 4))
    extinguishers, load = rng.randrange(64, 118), rng.choice((140, 180, 220))
    fee = rng.randrange(1400, 3900, 50)
    path = corpus.add(
        "facilities/fire_inspection.pdf",
        "Report on the fire safety inspection",
        f"""
        # Report {number}
        The inspection of the plant in Speicherkamp took place on {day(inspected)}. It was carried
        out by {inspector.full} for the inspection office; the firm was represented by
        {w["facility_head"].full} and {w["safety"].full}. The documents of the last inspection were
        at hand, and all rooms could be entered except the transformer room, for which nobody had
        brought the key.

        ## Summary
        The condition of the building is good. {defects} defects were found, none of which
        endangers people directly. They have to be remedied by {day(until)}. A second visit is not
        necessary if the firm sends photographs. The fee for the inspection is {money(fee)} and
        will be charged separately.

        ## Escape routes
        All escape routes were free, with one exception: in the corridor to the canteen a
        photocopier narrows the way. {doors} doors on the first floor did not close by themselves
        because somebody had put wedges under them. {inspector.titled} removed the wedges and
        handed them to {w["facility_head"].titled}, who keeps a collection of them by now. The
        signs are lit, and the batteries last longer than required.

        ## Extinguishers and water
        There are {extinguishers} extinguishers in the building. Their inspection is up to date. In
        the battery laboratory, where the powder would do more harm than good, they should be
        replaced by ones with an extinguishing agent for lithium cells. The hydrant in the yard is
        difficult to see behind the bicycle shelter, and a sign on the wall would help the fire
        brigade.

        ## Storage
        The load of stored packaging in the assembly hall may not exceed {load} megajoules a square
        metre. On the day of the inspection this was observed. Returned batteries stand in a
        container outside, ten metres from the wall, as agreed. The container has a thermometer
        that can be read from the gate.

        ## List of the main defects
        {
            table(
                "Place | Defect | Responsible",
                (
                    (
                        "Corridor to the canteen",
                        "photocopier in the escape route",
                        w["reception"].full,
                    ),
                    ("First floor", "wedges under the doors", w["hr_officer"].full),
                    ("Battery laboratory", "wrong extinguishers", w["engineer"].full),
                    ("Yard", "hydrant without a sign", w["facility_head"].full),
                ),
            )
        }

        ## Closing remark
        The evacuation exercise in spring went well. The inspection office would like to thank all
        those who took part for their openness. Questions are answered by {inspector.full},
        telephone {inspector.phone("brackets")}, mail {inspector.email}.
        """,
    )
    corpus.ask_all(path, "facilities", [
        ("How many fire safety defects did the inspector find?", (str(defects),
                                                                  f"{defects} defects"),
         "defects were found", "easy"),
        ("By what date do the deficiencies from the fire check have to be fixed?",
         day_answers(until),
         "They have to be remedied", "medium"),
        ("Who has to deal with the wrong extinguishers in the battery lab?", w["engineer"].full,
         "wrong extinguishers", "hard"),
        (f"What phone number does the fire inspector {inspector.full} give?",
         inspector.phone("brackets"), "Questions are answered", "easy"),
    ])  # fmt: skip


def write_canteen(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("canteen")
    prices = [n / 10 for n in distinct(rng, 31, 89, 3)]
    soup, closing = rng.choice((1.4, 1.6, 1.9)), rng.choice(("13:40", "13:50", "14:10"))
    dish, allergy = rng.choice(("Thursday", "Wednesday")), rng.choice(("yellow", "purple", "green"))
    holder = w["works_council"]
    path = corpus.add(
        "facilities/canteen.html",
        "The canteen",
        f"""
        The canteen lies on the ground floor with a view of the harbour basin. Lunch is served from
        11:30 to {closing}. Coffee and rolls are available from half past six on.

        ## Prices
        {
            table(
                "Meal | Colleagues | Guests",
                [
                    (name, money(p, cents=True), money(p + 2.5, cents=True))
                    for name, p in zip(
                        ("Daily dish", "Vegetarian dish", "Salad plate"), prices, strict=True
                    )
                ],
            )
        }

        A bowl of soup costs {money(soup, cents=True)}, and whoever brings a bowl of his own gets a
        second helping. On {dish} there is fish. Dishes with nuts are marked with a {allergy} dot.
        Payment is by badge only; the machine for charging it stands beside the entrance.

        ## Wishes
        The canteen committee meets every second month. It is chaired by {holder.full}. Wishes are
        put into the box next to the trays or told to {w["facility_head"].full}, who has lunch at
        the same table every day and cannot escape. The menu is put together four weeks ahead.
        """,
    )
    corpus.ask_all(path, "facilities", [
        ("What does a guest pay for the vegetarian dish?",
         (money(prices[1] + 2.5, cents=True), f"{prices[1] + 2.5:.2f}"), "Vegetarian dish", "hard"),
        ("Until when is lunch available in the canteen?", (closing,), "Lunch is served", "easy"),
        ("How are meals containing nuts labelled?", (f"{allergy} dot", allergy), "Dishes with nuts",
         "medium"),
    ])  # fmt: skip


def write_move(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("move")
    moves = days(rng, date(2026, 5, 4), 25, 3)
    boxes, rooms = rng.choice((6, 8, 9)), distinct(rng, 401, 489, 3)
    phone, noise = w["facility_head"].phone("international"), rng.choice(("13:00", "14:30"))
    path = corpus.add(
        "facilities/move_plan.pptx",
        "The move to the new floor",
        f"""
        === Why we are moving
        - The second assembly line needs the room on the ground floor.
        - The new fourth floor has been finished, apart from the lift.
        === When and where
        {
            table(
                "Team | Day | New room | Contact",
                [
                    (team, day(d), f"D {room}", w[role].full)
                    for team, d, room, role in zip(
                        ("Controlling", "Legal", "Quality"),
                        moves,
                        rooms,
                        ("controller", "legal_head", "quality_head"),
                        strict=True,
                    )
                ],
            )
        }
        === How to pack
        - Everybody gets {boxes} boxes and a roll of tape.
        - Plants and pictures travel in your own arms.
        - Confidential files are carried by {w["facility_head"].full} personally.
        === On the day
        - Computers are unplugged at {noise} on the day before.
        - Questions and emergencies: {phone}.
        - The landlord's contact for the lift is {w["landlord"].full}.
        """,
    )
    corpus.ask_all(path, "facilities", [
        ("On which day does the legal team move to the new floor?", day_answers(moves[1]),
         "Legal\t",
         "medium"),
        ("How many boxes does each person receive for the move?", (str(boxes), f"{boxes} boxes"),
         "Everybody gets", "easy"),
        ("Which room will the quality people have upstairs?",
         (f"D {rooms[2]}", f"D{rooms[2]}"), "Quality\t", "hard"),
    ])  # fmt: skip


def write_landlord_mail(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("parking")
    landlord = w["landlord"]
    spaces, rent = rng.randrange(12, 38), rng.randrange(48, 97)
    begin = date(2026, rng.choice((3, 4, 5, 6)), 1)
    contract = identifier(rng, "lease-parking", "MV-#####")
    mail = Mail(landlord, (w["facility_head"],), sent(date(2026, 1, rng.randrange(6, 28)), "09:55"),
                cc=(w["cfo"],), listed=True)  # fmt: skip
    path = corpus.add(
        "facilities/parking_spaces.eml",
        "Parking spaces behind the warehouse",
        f"""
        Dear {w["facility_head"].titled},

        following our walk last week I can offer you {spaces} further parking spaces behind the old
        warehouse. The rent is {money(rent)} for each space and month, and the contract {contract}
        would begin on {day(begin)}. The ground is paved but not marked; if you draw the lines
        yourselves, I will do without the rent for the first month.

        You asked whether you may install charging points there. We have nothing against it as long
        as the cables do not cross the way of the fire brigade. {w["cfo"].titled} wanted to know
        whether the spaces may be sublet. They may not, with the exception of the evening, when the
        theatre next door would be grateful for them.

        The barrier is opened with your badges once you have sent me their numbers. Please do so by
        letter and not by mail.

        Kind regards
        {signature(landlord, "Property management", "plain")}
        """,
        mail=mail,
    )
    corpus.ask_all(path, "facilities", [
        ("What is the monthly rent per space behind the old warehouse?", (money(rent), str(rent)),
         "The rent is", "easy"),
        ("How many extra parking spaces are on offer?", (str(spaces),
                                                         f"{spaces} further parking spaces"),
         "further parking spaces", "medium"),
        (f"What mail address does {landlord.full} of the property management use?", landlord.email,
         landlord.email, "easy"),
    ])  # fmt: skip


FACILITIES = (
    *(write_opening_hours, write_keys, write_fire_safety, write_canteen, write_move),
    write_landlord_mail,
)
