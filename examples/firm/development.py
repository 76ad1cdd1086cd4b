"""Development: rules for the laboratory, a design review and the guide for the hotline."""

from datetime import date

from firm.corpus import Corpus
from firm.markup import table
from firm.numbers import day, day_answers, money
from firm.world import days, distinct


def write_laboratory_rules(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("laboratory")
    valid = days(rng, date(2025, 4, 1), 60, 1)[0]
    current, voltage = rng.choice((320, 400, 500)), rng.choice((920, 980, 1050))
    soak, chambers = rng.choice((10, 14, 18)), rng.choice((3, 4, 5))
    salt, drops = rng.choice((144, 168, 240)), rng.choice((5, 6, 8))
    calibration, files = rng.choice((9, 15, 18)), rng.choice((11, 13, 16))
    limits = distinct(rng, 41, 99, 5)
    oven, alarm = rng.choice((85, 95, 105)), rng.choice(("green", "brown", "silver"))
    cells, guests = rng.choice((35, 45, 55)), rng.choice((3, 6, 7))
    head, engineer, safety = w["rd_head"], w["engineer"], w["safety"]
    path = corpus.add(
        "development/laboratory_rules.pdf",
        "Rules for the laboratories and the test field",
        f"""
        # 1 For whom these rules are
        The laboratories in Hamburg and Flensburg and the test field behind the assembly hall are
        places where things are broken on purpose. So that this happens to things only, the
        following rules apply to everybody who works or visits there. They have been valid since
        {day(valid)}. They were written by {engineer.full}, discussed with {safety.full} and put
        into force by {head.full}, head of development.

        Whoever works in a laboratory for the first time reads these pages, asks what is unclear
        and signs the list at the door. The signature is renewed every year. Students and
        apprentices are accompanied by somebody who has signed, and {w["apprentice"].full} has
        drawn the comic that explains the most important rules to visitors without many words.

        # 2 Who may do what
        There are three levels. Level one may be in the room and take measurements with closed
        covers. Level two may open covers when the voltage has been switched off. Level three may
        work on open devices under voltage, always in pairs and never after eight o'clock in the
        evening. The levels are entered in the training register, and {head.titled} awards level
        three in person after a talk that nobody has ever called short.

        The source of the test field supplies up to {current} amperes at {voltage} volts. These
        values are deadly. The key of the source is carried by the person who leads the experiment,
        hangs around the neck and not in the lock, and it is handed over in words: one says “you
        have the key”, the other one says “I have the key”. What sounds childish has prevented two
        accidents that we know of.

        # 3 Climate and weather
        {chambers} climatic chambers are available. A device stays in the chamber for at least
        {soak} hours before the measurement begins, because the inside warms up much more slowly
        than the display makes one believe. The door is not opened during a run. Whoever needs a
        chamber enters the name and the end of the run on the board; runs without an end on the
        board may be stopped by anybody who can read a clock.

        The salt spray test lasts {salt} hours. Afterwards the device is rinsed with clean water,
        dried and photographed from all sides. Rust on screws counts as a finding, even if the
        device works. For the drop test a plug falls {drops} times from a height of one metre on
        concrete, each time on a different side. It is the only test that visitors ask to repeat.

        Heat is measured at five places. The limits are stricter than those of the standards, since
        a device in the sun does not know that it has been tested in the shade. The ambient
        temperature during the measurement is 40 degrees Celsius.

        {
            table(
                "Place | Limit in degrees Celsius | Sensor",
                (
                    ("Plug contact", limits[0], "soldered"),
                    ("Supply terminal", limits[1], "clamped"),
                    ("Relay coil", limits[2], "glued"),
                    ("Control board", limits[3], "glued"),
                    ("Front hood outside", limits[4], "infrared"),
                ),
            )
        }

        # 4 Ovens, batteries and chemicals
        The drying oven may be set to {oven} degrees at most. Food is warmed in the kitchen, and
        this sentence is here for a reason. Solvents stand in the cabinet with the exhaust, and
        only the amount for one day is taken out. Gloves and glasses hang at the door and are worn
        by those who only want to have a quick look as well.

        Cells and batteries are charged under supervision. At a cell temperature of {cells} degrees
        the charging is stopped, at a higher one the cell goes into the sand bucket outside.
        Swollen cells are not pressed flat. The container for used cells is emptied by a company
        every month; {w["facility_head"].full} has the contract. If the {alarm} lamp above the door
        flashes, the gas sensor has responded: leave the room, close the door, and call the gate.

        # 5 Notes and results
        Every experiment has a number, a question and a result. A result that nobody can find again
        is none. Measured files are stored on the day of the measurement and are named according to
        the scheme on the board. They are kept for {files} years, which is longer than the life of
        most of the devices. Corrections are made visibly; values that do not fit are commented on
        and not deleted.

        Measuring instruments are calibrated every {calibration} months. The sticker shows the
        date. An instrument that has fallen down is calibrated anew, whatever it displays, and
        whoever dropped it does not have to explain more than when it happened.

        # 6 Visitors and tidiness
        At most {guests} visitors may be in the test field at the same time. They stand behind the
        yellow line, and somebody who does nothing else looks after them. Photographs need the
        consent of {head.titled}. On Friday at two o'clock everybody tidies up for half an hour,
        the head of development included. What has no owner by half past two goes into the box, and
        what is still in the box after a month belongs to the apprentices.
        """,
    )
    corpus.ask_all(
        path,
        "development",
        [
            ("How hot may the relay coil become in our heat test?", (str(limits[2]),
             f"{limits[2]} degrees", f"{limits[2]} degrees Celsius"), "Relay coil", "hard"),
            ("How long does the corrosion test with salt mist run?", (f"{salt} hours",),
             "The salt spray test", "medium"),
            ("For how many years do we archive laboratory measurements?", (f"{files} years",),
             ("Measured files are stored", "They are kept for"), "hard"),
            ("How many guests may stand in the test field at once?", (str(guests),
             f"{guests} visitors"), "At most", "easy"),
            ("Who drew the safety comic for people visiting the laboratory?",
             w["apprentice"].full, "has drawn the comic", "medium"),
        ],
    )  # fmt: skip


def write_design_review(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("design review")
    home = w.products[0]
    held, following = days(rng, date(2025, 11, 3), 80, 2)
    cost, target = distinct(rng, 140, 310, 2)
    boards, failed = rng.choice((24, 30, 36)), rng.randrange(2, 7)
    series = rng.choice(("June", "July", "September"))
    noise = rng.choice((26, 29, 32))
    path = corpus.add(
        "development/design_review_home.docx",
        f"Design review of the next {home}",
        f"""
        The review took place on {day(held)}. Present were {w["rd_head"].listed};
        {w["engineer"].listed}; {w["quality_head"].listed} and {w["tech3"].listed}. The minutes
        were written by {w["engineer"].full}.

        ## State of the work
        The third sample of the control board has been built. {boards} boards went through the
        endurance test, {failed} of them failed after the same number of switching cycles. The
        cause is a solder joint below the relay, which moves a little each time the relay closes.
        {w["quality_head"].titled} insists on a mechanical solution, for example a drop of glue,
        and does not want to rely on more solder. The power supply hums at {noise} decibels, which
        can be heard in a quiet garage.

        ## Cost
        The material of one box costs {money(cost)} at present, while the target is
        {money(target)}. The largest single item is still the housing. {w["rd_head"].titled} has
        asked {w.companies["supplier2"].name} for a second offer, and {w["supplier2"].full} has
        promised an answer by the end of the month. Leaving out the button was discussed again and
        rejected again, because {w["tech3"].full} reminded us of those customers who do not own a
        phone.

        ## Decisions
        - The relay is glued, and the test is repeated with twice the number of cycles.
        - The start of series production stays planned for {series}.
        - {w["tech3"].full} tries out the mounting plate on an old wall in the yard.
        - The next review is held on {day(following)}, with sales at the table.

        ## Risks
        The radio module is made by one supplier only. If the delivery fails, the software would
        have to be adapted for another module, which takes two people about two months. It was
        agreed to buy a stock for the first half year, although {w["controller"].full} will not
        like it. The approval for the United Kingdom needs a label of its own;
        {w["legal_head"].full} is clarifying what has to stand on it and in which size.
        """,
    )
    corpus.ask_all(path, "development", [
        ("How many control boards broke down in the endurance test?", (str(failed),),
         "boards went through the endurance", "medium"),
        ("What do the materials for the new home wallbox cost right now?",
         (money(cost), str(cost)), "at present", "medium"),
        ("When is the following design review?", day_answers(following), "The next review", "easy"),
    ])  # fmt: skip


def write_hotline_guide(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("hotline")
    rings, minutes = rng.choice((3, 5, 6)), rng.choice((10, 20, 25))
    goodwill, wait = rng.randrange(30, 95, 5), rng.choice((75, 100, 110))
    shift = rng.choice(("6:10 to 14:20", "6:25 to 14:35", "6:40 to 14:50"))
    path = corpus.add(
        "service/hotline_guide.html",
        "Guide for the hotline",
        f"""
        You are the voice of the firm. Most callers stand in front of a charging point that does
        not do what they want, it is raining, and they have an appointment. You cannot stop the
        rain, but you can do a lot about the rest.

        ## Picking up
        We answer after {rings} rings at the latest. Say your name and the name of the firm, and
        then let the caller speak. Do not interrupt, even if you know after three words what it is
        about. Ask for the number on the yellow sticker; if it cannot be read, ask for the street
        and what can be seen from there. Write down the name as you hear it and have the surname
        spelled.

        ## Helping
        In seven cases out of ten a restart helps. While the charging point restarts, which takes
        about {wait} seconds, explain what is happening. Silence on the phone feels three times as
        long as it is. If the restart does not help, look for the code in the list of faults. Never
        ask a caller to open a cover or to pull at a plug with force.

        ## Passing on
        If you have not found a solution after {minutes} minutes, pass the case on to the second
        level. Tell the caller who will call back and when, and stick to it. {w["tech1"].full} and
        {w["tech4"].full} take turns on the second level. Dangerous situations, that is smoke, open
        cables or a child who has got stuck, go directly to {w["dispatcher"].full}, day or night.

        ## Being generous
        You may credit up to {money(goodwill)} to a caller without asking anybody. Use it when we
        were slow or unfriendly, and write one sentence about the reason. {w["service_head"].full}
        reads these sentences every month. Nobody has ever been blamed for a credit, but some have
        been praised for a good sentence.

        ## Your shift
        The early shift lasts from {shift}, the late shift joins it. Hand over open cases in a talk
        and not on slips of paper. If a conversation stays on your mind, take ten minutes before
        you pick up again; the colleagues will cover for you.
        """,
    )
    corpus.ask_all(path, "service", [
        ("How much credit may a hotline agent give a caller without asking?",
         (money(goodwill), str(goodwill)), "without asking anybody", "easy"),
        ("When should a call be handed to second-level support?", (f"{minutes} minutes",
         f"after {minutes} minutes"), "pass the case on", "medium"),
        ("From when to when does the early shift of the hotline work?",
         (shift, shift.replace(" to ", " - ")), "The early shift lasts", "easy"),
    ])  # fmt: skip


DEVELOPMENT = (write_laboratory_rules, write_design_review, write_hotline_guide)
