"""Human resources: the employee handbook, a PDF of several pages."""

from datetime import date

from firm.corpus import Corpus
from firm.markup import table
from firm.numbers import day, day_answers, money
from firm.world import days, distinct

PATH = "hr/employee_handbook.pdf"


def write_handbook(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("handbook")
    leave, extra = rng.choice((27, 28, 29, 31)), rng.choice((2, 3, 4))
    carry = rng.choice((4, 6, 7, 9))
    carry_until = date(2026, rng.choice((2, 3, 4)), rng.choice((15, 22, 28)))
    core_from, core_to = (
        rng.choice(("9:15", "9:30", "9:45")),
        rng.choice(("14:45", "15:15", "15:30")),
    )
    home_days = rng.choice((5, 6, 7, 9))
    budget = rng.randrange(850, 1900, 50)
    jubilee = distinct(rng, 300, 2400, 4, step=50)
    jubilee.sort()
    referral = rng.randrange(900, 2600, 100)
    probation, notice = rng.choice((4, 5)), rng.choice((2, 3))
    bike = rng.randrange(35, 95, 5)
    sick_day = rng.choice(("second", "third", "fourth"))
    review = rng.choice(("February", "March", "October"))
    valid = days(rng, date(2025, 9, 1), 90, 1)[0]
    standby = distinct(rng, 18, 64, 4)
    pension = rng.choice((17, 19, 22, 24))
    vaccine, record = rng.choice(("October", "November")), rng.choice((6, 7, 8, 11))
    suggestion, share = money(rng.randrange(40, 120, 10)), rng.choice((12, 14, 18))
    shoes = rng.randrange(70, 160, 10)
    head, officer, council, safety = w["hr_head"], w["hr_officer"], w["works_council"], w["safety"]
    corpus.add(
        PATH,
        "Employee handbook",
        f"""
        # 1 About this handbook
        Varnsund Ladetechnik GmbH develops, builds and looks after charging equipment for electric
        vehicles. We work at three places: the head office and the plant in Hamburg, the service
        base in Kassel and the small test laboratory in Flensburg. This handbook collects the rules
        that apply to all of us, whether you solder boards, answer the service phone or plan a car
        park for a customer. It does not replace your employment contract. Where the two differ,
        the contract is what counts, and we ask you to tell the personnel office about the
        difference so that it can be put right.

        This edition has applied since {day(valid)}. It was prepared by {officer.full} of the
        personnel office together with the works council and released by {head.full}, who heads
        human resources. Printed copies lie in the canteen and in the changing rooms of the plant,
        but only the edition on the intranet is kept up to date. When a rule changes you will
        receive a short mail with the old wording and the new one side by side.

        If something in here is unclear, ask your manager first. If you would rather not, speak to
        {officer.titled} in the personnel office or to {council.full}, who chairs the works council.
        Nobody will suffer a disadvantage for asking, and both of them will keep your name to
        themselves when you wish it.

        # 2 Your first months
        Every new colleague has a sponsor from another team who shows the house, explains the
        abbreviations and has lunch with you in the first week. The sponsor does not judge your
        work. That is your manager's task, and there are two fixed talks for it: one after six
        weeks and one four weeks before the trial period ends. Unless the contract says otherwise,
        the trial period lasts {probation} months. During this time either side may end the
        contract with notice of {notice} weeks, and no reason has to be given.

        On your first morning you receive your badge, your computer and, if you work in the plant or
        in the field, your protective clothing. Safety shoes you buy yourself, because only you know
        what fits. The firm pays up to {money(shoes)} a pair, once in eighteen months, against the
        receipt. {
            safety.full
        }, our safety specialist, will explain the plant rules in a walk of about
        an hour; without this walk you may not enter the assembly hall alone.

        Please check in the first week whether the personnel file holds your correct bank details,
        your tax number and the person whom we should call in an emergency. Changes are made through
        the personnel portal and never by telephone, because we cannot tell over the phone who is
        calling.

        # 3 Working time
        The weekly working time is 38 hours for full-time staff. Office staff arrange their day
        freely around the core time, which runs from {core_from} to {core_to} from Monday to
        Thursday. There is no core time on Fridays. Before six in the morning and after eight in
        the evening nobody should work in the office, unless a customer's plant stands still. In
        the assembly hall the shift plan applies, and the shift leaders hang it out three weeks
        ahead.

        You note your hours in the time system on the day itself. Hours that were not noted within
        seven days have to be confirmed by your manager. Your time account may rise to 40 hours
        above zero and fall to 20 below. Whoever reaches the upper limit agrees with the manager on
        days off within the next two months; the account is not paid out except when somebody
        leaves.

        You may work from home on up to {
            home_days
        } days a month if your tasks allow it and your team
        knows in the morning where you are. The days cannot be carried into the next month. During
        the trial period we expect you in the office, since most questions of newcomers are answered
        in the corridor. Working from another country needs the written consent of human resources,
        which we ask you to request a month ahead, because tax and social insurance have to be
        checked.

        ## Standby duty of the field service
        Colleagues of the field service take turns on standby. For each hour of standby a flat rate
        is paid on top of the salary; an actual call-out counts as working time from the moment you
        leave the house. The following rates apply this year.

        {
            table(
                "Period | Rate per hour | Longest stretch",
                (
                    ("Weekday evening", money(standby[0] / 10, cents=True), "4 evenings in a row"),
                    ("Weekday night", money(standby[1] / 10, cents=True), "3 nights in a row"),
                    ("Saturday", money(standby[2] / 10, cents=True), "1 day"),
                    ("Sunday and public holiday", money(standby[3] / 10, cents=True), "1 day"),
                ),
            )
        }

        # 4 Leave
        Full-time staff have {
            leave
        } days of paid leave in a calendar year. Colleagues with a recognised
        severe disability have five days more by law, and whoever has worked night shifts for at
        least six months of the year receives {extra} additional days. In the year of joining and of
        leaving you are entitled to one twelfth for each full month.

        Leave is requested in the portal and counts as granted only when the manager has confirmed
        it there. For more than ten days in a row we ask for two months' notice. If two colleagues
        of a team want the same weeks, parents of school children come first during the school
        holidays, and otherwise the one who had to stand back last time.

        Please take your leave in the year to which it belongs. Up to {
            carry
        } days may be taken over into
        the following year without giving a reason. Days taken over lapse on {
            day(carry_until)
        }, unless you
        were ill or a project forced you to postpone them. Your manager confirms such a case in
        writing before the end of the year.

        There is special paid leave of one day for moving house, two days for your own wedding, two
        days for the birth of a child and three days when a close relative has died. Honorary work
        in the fire brigade or the technical relief service is granted as the law provides, and we
        are proud of everybody who does it.

        # 5 Illness and accidents
        If you fall ill, let your manager know before your day begins, by phone or by message. A
        doctor's certificate is needed from the {sick_day} day of illness on. We fetch the
        certificate electronically from the health insurer, so you only have to tell us that one
        has been issued and for how long. Whoever falls ill during leave does not lose these days,
        provided that there is a certificate from the first day.

        After six weeks of illness within a year we invite you to a talk about returning to work.
        The talk is voluntary, and you may bring along somebody you trust. Its aim is to find out
        what has to change at the workplace, and the notes are kept apart from the personnel file.

        Every accident at work or on the way to work is entered in the accident book, even when only
        a plaster was needed. The book lies with the first-aiders on each floor. Accidents with more
        than three lost days are reported to the insurance association by {
            safety.titled
        }, who also looks
        into the cause and writes a page about it for the plant meeting.

        # 6 Money
        Salaries are paid on the last working day but two of the month. Once a year, in {
            review
        }, your
        manager talks with you about pay. The result is given to you in writing within four weeks,
        including the reasons when nothing changes. Pay bands for all grades are published on the
        intranet, and the works council sees the anonymous distribution every autumn.

        The firm adds {pension} percent to whatever you convert from your salary into the company
        pension, which is more than the law asks of us. The pension is run by an outside fund, and
        the adviser of the fund visits Hamburg twice a year. Leasing a bicycle through the firm is
        possible after the trial period; we take over {money(bike)} of the monthly rate.

        For long service we say thank you in the works meeting and with a payment. The amounts have
        been agreed with the works council and are paid with the salary of the month in which the
        anniversary falls.

        {
            table(
                "Years of service | Payment | Additional days off, once",
                (
                    ("5", money(jubilee[0]), "none"),
                    ("10", money(jubilee[1]), "1"),
                    ("20", money(jubilee[2]), "2"),
                    ("30", money(jubilee[3]), "4"),
                ),
            )
        }

        If you recommend somebody for an open position and this person is hired, you receive
        {
            money(referral)
        } after the newcomer has passed the trial period. Managers who decide on the position
        are excluded, and so is the personnel office.

        # 7 Learning
        Each of us has a training budget of {
            money(budget)
        } a year, which pays for courses, books and
        examination fees. Travel to a course is paid from the budget of the department. The budget
        lapses at the end of the year, but two years may be combined for a longer course if the
        manager agrees in the first of them. Legally required training, for instance for electrical
        work or for driving the forklift, never comes out of your own budget.

        Apprentices spend at least six weeks in each department and end each station with a talk in
        which both sides say what went well. After the examination we offer a contract to everybody
        whose marks are in the upper half. Students who write a thesis with us are looked after by
        research and development, and they receive a desk, a computer and access to the test field.

        # 8 Living together
        We treat each other with respect, whatever our origin, religion, sex, age or way of life.
        Jokes at the expense of others are not harmless merely because nobody objects. Whoever feels
        harassed may turn to the manager, to the personnel office, to the works council or to the
        outside ombudswoman, whose number hangs on the notice boards. Every report is looked into,
        and the person who made it hears within fourteen days what was done.

        Gifts from suppliers are shared with the team or returned. An invitation to a meal during a
        visit is fine; an invitation to a football match is not, unless the managing director has
        agreed beforehand. Side jobs have to be reported before they begin, and they are refused
        only if they compete with us or leave you too tired to work safely.

        Alcohol and other drugs have no place at work. At the summer party beer is served after the
        plant has closed, and everybody who drinks leaves the car behind. If you worry about a
        colleague or about yourself, the social counselling service of the city listens without
        telling us.

        # 9 Health and safety
        Twice a year the company doctor is in the house for two days. You may have your eyes, your
        hearing and your back examined, and the firm learns only whether you are fit for the task
        and not why. Colleagues who work at a screen receive a pair of glasses for it when the
        doctor recommends them. Vaccinations against influenza are offered in {vaccine} and cost
        nothing.

        Every floor has a first-aider and an evacuation helper, whose photographs hang beside the
        lifts. When the siren sounds you leave the building by the nearest stairs, take along those
        who are slower, and wait at the assembly point until your name has been called. Nobody goes
        back for a jacket. {safety.titled} holds an exercise once a year and afterwards tells us how
        many minutes we needed; the record from the year before last stands at {record} minutes.

        In the plant the signs on the doors apply to visitors and managers as well. Ear protection
        lies in the yellow boxes. Whoever sees a danger removes it or marks it, and only then looks
        for the person in charge. Suggestions that make work safer are rewarded with
        {suggestion} each, even when the idea cannot be carried out for some other reason.

        # 10 Ideas and inventions
        Those who do the work usually know best how it could be done better. An idea is written on
        one page: what is the matter, what should be changed, what would it bring. A small group of
        people from the plant, the service and development looks at all ideas on the first Monday of
        the month, and you hear within three weeks what will become of yours. A reward of
        {share} percent of what is saved in the first year is paid, with a small sum as the minimum.

        Technical inventions are a different matter. They are reported to the legal department
        before you talk about them outside, since an invention that has been shown at a fair can no
        longer be protected. The firm decides within four months whether it wants to use the
        invention. If it does not, the invention is yours, and we wish you luck with it.

        # 11 Leaving us
        When a contract ends we would like to hear what we could have done better. The talk is held
        by somebody from the personnel office and not by your manager. Please return badge, keys,
        computer, phone and tools by your last day; a list is sent to you two weeks before. A
        reference is issued without being asked for, in the tone we would wish to read about
        ourselves, and it is signed by the manager of the department and by human resources.

        Remaining leave is taken before the last day where that is possible and paid out otherwise.
        Private data on the computer is deleted by you, business data is handed over to your
        successor in a talk. Former colleagues are welcome in the canteen on every first Wednesday
        of the month, at the price for guests.
        """,
    )
    corpus.ask_all(
        PATH,
        "hr",
        [
            ("How many days of annual holiday does somebody working full time get?",
             (f"{leave} days", str(leave)), f"have {leave} days of paid leave", "easy"),
            ("By which date must holiday left over from last year have been used up?",
             day_answers(carry_until), "Days taken over lapse", "medium"),
            ("How many unused holidays may be moved to the next year?",
             (f"{carry} days", str(carry)), f"Up to {carry} days may be taken over", "medium"),
            ("Between which hours do office people have to be available on a Tuesday?",
             (f"from {core_from} to {core_to}", f"{core_from} to {core_to}",
              f"{core_from} - {core_to}"),
             f"runs from {core_from}", "medium"),
            ("How often a month may I do home office?",
             (f"{home_days} days", f"{home_days} times", str(home_days)), "You may work from home",
             "easy"),
            ("What bonus do you get for twenty years with the company?",
             (money(jubilee[2]), f"{jubilee[2]:,}", str(jubilee[2])), f"20\t{money(jubilee[2])}",
             "hard"),
            ("What does an hour of standby on a Saturday pay?",
             (money(standby[2] / 10, cents=True), f"{standby[2] / 10:.2f}"),
             "Saturday\t", "hard"),
            ("From which sick day do I have to hand in a doctor's note?",
             (f"{sick_day} day", sick_day), f"from the {sick_day} day", "easy"),
            ("What percentage of the savings does the author of an idea receive?",
             (f"{share} percent", f"{share}%", f"{share} %"), "percent of what is saved", "hard"),
            ("How much does the company contribute to a leased bike each month?",
             (money(bike), str(bike)), "of the monthly rate", "medium"),
            ("How large is the yearly amount that each employee may spend on courses?",
             (money(budget), f"{budget:,}", str(budget)), "training budget of", "easy"),
            ("What reward is paid for referring a candidate, and when?",
             (money(referral), f"{referral:,}", str(referral)), "after the newcomer has passed",
             "medium"),
            ("Who signed off the current edition of the staff rules?",
             (head.full,), "and released by", "hard"),
        ],
    )  # fmt: skip
