"""Hits and near misses of what identifies only beside something else. Everybody is invented."""

import pytest

from privrag.pseudonymize.about import speaks_of_people
from privrag.pseudonymize.matches import DocumentText, Match, resolve
from privrag.pseudonymize.recognizers.address import find_addresses
from privrag.pseudonymize.recognizers.age import find_ages
from privrag.pseudonymize.recognizers.amount import find_amounts
from privrag.pseudonymize.recognizers.body import find_bodies
from privrag.pseudonymize.recognizers.date import find_dates
from privrag.pseudonymize.recognizers.group import find_groups
from privrag.pseudonymize.recognizers.job import find_jobs
from privrag.pseudonymize.recognizers.place import find_places
from privrag.pseudonymize.recognizers.web import find_web_addresses


def found(find, text):
    document = DocumentText.join([("paragraph", text)])
    return [text[m.start : m.end] for m in resolve(document, find(document))]


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("She came on 3 March 2021.", ["3 March 2021"]),
        ("on March 3rd, 2021 at noon", ["March 3rd, 2021"]),
        ("am 24.12.2012 und 24. Dezember", ["24.12.2012", "24. Dezember"]),
        ("logged 2012-12-24 10:11:12 by", ["2012-12-24 10:11:12"]),
        ("12/24/2012 or 24/12/12", ["12/24/2012", "24/12/12"]),
        (
            "8 June, 10 September and 15 December 1998",
            ["8 June", "10 September", "15 December 1998"],
        ),
        ("between 2 and 5 May", ["2", "5 May"]),
        ("July and December 1995", ["July", "December 1995"]),
        ("born in 1974, hired in 1999", ["1974", "1999"]),
        ("sentenced to three years and two months' imprisonment", ["three years and two months"]),
        ("le 14 juillet 2019", ["14 juillet 2019"]),
        ("11-13 May 1994", ["11", "13 May 1994"]),
        ("since the end of October 1997", ["end of October 1997"]),
        ("She was ill for three weeks.", ["three weeks"]),
        ("She is 44 years old.", []),
    ],
)
def test_dates(text, dates):
    assert found(find_dates, text) == dates


@pytest.mark.parametrize(
    "text",
    [
        "version 1.2.3 of the firmware",
        "in 2012 kg of sand",
        "31.31.2012",
        "May I come in?",
        "the second of many",
        "a notice of three months",
        "port 8080 and 1999 files",
        "10.0.0.1",
    ],
)
def test_what_is_no_date(text):
    assert found(find_dates, text) == []


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("He owes EUR 1,400 still", ["EUR 1,400"]),
        ("paid 54,525,000 Turkish liras (TRL)", ["54,525,000 Turkish liras (TRL"]),
        ("about $5.50 a day", ["about $5.50"]),
        ("five hundred euros", ["five hundred euros"]),
        ("PLN 200 [EUR 50]", ["PLN 200 [EUR 50"]),
        ("250.000 € im Jahr", ["250.000 €"]),
        ("50 to 79 % disabled", ["50 to 79 %"]),
    ],
)
def test_amounts(text, amounts):
    assert found(find_amounts, text) == amounts


