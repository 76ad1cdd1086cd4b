"""Service: rosters, fault codes, the maintenance book, tickets and mails."""

from datetime import date

from firm.corpus import Corpus
from firm.mail import Attachment, Mail, sent, signature
from firm.marks import mark
from firm.markup import table
from firm.numbers import day, day_answers, money
from firm.world import days, distinct, identifier

_FAULTS = (
    ("Residual current too high", "Look for moisture in plug and socket, then restart"),
    ("Contactor does not open", "Switch off the supply, do not touch the plug, call a technician"),
    ("Temperature of the plug too high", "Wait until it has cooled down, look for burnt contacts"),
    ("No connection to the back office", "Check the switch in the cabinet and the antenna"),
    ("Meter does not answer", "Restart once, then replace the meter cable"),
    ("Lock of the socket blocked", "Push the plug in firmly and start again"),
    ("Phase missing", "Check the fuses in the distribution board"),
    ("Fan too slow", "Clean the filter mats"),
    ("Memory full", "Send the log to the service and delete it"),
    ("Cover open", "Close the front hood, replace the switch if necessary"),
    ("Card reader without function", "Restart, then exchange the reader"),
    ("Clock wrong", "Set the time server in the app"),
)


def write_fault_codes(corpus: Corpus) -> None:
    rng = corpus.world.rng("faults")
    codes = sorted(f"{'EFW'[n % 3]}{n}" for n in distinct(rng, 102, 689, len(_FAULTS)))
    rng.shuffle(codes)
    path = corpus.add(
        "service/fault_codes.csv",
        "Fault codes",
        table("Code | Meaning | What to do | Light ring",
              [(c, m, d, rng.choice(("red", "red blinking", "yellow", "yellow blinking")))
               for c, (m, d) in zip(codes, _FAULTS, strict=True)]),
    )  # fmt: skip
    corpus.ask_all(path, "service", [
        (f"What does code {codes[4]} on the wallbox mean?", ("Meter does not answer",), codes[4],
         "easy"),
        ("Which error code appears when the hood is not shut?", codes[9], "Cover open", "medium"),
        (f"What should be done when the box reports {codes[8]}?",
         ("Send the log to the service and delete it", "send the log to the service"), codes[8],
         "medium"),
    ])  # fmt: skip


