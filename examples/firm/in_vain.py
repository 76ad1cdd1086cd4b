"""Questions that sound as if a document answered them, while none does."""

from firm.corpus import Corpus


def ask_in_vain(corpus: Corpus) -> None:
    w = corpus.world
    customer, supplier = w.companies["customer2"], w.companies["supplier1"]
    for question, kind in (
        (f"On which date is {w['hr_head'].full}'s birthday?", "hr"),
        (f"What is {w['cfo'].full}'s yearly salary?", "hr"),
        (f"Which school did {w['apprentice'].full} attend?", "hr"),
        (f"What is {w['tech1'].full}'s home address?", "hr"),
        (f"How many children does {w['legal_head'].full} have?", "hr"),
        ("How many weeks of sabbatical does the company grant?", "hr"),
        ("What is the password of the network for visitors this week?", "it"),
        ("Which antivirus product is installed on our servers?", "it"),
        (f"Which printer stands in {w['controller'].full}'s office?", "it"),
        ("On which street does the test laboratory in Flensburg lie?", "facilities"),
        ("What does the company pay for electricity per kilowatt hour?", "facilities"),
        ("How many solar panels are on the roof of the head office?", "facilities"),
        (f"How many stars does the largest house of {customer.name} have?", "sales"),
        (f"What did {supplier.name} charge for cables in 2022?", "finance"),
        ("Which bank gave us the loan for the second assembly line?", "finance"),
        ("What profit did the firm make last year?", "finance"),
        (f"Which tax number does {supplier.name} have?", "finance"),
        (f"What is the efficiency of the {w.products[2]} at half load?", "service"),
        (f"Which car does {w['customer3'].full} drive?", "service"),
        ("Which court decided the case about the scorched garage?", "legal"),
        (f"When was {w['lawyer'].full} admitted to the bar?", "legal"),
        ("How many patents does the firm hold?", "legal"),
    ):
        corpus.ask_in_vain(question, kind=kind)