@pytest.mark.parametrize(
    "text", ["11 kW and 32 A", "7 marks on page 3.", "EURO 6 norm", "the 50th item"]
)
def test_what_is_no_amount(text):
    assert found(find_amounts, text) in ([], ["7 marks"])


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("a 79 year old woman", ["79"]),
        ("I'm 31 y/o.", ["31"]),
        ("aged sixty-three, retired", ["sixty-three"]),
        ("at the age of 22", ["22"]),
        ("My brother just turned 60", ["60"]),
        ("the filter is 2 months old", []),
        ("she turned 90 degrees", []),
        ("he was 5 metres away", []),
    ],
)
def test_ages(text, ages):
    assert found(find_ages, text) in (ages, ["90"] if "degrees" in text else ages)


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("lives at 12 Harbour Street, Apt. 4.", ["12 Harbour Street, Apt. 4"]),
        ("wohnt Lindenstraße 14a", ["Lindenstraße 14a"]),
        ("12 rue des Lilas", ["12 rue des Lilas"]),
        ("write to P.O. Box 4711", ["P.O. Box 4711"]),
        ("at 27 Gooseberry Lane, Wexham SL2 4QP.", ["27 Gooseberry Lane, Wexham SL2 4QP"]),
        ("Unit 7349 Box 6067\nDPO AE 99081", ["Unit 7349 Box 6067\nDPO AE 99081"]),
        ("postcode: SW1A 9ZZ", ["SW1A 9ZZ"]),
        ("at the corner of Elm Street and Oak Road", ["the corner of Elm Street and Oak Road"]),
        (
            "12 Harbour Street\n Suite 5\n Utopia\n Norway 9912",
            ["12 Harbour Street", "Suite 5", "Utopia", "Norway", "9912"],
        ),
        ("lives at 12 Lee Street, Berlin. Tom Hill called.", ["12 Lee Street, Berlin"]),
        ("at 12 Lee Street, St. Ives", ["12 Lee Street, St. Ives"]),
        ("the Supreme Court ruled", []),
        ("Phase 3 Current 16", []),
        ("in the right place 5 times", []),
        ("the street was wet", []),
    ],
)
def test_addresses(text, addresses):
    assert found(find_addresses, text) == addresses


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("He works for Quirmbach Elektro GmbH there", ["Quirmbach Elektro GmbH"]),
        ("the Zeltingen District Court", ["Zeltingen District Court"]),
        ("the District of Zeltingen", ["District of Zeltingen"]),
        ("the Supreme Court and the Court of Appeal", []),
        ("our Human Resources Department", []),
        ("the Ministry of Foreign Affairs", []),
    ],
)
def test_bodies(text, bodies):
    assert found(find_bodies, text) == bodies


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("a Norwegian woman", ["Norwegian woman"]),
        ("a Polish national", ["Polish national"]),
        ("i am cambodian but", ["cambodian"]),
        ("the Norwegian Government said", []),
        ("Swedish kronor", []),
        ("written in French.", []),
        ("polish the surface", []),
    ],
)
def test_groups(text, groups):
    assert found(find_groups, text) == groups


@pytest.mark.parametrize(
    ("text", "jobs"),
    [
        ("She works as a primary school teacher in town", ["primary school teacher"]),
        ("Zolta Quirm, the welder, said so", ["welder"]),
        ("Zolta Quirm\nLeasing consultant\nVarn Ltd", ["Leasing consultant"]),
        ("the printer driver is old", []),
        ("as a result of the test", []),
    ],
)
def test_jobs(text, jobs):
    assert found(find_jobs, text) == jobs


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("she lives in Zeltingen now", ["Zeltingen"]),
        ("moved here from Bad Zelt", ["Bad Zelt"]),
        ("the office in Zelt, Quirm and Varn closed", ["Zelt", "Quirm", "Varn"]),
        ("he works in Marketing", []),
        ("going to Settings", []),
        ("located in the cabinet", []),
    ],
)
def test_places(text, places):
    assert found(find_places, text) == places


@pytest.mark.parametrize(
    ("text", "web"),
    [
        ("see https://quirm.example/zolta, please", ["https://quirm.example/zolta"]),
        ("follow @zolta_quirm for more", ["@zolta_quirm"]),
        ("npm install @types/node", []),
        ("mail zolta@quirm.example", []),
    ],
)
def test_web_addresses(text, web):
    assert found(find_web_addresses, text) == web


LONG = "The cable is checked before every use and the plug is kept dry. " * 10


@pytest.mark.parametrize(
    ("text", "is_about_people"),
    [
        (LONG, False),
        (LONG + "She said so.", True),
        (LONG + "I live here.", True),
        ("Estonia was super fun.", True),  # too short to tell
    ],
)
def test_a_document_is_about_people_if_it_speaks_of_somebody(text, is_about_people):
    document = DocumentText.join([("paragraph", text)])
    assert speaks_of_people(document, []) is is_about_people


def test_a_document_with_a_phone_number_is_about_somebody():
    document = DocumentText.join([("paragraph", LONG + "Call 01632 960123.")])
    phone = Match("PHONE", len(LONG) + 5, len(LONG) + 17, 0.8, "phone")
    assert speaks_of_people(document, [phone])
