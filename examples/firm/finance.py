"""Finance: invoices, bank details, payments, budget slides and mails."""

from datetime import date, timedelta

from firm.corpus import Corpus
from firm.mail import Attachment, Mail, sent, signature
from firm.marks import mark
from firm.markup import table
from firm.numbers import day, day_answers, iban, money
from firm.world import FIRM, days, distinct, identifier

_GOODS = (
    ("Charging cable 5 m", "Charging cable 7.5 m", "Supply cable, drum"),
    ("Control board rev. D", "Power supply 24 V", "Card reader module"),
    ("Transport Hamburg to Kassel", "Storage of pallets", "Express delivery at night"),
)


def write_invoices(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("invoices")
    approvers = ("quality_head", "rd_head", "service_head")
    issued = days(rng, date(2025, 10, 1), 80, 3)
    for i, role in enumerate(("supplier1", "supplier2", "supplier3")):
        company, approver = w.companies[role], w[approvers[i]]
        number = identifier(rng, f"invoice-{role}", "RE-######")
        amounts = [rng.randrange(180, 9800) + rng.choice((0.2, 0.45, 0.8)) for _ in _GOODS[i]]
        quantities = distinct(rng, 2, 90, 3)
        due = issued[i] + timedelta(days=rng.choice((14, 20, 30)))
        discount = rng.choice((2, 3))
        approved = issued[i] + timedelta(days=rng.randrange(2, 8))
        path = corpus.add(
            f"finance/invoice_{i + 1}.pdf",
            f"Invoice of {company.name}",
            f"""
            > {company.name}
            > Your contact: {company.contact.full}, {company.contact.phone("slash")},
            > {company.contact.email}
            > To {FIRM}, accounts payable, attention of {w["payables"].full}

            # Invoice {number}
            Date {day(issued[i])}, supplier number {company.number}, contract {company.contract}.
            We thank you for your order and charge the following goods and services, which were
            delivered to your plant in Hamburg in the previous month.

            {
                table(
                    "Position | Description | Quantity | Net amount",
                    [
                        (n, text, q, money(a, cents=True))
                        for n, (text, q, a) in enumerate(
                            zip(_GOODS[i], quantities, amounts, strict=True), 1
                        )
                    ],
                )
            }

            The net sum is {money(sum(amounts), cents=True)}. Value added tax of 19 percent amounts
            to {money(sum(amounts) * 0.19, cents=True)}, so that
            {money(sum(amounts) * 1.19, cents=True)} are to be paid. The invoice is due on
            {day(due)}. If you pay within eight days you may deduct {discount} percent. Please
            transfer the amount to our account {company.iban} and quote the number of the invoice.

            The goods remain our property until they have been paid. Complaints about visible
            defects are accepted within ten days. We have taken back the packaging of the last
            delivery and credited it separately.

            ## Stamp of accounts payable
            > Received by {w["payables"].short}
            > Goods checked by {w["quality_head"].short}
            > Released for payment by {approver.full} on {day(approved, style="dots")}
            """,
        )
        questions = (
            [(f"Who approved invoice {number}?", approver.full, "Released for payment", "medium"),
             (f"What is the gross amount of the invoice from {company.name}?",
              (money(sum(amounts) * 1.19, cents=True), f"{sum(amounts) * 1.19:,.2f}"),
              "Value added tax of", "hard")],
            [(f"When is invoice {number} due?", day_answers(due), "The invoice is due", "easy"),
             (f"How many power supplies does {company.name} charge for?", (str(quantities[1]),),
              "Power supply 24 V", "hard")],
            [(f"Under which phone number can {company.contact.full} be reached about the invoice?",
              company.contact.phone("slash"), "Your contact", "medium"),
             (f"On what day was the invoice of {company.name} cleared for payment?",
              day_answers(approved), "Released for payment", "medium")],
        )[i]  # fmt: skip
        corpus.ask_all(path, "finance", questions)


def write_bank_details(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("bank")
    suppliers = [w.companies[f"supplier{n}"] for n in (1, 2, 3)]
    tax_office = mark("IBAN", "iban-tax-office", iban(rng, "DE"))
    rent = mark("IBAN", "iban-landlord", iban(rng, "DE"))
    checked = days(rng, date(2025, 7, 1), 90, 3)
    path = corpus.add(
        "finance/bank_details.xlsx",
        "Bank details",
        f"""
        === Suppliers
        {
            table(
                "Number | Supplier | IBAN | Contact | Checked on",
                [
                    (c.number, c.name, c.iban, c.contact.full, day(d))
                    for c, d in zip(suppliers, checked, strict=True)
                ],
            )
        }
        === Own accounts
        {
            table(
                "Purpose | IBAN | Who may sign",
                (
                    (
                        "Operating account",
                        w.own_ibans[0],
                        f"{w['cfo'].short} and {w['accounts'].short}",
                    ),
                    ("Payroll", w.own_ibans[1], f"{w['cfo'].short} and {w['hr_head'].short}"),
                    ("Deposits", w.own_ibans[2], w["ceo"].short),
                ),
            )
        }
        === Others
        {
            table(
                "Payee | IBAN | Remark",
                (
                    ("Tax office", tax_office, "quote the tax number"),
                    (w["landlord"].full, rent, "rent of the depot in Kassel"),
                ),
            )
        }
        """,
    )
    corpus.ask(path, f"What is the IBAN of {suppliers[1].name}?", suppliers[1].iban,
        suppliers[1].name, kind="iban", also=[("finance/invoice_2.pdf",
                                               suppliers[1].iban)])  # fmt: skip
    corpus.ask_all(path, "iban", [
        ("From which account are the salaries paid?", w.own_ibans[1], "Payroll\t", "hard"),
        (f"To which IBAN do we pay the rent to {w['landlord'].full}?", rent, "rent of the depot",
         "medium"),
    ])  # fmt: skip


def write_payment_run(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("payments")
    payees = ("engineer", "tech1", "tech3", "sales_north", "works_council", "apprentice")
    amounts = [rng.randrange(24, 890) + rng.choice((0.1, 0.35, 0.7)) for _ in payees]
    reasons = ("Train to Flensburg", "Hotel in Fulda", "Safety shoes", "Dinner with customers",
               "Course fee", "Books for the examination")  # fmt: skip
    accounts = [corpus.world.account(role) for role in payees]
    path = corpus.add(
        "finance/expense_payments.csv",
        "Payment run for expenses",
        table("Payee | IBAN | Amount | Reason | Approved by", [
            (w[p].full, a, money(m, cents=True), r, w[boss].short) for p, a, m, r, boss in zip(
                payees, accounts, amounts, reasons,
                ("rd_head", "service_head", "service_head", "sales_head", "hr_head", "hr_officer"),
                strict=True)]),
    )  # fmt: skip
    corpus.ask_all(path, "iban", [
        (f"What amount was reimbursed to {w['tech1'].full}?",
         (money(amounts[1], cents=True), f"{amounts[1]:.2f}"), w["tech1"].full, "medium"),
        (f"To which IBAN were {w['sales_north'].full}'s expenses transferred?", accounts[3],
         w["sales_north"].full, "medium"),
        ("Who got money back for safety shoes?", w["tech3"].full, "Safety shoes", "medium"),
    ])  # fmt: skip


def write_dunning(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("dunning")
    company = w.companies["customer1"]
    number = identifier(rng, "invoice-dunning", "VL-R-######")
    amount, fee = rng.randrange(3100, 14900) + 0.6, rng.choice((15, 25, 35))
    until = days(rng, date(2026, 2, 9), 30, 1)[0]
    path = corpus.add(
        "finance/second_reminder.rtf",
        "Second reminder",
        f"""
        > {company.name}
        > {company.contact.full}
        > Customer number {company.number}

        Dear {company.contact.titled},

        our invoice {number} has not been paid, although we reminded you of it in December. It
        concerns the maintenance of the charging points in your car parks. The open amount is
        {money(amount, cents=True)}. We have added a fee of {money(fee)} for this reminder, which
        is meant to cover our effort and nothing more.

        Please transfer both by {day(until)} to our account {w.own_ibans[0]}. After this day we
        would have to hand the matter over to {w["lawyer"].full}, and we should be sorry for that
        after so many good years. If you hold back the payment because you are not satisfied with
        something, please tell us what it is. {w["accounts"].full} is available for you on
        {w["accounts"].phone("international")} every morning.

        If your payment has crossed with this letter, please forget it.

        > With kind regards
        > {w["accounts"].full}
        > General ledger, {FIRM}
        """,
    )
    corpus.ask_all(path, "finance", [
        (f"Which amount is {company.name} still owing us?",
         (money(amount, cents=True), f"{amount:,.2f}"), "The open amount", "easy"),
        (f"By what date must {company.name} pay after the second reminder?", day_answers(until),
         "Please transfer both", "medium"),
    ])  # fmt: skip


def write_budget(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("budget")
    plans = distinct(rng, 310, 4200, 5, step=10)
    leads = ("rd_head", "service_head", "sales_head", "it_head", "facility_head")
    names = ("Development", "Service", "Sales", "IT", "Facilities")
    loan, rate = rng.randrange(2, 9), rng.choice((3.4, 3.9, 4.2, 4.6))
    stop = days(rng, date(2026, 9, 1), 40, 1)[0]
    path = corpus.add(
        "finance/budget_2026.pptx",
        "Budget 2026",
        f"""
        === Budgets of the departments
        - Amounts in thousand euros, approved by {w["ceo"].full}.
        {
            table(
                "Department | Responsible | Budget",
                [(n, w[r].full, f"{p:,}") for n, r, p in zip(names, leads, plans, strict=True)],
            )
        }
        === Investments
        - The second assembly line is financed with a loan of {loan} million euros.
        - The interest rate is {rate} percent, fixed for seven years.
        - {w["cfo"].full} negotiates with two banks about the guarantee.
        === Rules for the year
        - New positions need the consent of the managing director.
        - Orders that are not placed by {day(stop)} lapse.
        - {w["controller"].full} reports every month to the heads of department.
        """,
    )
    corpus.ask_all(path, "finance", [
        (f"How large is the budget for which {w['it_head'].full} is responsible?",
         (f"{plans[3]:,}", f"{plans[3]} thousand euros", f"EUR {plans[3]},000"), "IT\t", "hard"),
        ("What interest do we pay on the loan for the new line?",
         (f"{rate} percent", f"{rate}%", f"{rate} %"), "The interest rate", "medium"),
        ("Up to which day can budgeted orders be placed?", day_answers(stop), "not placed by",
         "medium"),
    ])  # fmt: skip


def write_finance_mails(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("finance mails")
    auditor = w["auditor"]
    start = days(rng, date(2026, 3, 2), 30, 1)[0]
    room = f"C {rng.randrange(110, 390)}"
    stock = rng.randrange(1200, 5400, 10)
    mail = Mail(auditor, (w["cfo"],), sent(date(2026, 1, rng.randrange(8, 28)), "08:30"),
                cc=(w["accounts"], w["controller"]), listed=True,
                attachments=(Attachment("request_list.txt", f"""
                    # Documents requested
                    - Stock list with values, to be provided by {w["quality_head"].full}.
                    - Leasing contracts, to be provided by {w["facility_head"].full}.
                    - Minutes of the board, to be provided by {w["legal_head"].full}.
                    - Confirmations of the banks, to be provided by {w["accounts"].full}.
                    """),))  # fmt: skip
    path = corpus.add(
        "finance/audit_announcement.eml",
        "Annual audit: dates and documents",
        f"""
        Dear {w["cfo"].titled},

        our team will begin the audit of the annual accounts on {day(start)} and needs about two
        weeks on the spot. {w["accounts"].full} has kindly reserved room {room} for us. There will
        be four of us, and we bring our own printer.

        This year we will look more closely at the stock. At the last counting {stock} boards could
        not be assigned to any order. {w["controller"].titled} told me on the phone that they were
        spare parts for the service. That may well be so, but we need a list with the reasons.

        A list of the documents that we would like to see first is attached. Please do not send
        anything by mail; we have set up a data room, and the access codes reach
        {w["accounts"].titled} by letter.

        Yours sincerely
        {signature(auditor, "Certified auditor", "international")}
        """,
        mail=mail,
    )
    corpus.ask_all(path, "finance", [
        ("On which day do the auditors start their work in our house?", day_answers(start),
         "will begin the audit", "easy"),
        ("Who has to hand over the leasing contracts to the auditors?", w["facility_head"].full,
         "Leasing contracts", "hard"),
        (f"In which room will {auditor.full}'s team work?", (room, room.replace(" ", "")),
         "has kindly reserved", "medium"),
    ])  # fmt: skip


FINANCE = (
    *(write_invoices, write_bank_details, write_payment_run, write_dunning, write_budget),
    write_finance_mails,
)
