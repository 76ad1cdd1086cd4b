"""IT: instructions, an equipment register, an incident report, access rights and a warning."""

from datetime import date

from firm.corpus import Corpus
from firm.mail import Mail, sent, signature
from firm.marks import mark
from firm.markup import table
from firm.numbers import day, day_answers, money
from firm.world import days, distinct, identifier

_MODELS = ("Aldgate 14", "Aldgate 16", "Birchfold X2", "Birchfold X4", "Cormorant Pro",
           "Cormorant Lite",
           "Dunmore 5", "Dunmore 7", "Elderwick S", "Fernhill Tab", "Gannet 13",
           "Gannet 15")  # fmt: skip


def write_equipment(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("equipment")
    roles = ("ceo", "sales_head", "sales_north", "key_account", "tech1", "tech4", "controller",
             "legal_head", "engineer", "quality_head", "dispatcher", "apprentice")  # fmt: skip
    models = rng.sample(_MODELS, len(roles))
    digits = distinct(rng, 10100, 99900, len(roles))
    numbers = [mark("ID", f"asset-{r}", f"NB-{n}") for r, n in zip(roles, digits, strict=True)]
    issued = days(rng, date(2024, 3, 4), 600, len(roles))
    path = corpus.add(
        "it/equipment_register.csv",
        "Equipment register",
        table("Inventory no. | Model | Issued to | Staff no. | Issued on | Dock", [
            (n, m, w[r].listed, w[r].number("staff number"), day(d, style="iso"),
             rng.choice(("yes", "no")))
            for n, m, r, d in zip(numbers, models, roles, issued, strict=True)]),
    )  # fmt: skip
    corpus.ask_all(path, "it", [
        (f"Which laptop was issued to {w['sales_north'].full}?", models[2], w["sales_north"].listed,
         "easy"),
        (f"What is the inventory number of {w['legal_head'].full}'s computer?", numbers[7],
         w["legal_head"].listed, "medium"),
        (f"Who uses the {models[5]}?", w["tech4"].full, models[5], "medium"),
    ])  # fmt: skip


def write_vpn_guide(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("vpn")
    port, minutes = rng.choice((4433, 8443, 10443, 51821)), rng.choice((25, 45, 90))
    version, devices = f"{rng.randrange(4, 9)}.{rng.randrange(1, 9)}", rng.choice((2, 3))
    desk = rng.choice(("7:15", "7:40", "8:10"))
    path = corpus.add(
        "it/vpn_guide.md",
        "Working from outside: the tunnel",
        f"""
        With the tunnel your computer behaves as if it stood in the office. This page explains how
        to set it up and what to do when it refuses.

        ## Setting up
        - Install the client, version {version} or later, from the software shop.
        - Start it, choose the profile “Hamburg” and confirm with the second factor.
        - Up to {devices} devices can be connected under your name at the same time.
        - The client uses port {port}; in some hotels it is blocked, and then the phone helps.

        ## When it does not work
        In most cases the clock of the computer is wrong, or the password has been changed in the
        office and not yet outside. Restart the client and try once more. After {minutes} minutes
        without traffic the tunnel closes by itself, which is no fault. Large files should not be
        copied through the tunnel in the evening, because the backup needs the line.

        ## Help
        The help desk answers from {desk} to 17:30. {w["it_admin"].full} looks after the tunnel and
        can be reached on {w["it_admin"].phone("dashed")}. If {w["it_admin"].titled} is on holiday,
        {w["it_head"].full} takes over. Please have the inventory number of your computer at hand;
        it stands on the silver sticker on its underside.

        ## For administrators
        The certificates of the gateway are renewed by {w["security"].full}, who keeps the calendar
        for it. A new profile is tested by two people outside IT before it goes to everybody.
        """,
    )
    corpus.ask_all(path, "it", [
        ("Which port does the tunnel client need?", (str(port), f"port {port}"),
         "The client uses port",
         "easy"),
        ("After what idle time is the VPN connection closed?", (f"{minutes} minutes",),
         "without traffic", "medium"),
        ("From what time on can I call the help desk?", (desk,), "The help desk answers", "easy"),
    ])  # fmt: skip


def write_incident(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("incident")
    happened = days(rng, date(2025, 9, 8), 60, 1)[0]
    number = identifier(rng, "incident-phishing", "SEC-2025-###")
    clicks, minutes = rng.randrange(7, 23), rng.randrange(18, 55)
    accounts = rng.randrange(2, 6)
    victim, cost = w["sales_south"], rng.randrange(2100, 8800, 100)
    path = corpus.add(
        "it/incident_report_parcel.docx",
        "Report on the incident with the parcel mail",
        f"""
        Incident {number}, written by {w["security"].full}. For the managing director, the works
        council and the heads of department.

        ## What happened
        On {day(happened)} a mail announced a parcel for which customs duty had to be paid. It came
        from an address that differed in one letter from that of our forwarder. {clicks} colleagues
        opened the link, and {accounts} of them entered their password. The first report came from
        {w["reception"].full} at the front desk, who was surprised that {w["reception"].they}
        should pay for a parcel which lay on the counter already. Between the first mail and this
        report {minutes} minutes had passed.

        ## What we did
        {w["it_admin"].full} blocked the address and had the mail removed from all mailboxes. The
        accounts concerned were locked and got new passwords. From one of them, that of
        {victim.full}, forty mails had been sent to customers meanwhile. {victim.titled} telephoned
        with all of them on the same day. {w["dpo"].full} examined whether a report to the
        authority was necessary and reported the case as a precaution. Experts from outside checked
        the logs of the gateway, which cost {money(cost)}.

        ## Why it could happen
        The second factor had been switched off for the accounts of the sales team, because a
        conference tool could not deal with it. The exception should have ended in June. Nobody had
        it in the calendar. The mail filter had recognised the mail as suspicious but let it pass,
        since its limit had been raised after complaints.

        ## What will change
        - Exceptions get an end date and an owner, and they end by themselves.
        - The limit of the filter is set back; {w["it_head"].full} answers complaints personally.
        - The button for reporting mails moves to the top of the window.
        - {w["reception"].titled} receives the thanks of the managing director and a cake.
        """,
    )
    corpus.ask_all(path, "it", [
        ("How many people clicked on the link in the fake parcel message?",
         (str(clicks), f"{clicks} colleagues"), "opened the link", "easy"),
        ("Who was the first to report the fraudulent parcel mail?", w["reception"].full,
         "The first report came from", "medium"),
        ("From whose mailbox were messages sent to customers after the phishing?", victim.full,
         "From one of them", "medium"),
        ("What did the external experts cost who examined the gateway logs?", (money(cost),
                                                                               f"{cost:,}"),
         "Experts from outside", "medium"),
    ])  # fmt: skip


def write_access_rights(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("access")
    roles = (
        "controller",
        "hr_officer",
        "tech3",
        "quality_head",
        "consultant",
        "apprentice",
        "payables",
    )
    systems = ("Planning system", "Personnel portal", "Jump server", "Test field database",
               "Drawing archive", "Ticket system", "Bank portal")  # fmt: skip
    until = days(rng, date(2026, 3, 2), 300, len(roles))
    rng.shuffle(until)
    requests = [identifier(rng, f"access-{role}", "REQ-######") for role in roles]
    owners = ("cfo", "hr_head", "service_head", "rd_head", "legal_head", "dispatcher", "cfo")
    path = corpus.add(
        "it/access_rights.json",
        "Access rights granted",
        f"""
        Rights end on the given day unless the owner of the system prolongs them. Export by
        {w["it_admin"].full}.

        {table("request | user | mail | system | owner | until",
            [(q, w[r].full, w[r].email, s, w[o].short, day(u, style="iso")) for q, r, s, o, u in
             zip(requests, roles, systems, owners, until, strict=True)])}
        """,
    )  # fmt: skip
    corpus.ask_all(path, "it", [
        (f"Until when may {w['consultant'].full} use the drawing archive?", day_answers(until[4]),
         "Drawing archive", "medium"),
        (f"To which system does {w['tech3'].full} have access?", systems[2], w["tech3"].full,
         "medium"),
        ("Which request gave somebody access to the bank portal?", requests[6], "Bank portal",
         "hard"),
    ])  # fmt: skip


def write_release_notes(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("release")
    version = f"{rng.randrange(3, 9)}.{rng.randrange(10, 40)}"
    current, hours = rng.choice((6, 8)), rng.randrange(2, 7)
    fixed, size = rng.randrange(11, 38), rng.randrange(38, 96)
    path = corpus.add(
        "it/firmware_release_notes.rst",
        f"Firmware {version}: release notes",
        f"""
        # For whom this version is
        The version is released for all wallboxes of the last four years. It removes {fixed} faults
        that were reported by the field service and closes one gap that a student found and told us
        about before telling others. {w["rd_head"].full} released it after a test of six weeks.

        # What is new
        - The light ring can be dimmed at night.
        - When the leader fails, the followers charge with {current} amperes instead of stopping.
        - The list of charging sessions shows the time of the plug and not of the last reboot.
        - Contacts that become warm are reported before they become hot.

        # How to install it
        The file has a size of {size} megabytes. The box restarts twice. Installation by the back
        office takes place at {hours} o'clock in the morning, when the fewest cars are connected.
        Boxes with a serial number that ends in the letter B have to be updated on the spot,
        because their radio module loses the connection during the restart.

        # Known problems
        With cars of two makes the first charging attempt after the update fails. Unplugging once
        helps. {w["engineer"].full} collects log files of such cases and is glad about each of them.
        """,
    )
    corpus.ask_all(path, "it", [
        (f"How many bugs were fixed in firmware {version}?", (str(fixed), f"{fixed} faults"),
         "It removes", "easy"),
        ("How big is the firmware file?", (f"{size} megabytes", f"{size} MB"),
         "The file has a size",
         "easy"),
    ])  # fmt: skip


def write_warning_mail(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("warning")
    fee, sim = rng.randrange(60, 190, 10), rng.choice((3, 4, 6))
    change = days(rng, date(2026, 2, 2), 40, 1)[0]
    mail = Mail(w["it_head"], (w["sales_head"], w["service_head"]),
                sent(date(2026, 1, rng.randrange(8, 28)), "12:12"),
                cc=(w["it_admin"],))  # fmt: skip
    path = corpus.add(
        "it/phone_contract_change.eml",
        "New mobile phone contracts",
        f"""
        Dear {w["sales_head"].first}, dear {w["service_head"].first},

        on {day(change)} all mobile phones move to a new provider. The numbers stay the same, but
        the cards have to be changed. {w["it_admin"].full} will come to your team meetings with a
        box of cards and a bent paper clip. It takes {sim} minutes a phone, and old phones need a
        second try.

        Calls to countries outside Europe are no longer part of the contract.
        {w["key_account"].full} and {w["tech3"].full} get an extra option because of their
        customers abroad. Everybody else asks before travelling, otherwise a day abroad may cost
        {money(fee)}, as one of us has found out to his horror.

        Private use remains free of charge within reason. What reason is was agreed with
        {w["works_council"].full} years ago and has never led to a quarrel, which I should like to
        mention for once.

        Regards
        {signature(w["it_head"], "Head of IT", "brackets")}
        """,
        mail=mail,
    )
    corpus.ask_all(path, "it", [
        ("When do our mobiles switch to another carrier?", day_answers(change),
         "move to a new provider", "easy"),
        ("What might one day of phoning outside Europe cost?", (money(fee), str(fee)),
         "a day abroad may cost", "medium"),
        (f"What is {w['it_head'].full}'s phone number?", w["it_head"].phone("brackets"), "Phone ",
         "easy"),
    ])  # fmt: skip


IT = (
    *(write_equipment, write_vpn_guide, write_incident, write_access_rights, write_release_notes),
    write_warning_mail,
)
