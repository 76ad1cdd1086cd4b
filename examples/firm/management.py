"""Management: minutes of four meetings, similar in form, different in people and decisions."""

from datetime import date, timedelta

from firm.corpus import Corpus
from firm.markup import table
from firm.numbers import day, day_answers, money
from firm.world import Person, days, distinct

_TASKS = (
    ("compare three offers for the compressor", "write the text for the job advertisement",
     "invite the network operator"),
    ("check the stock of cables in Kassel", "prepare the visit of the school class",
     "find out why the label printer smears"),
    ("propose a date for the works meeting", "translate the warning signs",
     "talk to the forwarder about pallets"),
    ("collect the figures for the sustainability report", "test the new time clock",
     "order measuring leads"),
)  # fmt: skip
_OPENINGS = (
    "The chair welcomed everybody and apologised for the heating. The minutes of the last meeting "
    "were approved after one correction: it was not the roof that leaked but the window.",
    "The meeting began ten minutes late because the room was occupied by a birthday. The minutes "
    "of the last meeting were approved without discussion.",
    "The chair thanked the plant for the Saturday shifts. The minutes of the last meeting had been "
    "sent out too late and will be approved next time.",
    "Two colleagues took part by video. The minutes of the last meeting were approved, with the "
    "remark that tasks without a name are not tasks.",
)
_FORMATS = ("docx", "odt", "md", "txt")
_CHAIRS = ("ceo", "quality_head", "ceo", "rd_head")
_NAMES = ("board", "quality_circle", "plant", "development")


