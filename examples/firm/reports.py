"""Service: five reports of the field service on one form, with a ruled table of measurements."""

from datetime import date, timedelta

from firm.corpus import Corpus
from firm.markup import table
from firm.numbers import day, day_answers, money
from firm.world import days, distinct, identifier

_FINDINGS = (
    "The display was dark, and the fan did not start after the mains had been switched on again. "
    "The fuse on the power supply had blown. Behind it a capacitor had swollen, which explains why "
    "two fuses in a row had not lasted. The board was exchanged as a whole, since repairing it in "
    "the car would have taken longer than the customer was willing to wait.",
    "Every second charging session ended after a few minutes with a message about the cable. The "
    "cable itself was in order. The contact for the lock in the socket was dirty with the fine "
    "sand that the wind carries in from the building site next door. After cleaning it twenty "
    "sessions in a row went through. The customer was advised to close the flap of unused sockets.",
    "The residual current device tripped whenever it rained. A drop of water ran along the supply "
    "cable into the housing because the gland on the lower side had not been tightened. The "
    "terminals showed green traces but still sat firmly. The terminals and the gland "
    "were replaced, and the cable now makes a bend below the housing from which the water drips.",
    "All charging points of the upper deck were without a connection to the back office. The cause "
    "was a switch in the cabinet of the barrier system that somebody had unplugged in order to "
    "charge a vacuum cleaner. After the switch had power again, everything worked. A label with "
    "large letters was put on the plug, and the porter was shown the cabinet.",
    "The charging power fell to a third in the afternoon. The temperature sensor was correct: the "
    "filter mats had not been changed since commissioning, and the cabinet was full of poplar "
    "fluff. New mats were inserted and the fans cleaned. The full power was reached again after a "
    "quarter of an hour, and it stayed until the end of the visit.",
)
_ADVICE = (
    "We recommend to exchange the second board of the same year of manufacture at the next visit.",
    "We recommend a gravel strip in front of the charging points to keep the sand away.",
    "We recommend to check the glands of the neighbouring charging points before the autumn.",
    "We recommend a second path for the connection, for instance by mobile radio.",
    "We recommend to change the filter mats twice a year and to note the date on the cabinet.",
)
_FORMATS = ("pdf", "pdf", "docx", "pdf", "odt")


def write_reports(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("reports")
    customers = [f"customer{n}" for n in range(1, 6)]
    technicians = [f"tech{n}" for n in (1, 2, 3, 4, 5)]
    rng.shuffle(technicians)
    order = rng.sample(range(5), 5)
    visits = days(rng, date(2025, 9, 1), 100, 5)
    insulation = distinct(rng, 21, 97, 5)
    loops = distinct(rng, 31, 89, 5)
    minutes = distinct(rng, 55, 240, 5, step=5)
    distance = distinct(rng, 12, 390, 5)
    parts = distinct(rng, 90, 1900, 5, step=10)
    for i, role in enumerate(customers):
        company, tech = w.companies[role], w[technicians[i]]
        case = identifier(rng, f"case-{role}", "T-######")
        serial = identifier(rng, f"serial-{role}", "SN-#######")
        again = visits[i] + timedelta(days=rng.randrange(20, 90))
        begin = f"{rng.randrange(7, 11)}:{rng.choice(('05', '20', '35', '50'))}"
        product = w.products[2 if role == "customer3" else 1]
        path = corpus.add(
            f"service/service_report_{i + 1}.{_FORMATS[i]}",
            f"Service report {i + 1}",
            f"""
            ## Order
            > Case number: {case}
            > Customer: {company.name}, customer number {company.number}
            > Contact on site: {company.contact.listed}, phone {company.contact.phone("slash")}
            > Device: {product}, serial number {serial}
            > Technician: {tech.caps}
            > Date of the visit: {day(visits[i])}, begin {begin}

            ## What was reported
            {company.contact.full} called the hotline on {day(visits[i] - timedelta(days=2))} and
            spoke to {w["dispatcher"].full}, who opened the case and asked the usual questions
            about the light ring, the display and the weather. According to the caller the
            disturbance had occurred for the first time about a week before.
            {company.contact.titled} could not say whether anything had been changed on the site
            since the last inspection, but offered to open all the cabinets and to block two
            parking spaces for the service car.

            ## What was found and done
            {_FINDINGS[order[i]]} The work was done under the five safety rules; the section was
            locked and marked. Before leaving, {tech.titled} ran the test programme, charged the
            service car for ten minutes and showed the result to the customer.

            ## Measurements
            The measurements were taken with the instrument of the service car, whose calibration is
            valid for another year. The limits are those of the manual.

            {
                table(
                    "Quantity | Before | After | Limit",
                    (
                        (
                            "Insulation resistance in MOhm",
                            insulation[i] / 10,
                            (insulation[i] + 41) / 10,
                            "1.0",
                        ),
                        ("Loop impedance in Ohm", loops[i] / 100, (loops[i] - 9) / 100, "1.10"),
                        ("Tripping time in ms", 20 + order[i], 17 + order[i], "40"),
                        ("Supply voltage in V", 228 + order[i], 229 + order[i], "207 to 253"),
                    ),
                )
            }

            ## Time and material
            The visit took {minutes[i]} minutes. The journey was {distance[i]} kilometres there and
            back. Material worth {money(parts[i])} was used; whether it is charged depends on the
            warranty and is decided in the office. The old parts were taken along and go to
            {w["quality_head"].full} for examination, as agreed for all returns of this series.

            ## Advice to the customer
            {_ADVICE[order[i]]} {tech.titled} will come again on {day(again)} to look after the
            installation, unless the customer cancels the visit. For questions about this report
            please quote the case number.

            > For the customer: {company.contact.short}
            > For the service: {tech.short}
            """,
        )
        questions = (
            [("What loop impedance was measured at {name} before the repair?",
              (str(loops[i] / 100), f"{loops[i] / 100} Ohm"), "Loop impedance", "hard"),
             (f"Which technician handled case {case}?", tech.full, "Technician: ", "medium")],
            [("How long did the service visit to {name} take?", (f"{minutes[i]} minutes",),
              "The visit took", "easy"),
             ("What is the serial number of the repaired device at {name}?", serial, "Device: ",
              "medium")],
            [("When will the technician return to {name}?", day_answers(again), "will come again",
              "medium"),
             ("How many kilometres were driven for the repair at {name}?",
              (f"{distance[i]} kilometres", f"{distance[i]} km", str(distance[i])),
              "The journey was", "easy")],
            [("What was the value of the parts used for the repair at {name}?",
              (money(parts[i]), str(parts[i])), "Material worth", "easy"),
             ("How good was the insulation at {name} after the work?",
              (str((insulation[i] + 41) / 10), f"{(insulation[i] + 41) / 10} MOhm"),
              "Insulation resistance", "hard")],
            [("On which day was our technician at {name}?", day_answers(visits[i]),
              "Date of the visit", "medium"),
             ("Under which case number is the disturbance at {name} filed?", case, "Case number",
              "easy")],
        )[i]  # fmt: skip
        corpus.ask_all(
            path,
            "service",
            [(q.replace("{name}", company.name), answers, find, level)
             for q, answers, find, level in questions],
        )  # fmt: skip
