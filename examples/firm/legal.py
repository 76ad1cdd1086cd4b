"""Legal: agreements, a register, notices and mails of the legal department."""

from datetime import date

from firm.corpus import Corpus
from firm.mail import Mail, sent, signature
from firm.markup import table
from firm.numbers import day, day_answers, money
from firm.world import FIRM, days, distinct, identifier


def write_nda(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("nda")
    partner = w["consultant"]
    signed = days(rng, date(2025, 8, 4), 80, 1)[0]
    years, penalty = rng.choice((3, 4, 6)), rng.randrange(12000, 48000, 1000)
    fee, limit = rng.randrange(880, 1490, 10), rng.choice((24, 30, 36, 44))
    path = corpus.add(
        "legal/non_disclosure_agreement.odt",
        "Non-disclosure agreement",
        f"""
        between {FIRM} and {partner.caps}, consultant for production planning, reachable under
        {partner.phone("slash")} and {partner.email}

        ## Purpose
        {partner.titled} examines the flow of material in the Hamburg plant and proposes how the
        second line should be laid out. For this purpose {partner.they} sees drawings, cycle times,
        purchase prices and the names of suppliers. The inquiry is accompanied by
        {w["quality_head"].full}, who decides which papers may leave the house.

        ## Duties
        All information that is marked as confidential, or whose confidential nature is obvious, is
        kept secret for {years} years after the end of the work. It may be copied only as far as
        the work requires it, and it is stored encrypted. Assistants may see it after they have
        signed the same agreement. What was known before, or what becomes known through others
        without a breach, is not covered by the duty.

        ## Penalty
        For each culpable breach a penalty of {money(penalty)} becomes due. The firm may prove and
        claim a greater damage; the penalty is then set off against it.

        ## Fee and scope
        The fee is {money(fee)} for a day, travel included. The work is limited to {limit} days. It
        is billed at the end of each month with a list of the days and the subjects, which
        {w["quality_head"].titled} countersigns before the invoice goes to accounts payable.

        ## Return
        At the end {partner.last} returns all papers or confirms in writing that they were
        destroyed. Notes of {partner.their} own may be kept as far as they contain no figures of
        the firm.

        > Hamburg, {day(signed)}
        > {w["legal_head"].full} for the firm
        > {partner.full}
        """,
    )
    corpus.ask_all(path, "legal", [
        (f"What daily rate do we pay {partner.full}?", (money(fee), f"{fee:,}"), "for a day",
         "easy"),
        (f"How high is the contractual penalty if {partner.titled} breaks confidentiality?",
         (money(penalty), f"{penalty:,}"), "For each culpable breach", "medium"),
        ("Who accompanies the outside study of the material flow on our side?",
         w["quality_head"].full, "The inquiry is accompanied by", "medium"),
    ])  # fmt: skip


def write_processing_register(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("register")
    roles = (
        "hr_head",
        "dispatcher",
        "accounts",
        "sales_head",
        "facility_head",
        "it_head",
        "security",
    )
    activities = ("Personnel files", "Warranty cases", "Payroll", "Customer contacts",
                  "Visitor badges", "User accounts", "Log analysis")  # fmt: skip
    keep = distinct(rng, 4, 130, len(roles))
    numbers = [f"VV-{number}" for number in distinct(rng, 102, 999, len(roles))]
    providers = ("Fernheim Payroll Ltd", "Tellura Cloud AG", "Norrsken Archive AB")
    agreed = days(rng, date(2024, 1, 8), 500, 3)
    path = corpus.add(
        "legal/processing_register.xlsx",
        "Register of processing activities",
        f"""
        === Activities
        {table("Number | Activity | Responsible | Legal basis | Kept for",
            [(n, a, w[r].short, rng.choice(("contract", "legal duty", "legitimate interest")),
              f"{k} months")
             for n, a, r, k in zip(numbers, activities, roles, keep, strict=True)])}
        === Processors
        {table("Provider | Service | Agreement of | Checked by",
            [(p, s, day(d), w[r].full) for p, s, d, r in zip(providers,
             ("payslips", "mail and calendar", "long-term archive"), agreed,
             ("dpo", "security", "legal_head"), strict=True)])}
        === Requests
        {table("Received | Request | Answered by",
            [(day(d, style="iso"), text, w[r].full) for d, text, r in zip(
             days(rng, date(2025, 6, 2), 120, 3), ("access", "erasure", "correction"),
             ("dpo", "legal_head", "hr_officer"), strict=True)])}
        """,
    )  # fmt: skip
    corpus.ask_all(path, "legal", [
        ("For how many months are the data of visitor badges stored?",
         (f"{keep[4]} months", str(keep[4])), "Visitor badges", "hard"),
        (f"Since when is there a processing agreement with {providers[1]}?", day_answers(agreed[1]),
         providers[1], "medium"),
        ("Who dealt with the request for deletion of personal data?", w["legal_head"].full,
         "erasure\t", "hard"),
    ])  # fmt: skip


def write_privacy_notice(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("privacy")
    answer, tape = rng.choice((18, 20, 25)), rng.choice((45, 75, 100))
    path = corpus.add(
        "legal/privacy_notice_customers.html",
        "Privacy notice for customers and drivers",
        f"""
        With this notice we tell you which personal data we process when you use one of our charging
        points, call our hotline or write to us.

        ## Who is responsible
        Responsible is {FIRM}, Speicherkamp 41, Hamburg, represented by its managing director
        {w["ceo"].full}. Our data protection officer is {w["dpo"].full}. You reach
        {w["dpo"].titled} by mail under {w["dpo"].email} or by phone on
        {w["dpo"].phone("brackets")}.

        ## What we process and why
        When you charge, the charging point sends the number of your card, the time and the amount
        of energy to the operator. We see these data only if the operator asks us to look into a
        fault. When you call the hotline we note your name, your number and what you told us, so
        that you need not tell it twice. If you agree, the call is recorded for training; recordings
        are deleted after {tape} days. When you write to us we keep the letter as long as the matter
        is open and as long as the law obliges us afterwards.

        ## Who else receives your data
        Technicians of our partners receive your name and number if they come to you. The providers
        of our mail and telephone systems process data on our behalf and under our instructions.
        Data do not leave the European Economic Area. We do not sell data and have no wish to.

        ## Your rights
        You may ask for access, correction, erasure and restriction, and you may object to the
        processing. We answer within {answer} days, usually sooner. You may also complain to the
        supervisory authority, but we would be glad to hear from you first.
        """,
    )
    corpus.ask_all(path, "legal", [
        ("How quickly do we promise to answer a driver who asks for access to personal data?",
         (f"{answer} days",), "usually sooner", "medium"),
        ("When are recorded hotline calls wiped according to the notice for drivers?",
         (f"{tape} days", f"after {tape} days"), "recorded for training", "medium"),
    ])  # fmt: skip


def write_dispute(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("dispute")
    house, lawyer, tech = w["householder"], w["lawyer"], w["tech2"]
    case = identifier(rng, "case-garage", "AZ ###/25")
    visit, scorch = days(rng, date(2025, 3, 3), 100, 2)
    claim = rng.randrange(4200, 9800, 100)
    offer = round(claim * rng.choice((0.3, 0.4, 0.45)), -1)
    deadline = days(rng, date(2026, 2, 2), 50, 1)[0]
    serial = identifier(rng, "serial-garage", "SN-#######")
    corpus.add(
        "legal/case_note_scorched_garage.rtf",
        "Case note",
        f"""
        File number {case}. Written by {w["legal_head"].full}, confidential.

        ## Facts
        On {day(visit)} our technician {tech.full} installed a {w.products[0]} with the serial
        number {serial} in the garage of {house.full}. On {day(scorch)} the wall behind the box was
        scorched. Nobody was hurt. {house.titled} has had the wall painted and the wiring renewed
        and demands {money(claim)} from us. Letters are to be sent to {house.email}; on the phone
        {house.they} can be reached on {house.phone("compact")} after five in the afternoon.

        {tech.titled} remembers the installation well. The supply line had been laid by a friend of
        the house owner. {tech.last} noted in the record that the cross-section was small for the
        distance, and set the charging current to ten amperes. According to the memory of the box
        it was raised to sixteen amperes three weeks later with the installer code, by somebody
        unknown.

        ## Assessment
        Our outside counsel {lawyer.full} sees a good chance of winning, but points to the yellow
        card with the code, which had been left in the garage. An expert would cost more than half
        of what is in dispute. {lawyer.titled} therefore advises to offer {money(offer)} without
        admitting anything, and to ask for the damaged box so that development can look at it.

        ## What happens next
        The insurer was informed; {w["insurer"].full} will tell us whether the settlement is
        covered. The period for our answer ends on {day(deadline)}. {w["rd_head"].full} is asked to
        find out whether the installer code can be made valid for a limited time only. Until then
        technicians take the yellow card with them, and {w["service_head"].titled} informs the
        teams.
        """,
    )
    corpus.ask_all("legal/case_note_scorched_garage.rtf", "legal", [
        (f"How much does {house.full} demand for the damaged garage?",
         (money(claim), f"{claim:,}"), "wiring renewed and demands", "easy"),
        ("What settlement does our outside counsel recommend in the garage case?",
         (money(offer), f"{offer:,.0f}"), "therefore advises to offer", "medium"),
        (f"Which technician put up the wallbox at {house.titled}'s garage?", tech.full,
         "our technician", "easy"),
        ("Until when do we have to reply in the matter of the burnt garage wall?",
         day_answers(deadline), "The period for our answer", "medium"),
    ])  # fmt: skip


def write_insurer_mail(corpus: Corpus) -> None:
    w, rng = corpus.world, corpus.world.rng("insurer")
    policy = identifier(rng, "policy-liability", "HP-########")
    claim = identifier(rng, "claim-hail", "SCH-######")
    excess, paid = rng.randrange(500, 2600, 100), rng.randrange(11200, 28900, 100)
    storm = days(rng, date(2025, 6, 2), 70, 1)[0]
    mail = Mail(w["insurer"], (w["legal_head"],), sent(date(2026, 1, rng.randrange(6, 29)),
                                                       "14:22"),
                cc=(w["facility_head"],))  # fmt: skip
    path = corpus.add(
        "legal/insurance_hail_damage.eml",
        "Hail damage to the roof of the assembly hall",
        f"""
        Dear {w["legal_head"].titled},

        we refer to your report about the storm of {day(storm)}, which runs here under the number
        {claim} within the policy {policy}. Our expert has meanwhile inspected the roof of the
        assembly hall together with {w["facility_head"].full}. Fourteen skylights are broken and two
        solar panels have cracks that cannot be seen from below. The flat roof itself is tight.

        We accept the damage as covered. Of the repair costs that your roofer has estimated we
        bear {money(paid)}, after deduction of the agreed excess of {money(excess)}. The sum will be
        transferred within ten days to the account {w.own_ibans[0]}, unless you name another one.

        May we ask you to have the gutters cleaned in autumn? They were full of leaves, and in the
        next storm the water would run into the hall. {w["facility_head"].titled} has promised to
        take care of it and to send us a photograph.

        Should anything be unclear, simply call me; letters to the head office take longer.

        Yours sincerely
        {signature(w["insurer"], "Claims, property insurance", "slash")}
        """,
        mail=mail,
    )
    corpus.ask_all(path, "legal", [
        ("How much does the insurance company pay for the hail damage?",
         (money(paid), f"{paid:,}"), "we bear", "medium"),
        ("Under which claim number is the storm damage handled?", claim, "your report about",
         "easy"),
        (f"On which number can {w['insurer'].full} from the insurance be reached?",
         w["insurer"].phone("slash"), "Phone ", "easy"),
    ])  # fmt: skip


LEGAL = (write_nda, write_processing_register, write_privacy_notice, write_dispute,
         write_insurer_mail)  # fmt: skip