def write_minutes(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("minutes")
    present = ("cfo", "hr_head", "sales_head", "service_head", "it_head", "legal_head", "engineer",
               "safety", "works_council", "facility_head", "controller", "security")  # fmt: skip
    meetings = days(rng, date(2025, 9, 1), 100, 4)
    scrap = distinct(rng, 11, 49, 4)
    sums = distinct(rng, 12000, 95000, 4, step=500)
    sick = distinct(rng, 31, 89, 4)
    for i in range(4):
        chair = w[_CHAIRS[i]]
        others = [w[role] for role in rng.sample(present, 6)]
        writer, absent = others[0], others[5]
        tasks = [(text, others[n + 1], meetings[i] + timedelta(days=rng.randrange(10, 45)))
                 for n, text in enumerate(_TASKS[i])]  # fmt: skip
        following = meetings[i] + timedelta(weeks=i + 2)
        path = corpus.add(
            f"management/minutes_{_NAMES[i]}.{_FORMATS[i]}",
            f"Minutes of the {_NAMES[i].replace('_', ' ')} meeting of {day(meetings[i])}",
            _minutes(i, chair, others, meetings[i], tasks, following, scrap[i], sums[i], sick[i]),
        )
        meeting = f"the {_NAMES[i].replace('_', ' ')} meeting"
        questions = (
            [(f"Who took the minutes of {meeting}?", writer.full, "Minutes: ", "easy"),
             ("Who is to compare the offers for the compressor?", tasks[0][1].full, tasks[0][0],
              "medium")],
            [("By when should the cable stock in Kassel be checked?", day_answers(tasks[0][2]),
              tasks[0][0], "hard"),
             (f"How high was the scrap rate discussed in {meeting}?",
              (f"{scrap[i] / 10} percent", f"{scrap[i] / 10}%", f"{scrap[i] / 10} %"), "scrap rate",
              "easy")],
            [(f"How much money was released in {meeting}?", (money(sums[i]), f"{sums[i]:,}"),
              "releases", "medium"),
             ("Who will have the warning signs translated?", tasks[1][1].full, tasks[1][0],
              "medium")],
            [(f"Who was missing from {meeting}?", absent.full, "Excused: ", "easy"),
             ("When does the development round meet again?", day_answers(following),
              "The next meeting", "easy")],
        )[i]  # fmt: skip
        corpus.ask_all(path, "minutes", questions)


def _minutes(
    i: int,
    chair: Person,
    others: list[Person],
    when: date,
    tasks: list[tuple[str, Person, date]],
    following: date,
    scrap: int,
    amount: int,
    sick: int,
) -> str:
    writer, one, two, three, four, absent = others
    return f"""
    > Date: {day(when)}
    > Chair: {chair.full}
    > Present: {"; ".join(p.listed for p in (one, two, three, four))}
    > Excused: {absent.full}
    > Minutes: {writer.full}

    ## 1 Opening
    {_OPENINGS[i]} {absent.titled} had sent a written report, which was read out by {writer.titled}.

    ## 2 Production and quality
    {one.full} reported on the past weeks. The scrap rate was {scrap / 10} percent, which is above
    the aim but below the value of the summer. The reason was a batch of sockets whose springs had
    been hardened for too long. {two.titled} asked whether the supplier would pay for it.
    {one.titled} replied that the claim had been made and that an answer was expected within the
    month. The line itself ran without longer stops, apart from the morning on which the compressed
    air failed.

    ## 3 People
    The sick rate was {sick / 10} percent. {three.full} pointed out that most of the absences fell
    on the late shift and suggested to look at the ventilation of the changing room. {chair.titled}
    would like to see figures first. Two positions are vacant; for one of them there are good
    applications. The meeting congratulated {four.full} on a round birthday, which {four.they} had
    tried to keep secret.

    ## 4 Money
    {chair.titled} releases {money(amount)} for the measures that were presented in the previous
    meeting. {two.titled} had asked for more and accepts the decision. A further sum will be
    discussed when the figures of the quarter are known. {four.titled} reminded everybody that
    orders need two signatures and that a signature on a napkin does not count.

    ## 5 Tasks
    {
        table(
            "Task | Who | Until", [(text, person.full, day(until)) for text, person, until in tasks]
        )
    }

    ## 6 Other matters
    {three.titled} announced that the bicycle shelter will be enlarged. {one.last} asked for more
    whiteboard pens and got them. The next meeting takes place on {day(following)} in the same room.
    """


def write_audit(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("quality audit")
    audited = days(rng, date(2025, 10, 6), 50, 1)[0]
    score, minor = rng.randrange(81, 97), rng.randrange(3, 9)
    instruments, overdue = rng.randrange(110, 260), rng.randrange(2, 8)
    returns, weeks = rng.randrange(31, 97), rng.choice((5, 7, 8))
    training, audits = rng.choice((88, 91, 93, 96)), rng.choice((3, 5))
    head, auditor = w["quality_head"], w["consultant"]
    measures = days(rng, date(2026, 2, 2), 60, 3)
    path = corpus.add(
        "quality/internal_audit.pdf",
        "Internal audit of production and service",
        f"""
        # 1 Task and scope
        The audit took place on {day(audited)} and the day after. It was led by {auditor.full}, who
        had been asked for a view from outside, and accompanied by {head.full}. The assembly hall,
        goods receipt, the test field, the depot in Kassel and the dispatching desk were visited.
        About thirty colleagues were spoken to at their workplaces. Nobody had been told beforehand
        which questions would be asked, and it was agreed that no names of those who answered would
        appear in this report, apart from those who are responsible for a process.

        The aim of an internal audit is not to collect mistakes. It is to find out whether we do
        what we have written down, whether what we have written down makes sense, and whether
        anybody would notice if it did not. The report follows this order. Praise is given in the
        text, deviations are numbered in the table at the end.

        # 2 Result in brief
        The audit ended with {score} of 100 points. There was no major deviation and {minor} minor
        ones. The comparison with the year before is difficult because the list of questions has
        become longer. {head.titled} regards the result as good and the trend as better, since the
        two deviations that had returned every year have disappeared at last.

        # 3 Goods receipt
        Deliveries are checked by samples. The size of the sample depends on the history of the
        supplier, which is a sensible rule that everybody knows. The samples are marked, and
        blocked goods stand in a cage whose key is kept by the shift leader. In one case a pallet
        with blocked sockets stood next to the cage because it did not fit through the door. It
        carried a red sheet of paper, which had been turned over by the wind.

        Certificates of suppliers are filed on paper and as files. For two suppliers they differed.
        {w["payables"].full} suggested to accept files only, and purchasing is examining this. A
        simpler solution would be to ask the suppliers to stop sending paper.

        # 4 Assembly and testing
        The working instructions hang at every station and are up to date. Colleagues use the
        pictures and rarely read the text, which speaks for the pictures. Torque wrenches are
        checked at the start of each shift with the tester next to the stairs. {instruments}
        measuring instruments are in use, and the calibration of {overdue} of them was overdue.
        They were withdrawn on the same day. The reason was a change in the calendar system that
        had swallowed reminders.

        The insulation test at the end of the line is carried out on every device. The values are
        stored with the serial number and can be found within a minute, which was tried three times.
        The test field has a new safety fence. {w["engineer"].full} showed how the gate cuts off the
        voltage, and did so with visible pleasure.

        # 5 Field service and returns
        Reports of the field service are complete and legible since they are dictated. Photographs
        are attached to four reports out of five. In the quarter before the audit {returns} devices
        came back from customers. Their analysis takes {weeks} weeks on average, which is too long
        for a customer who waits and too long for a line that goes on building the same device.
        {w["service_head"].full} and {w["rd_head"].full} want to examine simple cases in Kassel in
        future, and to send only the puzzling ones to Hamburg.

        # 6 Training
        Of the planned training courses {training} percent were held. The missing ones concern the
        late shift. The register of authorisations for electrical work is kept carefully. For
        visitors there is a short film, which is too loud. New colleagues praised the walk through
        the plant and wished for a list of abbreviations, which exists but is hard to find.

        # 7 Measures
        The following measures were agreed in the closing talk. {head.full} follows them up and
        reports to the managing director. The next internal audit takes place in {audits} quarters
        and will begin with these points.

        {
            table(
                "Measure | Responsible | Until",
                (
                    ("Second cage with a wider door", w["facility_head"].full, day(measures[0])),
                    ("Calendar for calibration repaired", w["it_admin"].full, day(measures[1])),
                    (
                        "Examination of simple returns in Kassel",
                        w["service_head"].full,
                        day(measures[2]),
                    ),
                ),
            )
        }
        """,
    )
    corpus.ask_all(path, "quality", [
        ("How many points did the internal audit end with?", (f"{score} of 100", str(score)),
         "The audit ended with", "easy"),
        ("How many devices were sent back by customers in the quarter before the audit?",
         (str(returns), f"{returns} devices"), "came back from customers", "medium"),
        ("Who has to get the calibration calendar working again?", w["it_admin"].full,
         "Calendar for calibration", "hard"),
        ("How many measuring devices had missed their calibration?", (str(overdue),),
         "was overdue", "hard"),
    ])  # fmt: skip


MANAGEMENT = (write_minutes, write_audit)
