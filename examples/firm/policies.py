"""IT and finance: the security policy and the travel and expense policy, PDFs of several pages."""

from datetime import date

from firm.corpus import Corpus
from firm.markup import table
from firm.numbers import day, day_answers, money
from firm.world import days, distinct

SECURITY, EXPENSES = "it/security_policy.pdf", "finance/expense_policy.pdf"


def write_security_policy(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("security policy")
    length, lock = rng.choice((13, 14, 15, 16)), rng.choice((4, 6, 7, 8))
    tries, block = rng.choice((6, 7, 9)), rng.choice((25, 35, 40))
    backup, restore = (
        rng.choice((35, 42, 60)),
        rng.choice(("March and September", "April and October")),
    )
    report, log = rng.choice((2, 3, 5)), rng.choice((100, 120, 200))
    usb = rng.choice(("grey", "orange", "violet", "turquoise"))
    keep = distinct(rng, 3, 48, 4)
    patch = rng.choice((48, 60, 96))
    valid = days(rng, date(2025, 3, 3), 120, 1)[0]
    visitors = rng.choice(("Wattlan-Guest", "Heron-Guest", "Harbour-Guest"))
    drill = days(rng, date(2026, 4, 1), 60, 1)[0]
    corpus.add(
        SECURITY,
        "Information security policy",
        f"""
        # 1 Purpose and responsibilities
        This policy says how we protect information: drawings, measured values, personal data of
        customers and colleagues, and the keys with which our charging stations are reached. It
        applies to everybody who works for the firm, including temporary staff and consultants, and
        to every device on which our data is handled. It has been in force since {day(valid)} and
        replaces the older rules for passwords and mobile devices.

        {w["it_head"].full} heads the IT department and is responsible for running the systems.
        {w["security"].full} is responsible for information security, reports directly to the
        managing director and may stop a project when a risk has not been dealt with. Personal data
        is the field of {w["dpo"].full}, our data protection officer. These three meet every second
        week. The notes of the meeting are confidential, but the decisions are published on the
        intranet in plain words.

        Every manager sees to it that the team knows the rules. Every colleague sees to it that
        mistakes come to light. Nobody is punished for reporting a click on a wrong link. Whoever
        conceals it, however, makes a small problem into a large one, and that will be talked about.

        # 2 Passwords and second factor
        A password has at least {length} characters. It does not have to contain special
        characters, and it does not expire, because people who have to change passwords often write
        them down. It must not be used for anything else. The password safe that IT installs on
        every computer makes up good passwords and remembers them for you.

        After {tries} wrong attempts the account is locked for {block} minutes. The help desk can
        unlock it earlier, but only after calling you back on the number in the staff directory.
        All systems that can be reached from outside ask for a second factor. This is an app on
        your phone or, if you do not wish to use your phone, a token with a button. A lost token is
        reported on the same day.

        Administrators have two accounts and use the powerful one only for tasks that need it.
        Shared accounts exist on the measuring stations in the test field and nowhere else. Their
        passwords are changed when somebody leaves the team, and {w["it_admin"].full} keeps the
        list of them in the safe of the IT department.

        # 3 Devices
        The screen locks itself after {lock} minutes. Lock it by hand when you leave your place,
        also when you only fetch coffee. Computers are encrypted; the recovery key lies with IT. Do
        not leave a computer in a parked car, not even in the boot, and do not check it in as
        luggage.

        Private memory sticks must not be plugged in. For the exchange with customers who have no
        other way there are encrypted sticks of our own, which can be recognised by their {usb}
        colour. They are handed out at the IT counter for one week against a signature. What is
        found in the car park goes to IT unopened, however curious you are.

        Phones get the updates of their maker within a week. Critical updates of computers and
        servers are installed within {patch} hours after IT has released them, and a restart may be
        put off only once. Devices that no longer receive updates are taken away, even if they
        still work well. Machines in the plant that cannot be updated stand in their own network,
        which has no way to the internet.

        # 4 Networks
        Visitors use the network {visitors}, whose password changes every Monday and hangs at the
        front desk. It leads to the internet and to nothing else. Customers' installations are
        reached through a jump server, on which every session is recorded. Recordings are kept for
        {log} days and looked at only when something has happened, by two people together.

        From outside you work through the encrypted tunnel. Public networks in trains and hotels may
        be used with the tunnel switched on. In countries on the red list of the foreign office you
        take one of the travel computers, which hold no data and are wiped after the journey.

        # 5 Data and how long we keep it
        We distinguish between public, internal and confidential. Confidential data is encrypted
        when it leaves the house and is never put into a service with which we have no contract;
        this includes translation sites and chat programs on the internet. If you want to use such
        a program, ask first. There is usually a way, and often there is one in our own computing
        centre.

        {
            table(
                "Data | Kept for | Deleted by",
                (
                    ("Access logs of the buildings", f"{keep[0]} weeks", "Facilities"),
                    ("Recordings of video meetings", f"{keep[1]} days", "the host"),
                    ("Camera pictures of the yard", f"{keep[2]} hours", "Facilities"),
                    ("Mailboxes of former colleagues", f"{keep[3]} months", "IT"),
                ),
            )
        }

        Backups are made every night and kept for {backup} days. A copy lies in the second fire
        zone, a further copy leaves the building every Friday. In {restore} we restore a whole
        system from the backup to see whether it works. A backup that was never restored is a hope
        and not a backup.

        # 6 When something happens
        An incident is everything that makes you wonder: a mail that asks you to hurry, a window
        that opens by itself, a colleague on the phone whom nobody knows. Report it within {report}
        hours to {w["security"].full} on {w["security"].phone("slash")} or by mail to
        {w["security"].email}. Outside office hours call the gate, which has the number of the
        standby administrator. Do not switch the computer off, but pull the network cable.

        {w["security"].titled} decides whether the crisis team meets. It consists of the managing
        director, the heads of IT, legal and human resources and the press office. {w["dpo"].titled}
        examines whether the supervisory authority has to be informed, for which we have three days.
        Nobody else talks to the press, to customers or to the police on behalf of the firm.

        # 7 Working with others
        Suppliers and consultants who handle our information sign an agreement before they see the
        first page of it. The legal department keeps these agreements, the team that has ordered
        the work sees to it that they are observed. Outside staff receive accounts with an end
        date, a coloured badge and the same introduction as everybody else. When the work is done
        the manager reports it on the same day, and the accounts are closed in the evening.

        Software is bought through IT, including software that costs nothing. Free programs are
        often paid for with data. A list of what has been examined is on the intranet; whatever is
        on it may be installed from the software shop without asking. For everything else please
        allow two weeks for the examination, or explain why it has to go faster. Services on the
        internet are treated like software, even if all they need is a browser.

        Customers sometimes send us more than we need, for instance lists with the names of their
        tenants. Do not store such files. Send a friendly answer, ask for a version without names,
        and delete the file from the mailbox and from the waste basket. If the customer insists,
        the data protection officer will talk to them, which has always helped so far.

        # 8 Paper, meetings and conversations
        Information also leaks out where no computer is involved. Confidential papers go into the
        grey bins with the lock, whose contents are shredded outside under supervision. Whiteboards
        are wiped after the meeting by the person who invited to it. On the train one can hear a
        good deal about other firms; please make sure that others do not hear anything about ours.
        Who prints, fetches the print, and who finds a print of somebody else brings it to that
        person.

        # 9 Exercises
        The next exercise takes place on {day(drill)}. We will not tell you what happens in it.
        After each incident and each exercise a report of at most two pages is written which names
        causes and not culprits, and its measures are followed up until they are done.
        """,
    )
    corpus.ask_all(
        SECURITY,
        "it",
        [
            ("What is the minimum number of characters for our passwords?",
             (f"{length} characters", str(length)), "A password has at least", "easy"),
            ("How long is my account blocked when I mistype the password too often?",
             (f"{block} minutes",), "wrong attempts", "medium"),
            ("How are the company's own encrypted USB sticks told apart?",
             (usb, f"{usb} colour"), "recognised by their", "medium"),
            ("How long do we store footage from the cameras outside?",
             (f"{keep[2]} hours",), "Camera pictures", "hard"),
            ("Which wireless network are guests supposed to use?", visitors, "Visitors use",
             "medium"),
            ("When will the next security drill be held?", day_answers(drill), "next exercise",
             "easy"),
            (f"On which phone number does {w['security'].full} take incident reports?",
             w["security"].phone("slash"), "Report it within", "medium"),
            ("How quickly do critical patches have to be on the machines once approved?",
             (f"{patch} hours",), "Critical updates", "medium"),
        ],
    )  # fmt: skip


def write_expense_policy(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("expense policy")
    hotel = distinct(rng, 96, 232, 4, step=2)
    km, bike = rng.choice((31, 33, 36, 38)), rng.choice((11, 12, 14))
    limit, train = rng.choice((8, 9, 12)), rng.choice((2, 3))
    weeks, small = rng.choice((5, 6, 8)), rng.randrange(25, 75, 5)
    pay_day = rng.choice(("Tuesday", "Wednesday", "Thursday"))
    guests, gift = rng.randrange(45, 95, 5), rng.choice((28, 32, 38))
    flight = rng.choice((550, 600, 650, 750))
    approve = distinct(rng, 1500, 9500, 2, step=500)
    approve.sort()
    valid = days(rng, date(2025, 1, 2), 90, 1)[0]
    laundry = rng.choice((4, 6, 8))
    corpus.add(
        EXPENSES,
        "Travel and expense policy",
        f"""
        # 1 Basic idea
        We travel because a customer, a supplier or a machine needs us. We travel in such a way
        that we arrive rested and that nobody has to be ashamed of the bill. Whoever follows this
        thought will rarely need the following pages. They are valid from {day(valid)} for all
        colleagues and, with the exceptions named, for applicants and guests whose costs we bear.

        Questions are answered by {w["payables"].full} in accounts payable, who also decides in
        cases of doubt up to a hundred euros. Larger cases are decided by {w["cfo"].full}, head of
        finance, and these decisions are collected anonymously on the intranet so that equal cases
        are treated equally. {w["controller"].full} publishes every quarter what travel has cost us
        and how much carbon dioxide it has caused.

        # 2 Before the journey
        A journey within the country needs the consent of the manager, which may be given by mail
        or in passing. A journey abroad is entered in the portal a week before it begins, so that
        the certificate for social insurance can be issued. Journeys whose cost is expected to
        exceed {money(approve[0])} need the consent of the department head, and above
        {money(approve[1])} that of the head of finance.

        Tickets and hotels are booked through the travel portal. Whoever books elsewhere pays in
        advance and has to show that it was cheaper. Bonus points of airlines and hotels are private
        as long as they do not lead to detours. Travel insurance has been taken out for everybody;
        the card with the emergency number is part of your badge holder.

        # 3 Getting there
        The train is the normal case. On journeys of more than {train} hours you may book first
        class if you work on the way. Reservations are always paid. A domestic flight is allowed
        only when the train would take more than {limit} hours or would make a night in a hotel
        necessary that nobody wants. Flights within Europe are booked in economy class and should
        not cost more than {money(flight)} there and back.

        For journeys in your own car you receive {km} cents for each kilometre, which covers fuel,
        wear and insurance. Whoever takes along colleagues gets two cents more for each of them.
        Journeys by bicycle are paid with {bike} cents. Fines are private, without exception. Pool
        cars are booked at the front desk; they are electric, and whoever returns one with less
        than a third of its charge buys a cake.

        Taxis are for the hour after midnight, for heavy measuring cases and for places to which no
        bus goes. Write the reason on the receipt. A rental car is taken in the smallest class that
        holds people and equipment.

        # 4 Staying
        Breakfast should be included in the hotel rate. The following upper limits hold for a night
        in a single room, breakfast and taxes included. If a fair fills the town, the limit may be
        exceeded with the consent of the manager, who puts a note in the portal.

        {
            table(
                "City or region | Upper limit per night | Remark",
                (
                    ("Munich", money(hotel[0]), "also Starnberg and Dachau"),
                    ("Copenhagen", money(hotel[1]), "book early in summer"),
                    ("Other places in Germany", money(hotel[2]), "inns are welcome"),
                    ("London", money(hotel[3]), "within zone 3"),
                ),
            )
        }

        Meals are paid with the flat rates of the tax office. If breakfast was part of the hotel
        bill, a fifth of the daily rate is deducted. Laundry is paid when a journey lasts more than
        {laundry} days. The minibar, films and the fitness room are private.

        # 5 Guests and gifts
        Invitations to customers are limited to {money(guests)} a person including drinks and tip.
        Write down the names of all guests and the reason on the back of the bill; the tax office
        wants to see both. Among ourselves we do not invite each other at the firm's expense, apart
        from the Christmas dinner of each department and the farewell of colleagues who retire.

        Gifts to customers may cost up to {money(gift)} in a year. Employees of public bodies
        receive nothing but a calendar. What we may accept ourselves is written in the employee
        handbook. Donations are decided by the managing director and are never linked to an order.

        # 6 Getting your money back
        Hand in receipts within {weeks} weeks after the journey. You photograph them with the
        portal, and the paper may be thrown away as soon as the portal shows a green tick. If a
        receipt has been lost, a note of your own is accepted up to {money(small)}; above this sum
        we pay only with a copy from the restaurant or shop.

        Your manager confirms the claim, {w["payables"].titled} checks it, and the sum is paid out
        every {pay_day} to the account to which your salary goes. Claims that contain obvious
        mistakes are returned with a friendly note. Claims that were made up are a reason for
        dismissal, whatever the sum.

        Company cards are issued to colleagues who travel on more than forty days a year. The card
        is settled monthly, and private purchases with it are not allowed, not even when you pay
        them back. A lost card is blocked by the bank around the clock; afterwards write a short
        mail to {w["payables"].email}, so that the new one is ordered on the same day.

        # 7 Special cases
        Whoever is sent to another place for more than three months receives an agreement of its
        own about flat, journeys home and school for the children. Applicants get their travel
        costs back in second class, without having to ask for it. Journeys to training courses are
        treated like all other journeys, even when the course takes place at a lake. If you extend
        a journey by private days, the firm pays what the journey would have cost without them, and
        the insurance ends with the official part.

        When somebody falls ill on the way, everything that is necessary is paid first and sorted
        out afterwards. This includes the journey of a relative to the hospital. When a train is
        late, the passenger rights belong to the firm if the firm has bought the ticket; please
        fill in the form all the same, because we have had a new coffee machine from these refunds.
        Colleagues who care for children or parents may take them along if the customer agrees, at
        their own cost.

        # 8 Closing remark
        This policy will be reviewed in two years. If a rule has led to nonsense in your case, tell
        {w["cfo"].titled} about it. The rule about bicycles, by the way, came from such a letter,
        and so did the rule about cake.
        """,
    )
    corpus.ask_all(
        EXPENSES,
        "finance",
        [
            ("What may a hotel night in Copenhagen cost?",
             (money(hotel[1]), str(hotel[1])), "Copenhagen\t", "hard"),
            ("What mileage rate applies for using the private car?",
             (f"{km} cents", f"EUR 0.{km}"), "in your own car", "easy"),
            ("How long after a trip may receipts be submitted?",
             (f"{weeks} weeks",), "Hand in receipts", "easy"),
            ("On what weekday are travel costs reimbursed?", pay_day, "is paid out every",
             "medium"),
            ("How much may be spent per head when inviting clients to dinner?",
             (money(guests), str(guests)), "Invitations to customers", "medium"),
            ("From what trip cost on does the head of finance have to agree?",
             (money(approve[1]), f"{approve[1]:,}"), "that of the head of finance", "hard"),
            ("Who settles disputes about small travel costs of less than a hundred euros?",
             w["payables"].full, "in cases of doubt up to", "medium"),
        ],
    )  # fmt: skip
