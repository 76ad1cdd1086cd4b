"""Human resources: contracts, mails and notes of the personnel office."""

from datetime import date, timedelta

from firm.corpus import Corpus
from firm.mail import Attachment, Mail, sent, signature
from firm.markup import table
from firm.numbers import day, day_answers, money
from firm.world import FIRM, days, distinct, identifier


def write_contract(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("employment")
    engineer = w["engineer"]
    start = days(rng, date(2024, 2, 1), 300, 1)[0]
    salary = rng.randrange(58200, 79800, 600)
    weeks, hours = rng.choice((6, 7, 9, 10)), rng.choice((32, 34, 36))
    account = w.account("engineer")
    inventions = rng.choice((14, 21, 28))
    path = corpus.add(
        "hr/employment_contract_development.docx",
        "Employment contract",
        f"""
        between {FIRM}, Speicherkamp 41, Hamburg, represented by {w["ceo"].full}, and
        {engineer.caps}, staff number {engineer.number("staff number")}

        ## 1 Position and place of work
        {engineer.titled} is employed from {day(start)} as a development engineer for power
        electronics. The place of work is Hamburg. The firm may assign other reasonable tasks of the
        same grade after hearing the employee, and journeys to the laboratory in Flensburg are part
        of the work.

        ## 2 Working time
        The regular working time is {hours} hours a week, spread over the days from Monday to
        Friday. It differs from the usual working time of the firm because {engineer.titled} has
        asked for it, and it may be raised to full time with three months' notice at the wish of
        either side.

        ## 3 Pay
        The yearly gross salary is {money(salary)}, payable in twelve equal parts at the end of the
        month. It is transferred to the account {account}. A change of account has to be notified
        through the personnel portal by the tenth day of the month in which it is to take effect.

        ## 4 Inventions
        Inventions made in the course of the work are reported in writing within {inventions} days.
        The statutory rules on inventions of employees apply. {engineer.titled} keeps laboratory
        notebooks which remain the property of the firm and are handed over to {w["rd_head"].full}
        at the end of the employment.

        ## 5 Notice
        After the trial period both sides may end the employment with notice of {weeks} weeks to
        the end of a month. Notice has to be given in writing on paper; a mail or a message is not
        enough. The employment ends without notice at the end of the month in which the statutory
        retirement age is reached.

        ## 6 Secrecy
        Drawings, measured values, calculations and the names of customers are confidential during
        the employment and afterwards. The duty does not cover what is generally known or what a law
        obliges somebody to disclose. In cases of doubt the head of the legal department decides.

        > Hamburg, signed for the firm: {w["ceo"].full}
        > Read and agreed: {engineer.full}
        > Checked by the personnel office: {w["hr_officer"].short}
        """,
    )
    corpus.ask(path, f"What yearly salary was agreed with {engineer.full}?",
        (money(salary), f"{salary:,}", str(salary)), "yearly gross salary", kind="hr")  # fmt: skip
    corpus.ask(path, f"To which account is {engineer.titled}'s salary paid?", account,
        "transferred to the account", kind="iban")  # fmt: skip
    corpus.ask(path, f"What notice period applies to {engineer.full} after probation?",
        (f"{weeks} weeks", f"{weeks} weeks to the end of a month"), "with notice of",
        kind="hr", level="easy")  # fmt: skip


def write_parental_leave(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("parental leave")
    parent = w["sales_south"]
    begin = days(rng, date(2026, 5, 4), 60, 1)[0]
    back = begin + timedelta(weeks=rng.randrange(14, 32))
    hours = rng.choice((18, 20, 22, 24))
    mail = Mail(
        w["hr_officer"],
        (parent,),
        sent(date(2026, 1, rng.randrange(12, 28)), "10:41"),
        cc=(w["sales_head"],),
        listed=True,
    )
    path = corpus.add(
        "hr/parental_leave.eml",
        "Re: Parental leave from the summer on",
        f"""
        Dear {parent.titled},

        thank you for telling us so early, and congratulations from the whole personnel office. I
        have entered your request in the portal and can confirm it as follows. Your parental leave
        begins on {day(begin)} and ends with your return to the office on {day(back)}. During this
        time you would like to work {hours} hours a week from home, which we gladly accept.

        Your customers in the south are looked after by {w["key_account"].full} for the time being.
        {w["key_account"].titled} asked me to arrange a handover of two half days with you, if
        possible before the trade fair. The company car stays with you because the private use
        goes on being taxed; should you prefer to give it back, a short line is enough.

        Please send the birth certificate when you have it. We pass a copy on to the payroll and
        destroy it afterwards.

        With kind regards
        {signature(w["hr_officer"], "Personnel office", "brackets")}

        > From: {parent.full}
        > To: {w["hr_officer"].full}
        > Subject: Parental leave from the summer on

        Hello {w["hr_officer"].first},

        as I told you in the canteen, our second child is due in spring. I would like to stay at
        home from early summer on and take over a small part of my region from there if
        {w["sales_head"].full} agrees. Could you tell me what you need from me and by when? I
        should also like to know what happens to the car and to my days of leave from last year.

        Best wishes
        {parent.first}
        """,
        mail=mail,
    )
    corpus.ask(path,
               f"On which day does {parent.full} come back to the office after parental leave?",
        day_answers(back), "ends with your return", kind="hr", level="hard")  # fmt: skip
    corpus.ask(path, f"Who covers {parent.titled}'s customers during the parental leave?",
        w["key_account"].full, "are looked after by", kind="hr")  # fmt: skip


def write_applicants(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("applicants")
    one, two = w["applicant1"], w["applicant2"]
    wish = distinct(rng, 47000, 66000, 2, step=500)
    start = days(rng, date(2026, 3, 2), 120, 2)
    points = distinct(rng, 11, 29, 2)
    again = days(rng, date(2026, 2, 9), 30, 1)[0]
    path = corpus.add(
        "hr/interview_notes.odt",
        "Interview notes: technician for fast chargers",
        f"""
        Present for the firm: {w["service_head"].full}, {w["hr_officer"].full} and, for the
        technical part, {w["tech3"].full}. The notes are destroyed six months after the position is
        filled.

        ## First interview
        Applicant: {one.listed}. Reachable under {one.phone("plain")} or {one.email}.

        {one.titled} trained as an electronics technician for energy and building technology and
        has spent six years with a maker of lifts. {one.they.capitalize()} knows three-phase
        systems well, has read a wiring diagram of ours without help and found the mistake that
        {w["tech3"].titled} had built in. Customers describe {one.their} manner as calm.
        {one.they.capitalize()} would like to earn {money(wish[0])} a year and could start on
        {day(start[0])}. The technical test ended with {points[0]} of 30 points. The driving
        licence for trailers is missing and would have to be paid for by us.

        ## Second interview
        Applicant: {two.listed}. Reachable under {two.phone("dashed")} or {two.email}.

        {two.titled} comes from the maintenance of wind turbines and is used to heights, bad weather
        and nights in hotels. The knowledge of communication protocols is better than with all other
        applicants so far; the knowledge of our tariff rules is thin, which can be learnt. The wish
        is {money(wish[1])} a year, the earliest start {day(start[1])}. In the technical test
        {two.they} reached {points[1]} of 30 points and asked for a second try.

        ## Assessment
        {w["service_head"].titled} prefers the first applicant because of the manner with customers.
        {w["tech3"].titled} prefers the second one because of the protocols. It was agreed to invite
        {two.last} once more on {day(again)}, this time together with {w["dispatcher"].full}, and to
        decide in the week after. {w["hr_officer"].titled} tells both applicants that it will take a
        little longer.
        """,
    )
    corpus.ask(path, f"What salary does the applicant {one.full} expect?",
        (money(wish[0]), f"{wish[0]:,}", str(wish[0])), "would like to earn",
        kind="hr")  # fmt: skip
    corpus.ask(path, f"How many points did {two.full} get in the technical test?",
        (f"{points[1]} of 30", f"{points[1]} points", str(points[1])), "asked for a second try",
        kind="hr", level="hard")  # fmt: skip
    corpus.ask(path, f"Under which number can I call {one.full}, who applied as a technician?",
        one.phone("plain"), "Reachable under " + one.phone("plain"), kind="contact",
        level="medium")  # fmt: skip


def write_reference(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("reference")
    leaver = w["tech5"]
    first, last = date(2016, rng.randrange(1, 12), 1), date(2025, rng.randrange(9, 12), 30)
    stations = rng.randrange(310, 980, 10)
    corpus.add(
        "hr/reference_field_service.rtf",
        "Reference",
        f"""
        {leaver.full} worked for {FIRM} from {day(first)} to {day(last)} as a service technician for
        commissioning. {FIRM} makes charging equipment and employs about three hundred people.

        {leaver.titled} set up car park systems, instructed the operators and measured the grid
        connection. In these years {leaver.they} put {stations} charging points into operation,
        more than anybody else in the team. {leaver.they.capitalize()} also wrote the checklist
        that all technicians have used ever since, and trained four apprentices, who still speak of
        it.

        The work was always done to our fullest satisfaction. Even in the winter with many
        disturbances {leaver.titled} stayed friendly and exact. The conduct towards superiors,
        colleagues and customers was exemplary at all times.

        {leaver.titled} leaves us at {leaver.their} own wish in order to take over the workshop of
        {leaver.their} parents. We regret this very much, thank {leaver.last} for the good work and
        wish all the best for the new task.

        > Hamburg, {day(last)}
        > {w["service_head"].full}, head of service
        > {w["hr_head"].full}, head of human resources
        """,
    )
    corpus.ask("hr/reference_field_service.rtf",
        f"How many charging points did {leaver.full} commission while working for us?",
        (str(stations), f"{stations} charging points"), "put " + str(stations),
        kind="hr", level="medium")  # fmt: skip


def write_payslip_mail(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("payslip")
    amount = rng.randrange(120, 380, 5) + 0.5
    month = rng.choice(("October", "November", "December"))
    ticket = identifier(rng, "ticket-payslip", "PA-#####")
    mail = Mail(
        w["works_council"],
        (w["accounts"],),
        sent(date(2026, 1, rng.randrange(5, 29)), "07:58"),
        cc=(w["hr_officer"],),
        attachments=(
            Attachment(
                "hours.csv",
                table(
                    "Date | Shift | Hours | Supplement",
                    [(day(d, style="dots"), rng.choice(("early", "late", "night")),
                      rng.choice(("7.5", "8.0", "9.25")), f"{rng.randrange(10, 45)} percent")
                     for d in days(rng, date(2025, 10, 1), 80, 9)],
                ),
            ),
        ),
    )  # fmt: skip
    path = corpus.add(
        "hr/payslip_correction.eml",
        "Night supplement missing on my payslip",
        f"""
        Dear {w["accounts"].titled},

        on my payslip for {month} the supplement for the night shifts is missing. I have added up
        the hours from the time system and attach them as a table. By my reckoning
        {money(amount, cents=True)} have to be paid in addition. The hours were confirmed by the
        shift leader, so there should be no doubt about them.

        {w["hr_officer"].titled} has given the matter the number {ticket}; please quote it in the
        payment so that I can tell the correction from the normal salary. Two other colleagues of
        the late shift have noticed the same. They will write to you themselves, because I do not
        want to pass on their payslips as a member of the works council.

        Would it be possible to settle it with the next salary? If the change of the software is the
        reason, a general note to everybody would certainly spare you a lot of mails.

        Thank you and kind regards
        {signature(w["works_council"], "Assembly, chair of the works council", "dashed")}
        """,
        mail=mail,
    )
    corpus.ask(path, f"How much money is missing on {w['works_council'].full}'s payslip?",
        (money(amount, cents=True), f"{amount:.2f}"), "By my reckoning", kind="hr",
        level="medium")  # fmt: skip


HR_LETTERS = (
    *(write_contract, write_parental_leave, write_applicants, write_reference),
    write_payslip_mail,
)