def write_roster(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("roster")
    roles = ("tech1", "tech2", "tech3", "tech4", "tech5", "dispatcher")
    weeks = [(n, rng.choice(roles[:3]), rng.choice(roles[3:])) for n in range(6, 18)]
    phones = {role: w[role].phone("compact") for role in roles}
    week = rng.choice(weeks)
    colours = dict(zip(roles, rng.sample(("red", "blue", "white", "silver", "green", "black"), 6),
                        strict=True))  # fmt: skip
    numbers = distinct(rng, 102, 999, len(roles))
    plates = {r: mark("ID", f"car-{r}", f"HH VL {n}") for r, n in zip(roles, numbers, strict=True)}
    path = corpus.add(
        "service/on_call_roster.xlsx",
        "On-call roster",
        f"""
        === First half of the year
        {table("Week | First on call | Second on call",
            [(f"week {n}", w[one].full, w[two].full) for n, one, two in weeks])}
        === Phones
        {table("Name | Phone", [(w[role].listed, phones[role]) for role in roles])}
        === Cars
        {table("Driver | Colour of the car | Plate",
            [(w[role].short, colours[role], plates[role]) for role in roles])}
        """,
    )  # fmt: skip
    corpus.ask_all(path, "service", [
        (f"Who is first on call in week {week[0]}?", w[week[1]].full, f"week {week[0]}\t", "hard"),
        (f"What is the number plate of {w['tech4'].full}'s service car?", plates["tech4"],
         plates["tech4"], "medium"),
    ])  # fmt: skip


def write_maintenance_book(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("maintenance")
    fast = w.products[2]
    coolant, filters = rng.choice((7.5, 8.5, 9.5, 11.5)), rng.choice((5, 7, 8))
    pump, pressure = rng.choice((14, 16, 22)), rng.choice((1.4, 1.6, 1.9))
    cable, door = rng.choice((4, 5, 7)), rng.choice(("K-17", "K-29", "K-38"))
    two, noise = rng.choice((28, 31, 36)), rng.choice((58, 61, 64))
    path = corpus.add(
        "service/maintenance_book.epub",
        f"Maintenance book {fast}",
        f"""
        # How to use this book
        The book accompanies the fast charger {fast} through its life. It is meant to be read on a
        tablet in the car. {w["tech3"].full} wrote the first version during two winters, and
        {w["service_head"].full} sees to it that what the teams learn finds its way into the next
        one. Entries about a single device do not belong here; they are made in the ticket system.

        # The yearly visit
        Announce the visit a week before, because the charger is out of service for about three
        hours. Look at the surroundings first. A leaning protective post tells you more about the
        last months than the memory of the charger. Open the door with the key {door}, which is the
        same for all cabinets of the series, and wait until the discharge lamp has gone out.

        Clean or replace the filter mats. In cities they last about {filters} months, on the coast
        less, because the salt makes them sticky. Listen to the fans. With the door closed the
        charger may not be louder than {noise} decibels at a distance of one metre; otherwise one
        of the bearings is worn.

        # Coolant
        The cooling circuit of the cable holds {coolant} litres. Only the blue ready-made mixture
        may be filled in. The pressure in the cold state is {pressure} bar. If it has fallen by
        more than a tenth since the last visit, look for the leak before you refill, starting with
        the coupling at the foot of the holster. The pump is replaced after {pump} thousand hours,
        whether it hums or not.

        Spilled coolant is slippery and poisonous for dogs, who like its taste. Soak it up with the
        granulate, put the granulate in the bag and take the bag with you. It is handed in at the
        depot in Kassel on any working day.

        # Cables and plugs
        Run the cable through your hand over its whole length. A cable with a cut is taken out of
        service at once, even if the customer asks you to leave it until the weekend. Without
        visible damage it is replaced every {cable} years. Clean the contacts with the brush and
        never with spray. The force with which the plug is held is tested with the spring balance.

        # Working in pairs
        Power modules weigh {two} kilograms and are lifted by two people. This is not a
        recommendation. Since the second edition of this book nobody has hurt his back while
        changing a module, and it should stay that way. Whoever is sent alone to change a module
        calls the dispatching desk and waits for the second colleague.
        """,
    )
    corpus.ask_all(path, "service", [
        ("How much cooling liquid does the cable circuit of the fast charger take?",
         (f"{coolant} litres", str(coolant)), "The cooling circuit of the cable", "easy"),
        ("Which key opens the door of the fast charger?", (door,), "Open the door", "easy"),
        ("How often is an undamaged charging cable exchanged on the fast charger?",
         (f"every {cable} years", f"{cable} years"), "Without visible damage", "medium"),
        ("How heavy is a power module?", (f"{two} kilograms", f"{two} kg"), "Power modules weigh",
         "easy"),
    ])  # fmt: skip


def write_tickets(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("tickets")
    roles = ("customer1", "customer2", "customer3", "customer4", "customer5", "householder")
    problems = ("Card reader rejects every third card", "Charger shows wrong time since Sunday",
                "Barrier and charging point block each other", "Tenant complains about humming",
                "Van scratched the front hood", "Light ring stays dark")  # fmt: skip
    numbers = [identifier(rng, f"ticket-{role}", "INC######") for role in roles]
    opened = days(rng, date(2025, 11, 3), 80, len(roles))
    agents = [rng.choice(("tech1", "tech2", "tech4", "dispatcher")) for _ in roles]
    path = corpus.add(
        "service/open_tickets.json",
        "Open tickets",
        f"""
        Export of the ticket system for the Monday meeting, made by {w["dispatcher"].full}.

        {table("ticket | opened | caller | phone | problem | agent",
            [(n, day(d, style="iso"), w[r].full, w[r].phone("international"), p, w[a].listed)
             for n, d, r, p, a in zip(numbers, opened, roles, problems, agents, strict=True)])}
        """,
    )  # fmt: skip
    corpus.ask_all(path, "service", [
        ("Which ticket is about the humming noise that a tenant reports?", numbers[3], problems[3],
         "medium"),
        (f"What problem did {w['customer5'].full} report in the open tickets?",
         (problems[4], "scratched front hood", "front hood scratched"), problems[4], "medium"),
        ("Who is working on the ticket about the wrong clock time?", w[agents[1]].full, problems[1],
         "hard"),
    ])  # fmt: skip


def write_service_mails(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("service mails")
    fleet = w.companies["customer5"]
    person, head = fleet.contact, w["service_head"]
    credit, hours = rng.randrange(240, 990, 10), rng.randrange(19, 68)
    meeting = days(rng, date(2026, 2, 2), 40, 1)[0]
    order = identifier(rng, "order-fleet", "PO-######")
    mail = Mail(head, (person,), sent(date(2026, 1, rng.randrange(8, 28)), "16:05"),
                cc=(w["key_account"], w["dispatcher"]))  # fmt: skip
    path = corpus.add(
        "service/complaint_depot.eml",
        "Re: Re: Vans not charged on three mornings",
        f"""
        Dear {person.titled},

        you are right to be annoyed, and I will not hide behind technology. On three mornings your
        vans left the depot with half-empty batteries because an update of ours had reset the
        charging schedule. {w["tech1"].full} has put the old version back on all boxes, and
        {w["rd_head"].full} has stopped the update for every other customer.

        In total the depot was restricted for {hours} hours. We credit {money(credit)} to your
        account without your having to prove any damage. Please quote the order {order} if the
        credit note does not arrive by the end of the month. I would also like to come to see you
        on {day(meeting)} and bring along the colleague who wrote the update. {person.first}, if
        the day does not suit you, {w["dispatcher"].full} will find another one.

        Kind regards
        {signature(head, "Head of service", "international")}

        > From: {person.full}
        > To: {head.full}
        > Subject: Re: Vans not charged on three mornings

        Dear {head.titled},

        this morning it happened again. Eleven drivers stood in the yard and waited, two tours had
        to be cancelled. Your technician was friendly but could not tell me why. I expect a written
        explanation and a proposal of how you want to make up for it. My number is
        {person.phone("brackets")}, and this week I can be reached from seven o'clock on.

        {person.full}, {fleet.name}
        """,
        mail=mail,
    )
    corpus.ask_all(path, "service", [
        (f"What credit did {fleet.name} get for the vans that had not been charged?",
         (money(credit), str(credit)), "We credit", "easy"),
        (f"When does {head.full} want to visit {person.full}?", day_answers(meeting),
         "come to see you on", "medium"),
        ("Who restored the previous software on the boxes in the van depot?", w["tech1"].full,
         "has put the old version back", "medium"),
    ])  # fmt: skip

    tech, parts = w["tech2"], distinct(rng, 3, 60, 4)
    day_in = days(rng, date(2026, 1, 12), 30, 1)[0]
    mail = Mail(tech, (w["dispatcher"],), sent(date(2026, 1, rng.randrange(8, 28)), "06:47"),
                attachments=(Attachment("missing_parts.csv",
                                        table("Part | Article | Missing | Shelf", [
                    ("Relay 63 A", "44-120", parts[0], "R2"), ("Gland M32", "12-907", parts[1],
                                                               "R5"),
                    ("Front hood", "31-555", parts[2], "R1"), ("Type 2 socket", "70-018", parts[3],
                                                               "R4"),
                ])),))  # fmt: skip
    path = corpus.add(
        "service/stock_kassel.eml",
        "Stocktaking in Kassel",
        f"""
        Good morning {w["dispatcher"].first},

        I have finished counting in Kassel. The list of what is missing is attached, sorted by how
        badly we need it. The relays are urgent, because without them I cannot finish the two jobs
        in Fulda. Could you ask {w.companies["supplier2"].name} to send them directly to the depot?
        The contact there is {w["supplier2"].full}, and the number is
        {w["supplier2"].phone("plain")}.

        The rack next to the door is loose. I have emptied the upper board and hung a note on it.
        The locksmith is coming on {day(day_in)}, so please nobody park in front of the gate on
        that day.

        {tech.first}

        > {tech.full}, service technician
        > Phone {tech.phone("dashed")}
        """,
        mail=mail,
    )
    corpus.ask_all(path, "service", [
        ("How many type 2 sockets are missing in the depot?", (str(parts[3]),), "Type 2 socket",
         "hard"),
        ("On which day does the locksmith come to the depot in Kassel?", day_answers(day_in),
         "The locksmith is coming", "easy"),
        (f"What phone number is given for {w['supplier2'].full}?", w["supplier2"].phone("plain"),
         "The contact there is", "easy"),
    ])  # fmt: skip


SERVICE = (
    *(write_fault_codes, write_roster, write_maintenance_book, write_tickets),
    write_service_mails,
)
