"""Each pattern recognizer: what it must find, and near misses that it must leave. All invented."""

import time

import pytest

from privrag.errors import PseudonymError
from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.profile import DetectSettings
from privrag.pseudonymize.recognizers import pattern_recognizers, tenant

REGIONS = ("DE", "GB", "US", "FR", "DK", "AT", "CH")


def found(text, *labels, kind="paragraph", patterns=None):
    """The (label, text) pairs that the pattern recognizers leave after overlaps are resolved."""
    document = DocumentText.join([(kind, text)])
    recognizers = pattern_recognizers(DetectSettings(countries=REGIONS, patterns=patterns or {}))
    matches = resolve(document, [m for find in recognizers.values() for m in find(document)])
    return [(m.label, text[m.start : m.end]) for m in matches if not labels or m.label in labels]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Write to ann.lee@vandermolen.example, please.", "ann.lee@vandermolen.example"),
        (
            "<mailto:Ann_Lee+hr@mail.vandermolen.co.example>",
            "Ann_Lee+hr@mail.vandermolen.co.example",
        ),
        ("o'hara@müller.example", "o'hara@müller.example"),
    ],
)
def test_email_is_found_whole(text, value):
    assert found(text, "EMAIL") == [("EMAIL", value)]


@pytest.mark.parametrize(
    "text", ["ann@localhost", "@ann_lee", "a@b@c.example", "size 4@20.5", "name@"]
)
def test_what_only_resembles_an_email_is_left(text):
    assert found(text, "EMAIL") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFF", "DE89 3704 0044 0532 0130 00"),
        ("pay to GB82WEST12345698765432.", "GB82WEST12345698765432"),
        ("Iban: DE00 3704 0044 0532 0130 00", "DE00 3704 0044 0532 0130 00"),
    ],
)
def test_iban_ends_where_its_country_says(text, value):
    assert found(text, "IBAN") == [("IBAN", value)]


@pytest.mark.parametrize(
    "text", ["DE89 3704 0044 0532", "XX12345678901234567890", "part DE00370400440532013000"]
)
def test_a_wrong_iban_without_its_label_is_left(text):
    assert found(text, "IBAN") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("card 4111 1111 1111 1111, exp 12/27", "4111 1111 1111 1111"),
        ("5500000000000004 was charged", "5500000000000004"),
        ("Amex 3400-000000-00009", "3400-000000-00009"),
    ],
)
def test_card_passes_luhn(text, value):
    assert found(text, "CARD") == [("CARD", value)]


@pytest.mark.parametrize(
    "text", ["4111 1111 1111 1112", "version 4111.1111.1111.1111", "row 1234567890123456"]
)
def test_digits_that_fail_luhn_are_no_card(text):
    assert found(text, "CARD") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("SSN: 123-45-6789", "123-45-6789"),
        ("her number 219-09-9999 is", "219-09-9999"),
        ("NI: QQ123456C and AB 12 34 56 C", "AB 12 34 56 C"),
        ("AHV 756.9217.0769.85", "756.9217.0769.85"),
        ("Sozialversicherungsnummer: 65 170839 J 003", "65 170839 J 003"),
    ],
)
def test_social_security_number_is_found(text, value):
    assert ("SSN", value) in found(text, "SSN")


@pytest.mark.parametrize("text", ["000-12-3456", "2024-05-1234", "905-12-3456-7", "12-345-6789"])
def test_what_no_office_issues_is_no_social_security_number(text):
    assert found(text, "SSN") == []


@pytest.mark.parametrize("value", ["192.168.17.23", "8.34.208.6", "2001:db8::8a2e:370:7334"])
def test_ip_address_is_found(value):
    assert found(f"from {value} at noon", "IP") == [("IP", value)]


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1",
        "0.0.0.0",  # noqa: S104 - a text, not an address to bind to
        "v1.22.3.4",
        "section 4.2.1.3",
        "300.1.1.1",
        "12:30:45",
        "255.255.255.0",
    ],
)
def test_addresses_of_no_machine_are_left(text):
    assert found(text, "IP") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("call 030 23125 123 today", "030 23125 123"),
        ("Tel. 01632 960123", "01632 960123"),
        ("(415) 555-0123", "(415) 555-0123"),
        ("phone: 555-0123", "555-0123"),
        ("+44 1632 960 123", "+44 1632 960 123"),
        ("+49 (0)30 23125-12 or mail", "+49 (0)30 23125-12"),
        ("040/66969 687", "040/66969 687"),
        ("reach me at 01 42 68 53 00", "01 42 68 53 00"),
        ("0043 1 5332 0100", "0043 1 5332 0100"),
        ("(zolta@quirm.example, 07700-900418)", "07700-900418"),
        ("- 0221-9998877", "0221-9998877"),
    ],
)
def test_phone_is_found_also_in_fiction_ranges(text, value):
    assert found(text, "PHONE") == [("PHONE", value)]


def test_two_mobile_numbers_beside_each_other_are_two():
    assert found("07700 900417 / 07700-900418") == [
        ("PHONE", "07700 900417"),
        ("PHONE", "07700-900418"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "on 12.03.2024 - 14.03.2024",
        "2024-05-01 10:30",
        "EUR 1 250 000",
        "1.250.000 units",
        "article no. 030 23125 12",
        "2019 - 2021",
        "weighs 12345678 kg or $ 12,345,678",
        "order 415-555-0123",
        "lots 020-2021",
        "3.14159265",
    ],
)
def test_dates_amounts_and_articles_are_no_phones(text):
    assert found(text, "PHONE") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("staff no. 4711-A is", "4711-A"),
        ("Kundennummer: K-20931", "K-20931"),
        ("Personal-Nr. 0815/42", "0815/42"),
        ("Aktenzeichen 12 O 345/24", None),
        ("policy number HX 9911", None),
        ("invoice #2024-0815", "2024-0815"),
        ("ticket INC0012345 was closed", "INC0012345"),
        ("(application no. 18403/91)", "18403/91"),
        ("passport number C01X00T47", "C01X00T47"),
        ("the number PA-77253; quote it", "PA-77253"),
        ("Dr Quirm, GMC 7412356", "7412356"),
        ("GMC No. 7412356", "7412356"),
        ("NMC PIN 98I1234E", "98I1234E"),
        ("SRA No. 412233", "412233"),
        ("HCPC registration number: PH123456", "PH123456"),
        ("NHS number 943 476 5919", "943 476 5919"),
        ("the GMC in 2019", None),
        ("the SRA 2011 code", None),
    ],
)
def test_labelled_number_is_an_id(text, value):
    assert value is None or ("ID", value) in found(text, "ID")


@pytest.mark.parametrize(
    "text",
    [
        "case 2 of 3",
        "account is 30 days overdue",
        "policy 2024",
        "customer since 12.03.2021",
        "order by 5 pm",
        "number ISO-27001",
        "contract 2023/24",
    ],
)
def test_numbers_that_identify_nobody_are_left(text):
    assert found(text, "ID") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("key AKIAIOSFODNN7EXAMPLX.", "AKIAIOSFODNN7EXAMPLX"),
        ("ghp_" + "a1" * 18, "ghp_" + "a1" * 18),
        ("xoxb-123456789012-abcDEF", "xoxb-123456789012-abcDEF"),
        ("sk-proj-abcdefghij0123456789", "sk-proj-abcdefghij0123456789"),
        ("password: hunter2!x", "hunter2!x"),
        ('API_KEY="c0ffee00c0ffee"', "c0ffee00c0ffee"),
        ("postgres://app:s3cr3tpw@db/x", "s3cr3tpw"),
        (
            "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4",
            "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2QT4",
        ),
    ],
)
def test_secret_is_found_to_its_last_character(text, value):
    assert found(text) == [("SECRET", value)]


def test_private_key_is_one_secret_over_its_lines():
    key = (
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqh\nkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----"
    )
    assert found(f"Here:\n{key}\nDone") == [("SECRET", key)]


@pytest.mark.parametrize(
    "text",
    [
        "password: required",
        "token: <your-token>",
        "the password is optional",
        "api_key: ${API_KEY}",
        "secret = true",
        "PASSWORD=changeme",
    ],
)
def test_placeholders_are_no_secrets(text):
    assert found(text, "SECRET") == []


def test_a_token_inside_a_longer_one_widens_to_all_of_it():
    token = "prefix_ghp_" + "a1" * 15 + "-tail"
    assert found(f"use {token} now", "SECRET") == [("SECRET", token)]


def test_tenant_pattern_widens_to_its_word():
    assert found("see ABC-1234x here", "ID", patterns={"matter": r"ABC-\d{3}"}) == [
        ("ID", "ABC-1234x")
    ]


@pytest.mark.parametrize(
    ("pattern", "word"),
    [(r"\p{Lu}{2}\d{4}", "ÄÖ2024"), (r"(?>[A-Z]+)-\d++", "ABC-7"), (r"[[:upper:]]{3}\d", "QRM7")],
)
def test_a_tenant_pattern_may_be_what_its_engine_takes(pattern, word):
    """`\\p{Lu}` was refused, for `re` does not know it."""
    settings = DetectSettings(patterns={"matter": pattern})
    document = DocumentText.join([("paragraph", f"see {word} here")])
    spans = tenant.tenant_patterns(settings.patterns)(document)
    assert [document.text[m.start : m.end] for m in spans] == [word]


def test_a_tenant_pattern_without_end_is_an_error_that_names_it():
    find = tenant.tenant_patterns({"matter": r"(?R)x"})
    with pytest.raises(PseudonymError, match="matter"):
        list(find(DocumentText.join([("paragraph", "zolta xx quirm")])))


def test_slow_tenant_pattern_is_an_error_that_names_it(monkeypatch):
    monkeypatch.setattr(tenant, "PATTERN_TIMEOUT_SECONDS", 0.05)
    find = tenant.tenant_patterns({"matter": r"(a|aa)+$"})
    with pytest.raises(PseudonymError, match="matter"):
        list(find(DocumentText.join([("paragraph", "a" * 60 + "!")])))


def test_table_columns_say_what_their_cells_hold():
    table = (
        "Name | Phone | Staff ID | Role\n"
        "Zolta Quirm | 555-0123 | E1234 | Technician\n"
        "Tan, Bo | 5550124 | E1235 | Head"
    )
    assert found(table, kind="table") == [
        ("PERSON", "Zolta Quirm"),
        ("PHONE", "555-0123"),
        ("ID", "E1234"),
        ("PERSON", "Tan, Bo"),
        ("PHONE", "5550124"),
        ("ID", "E1235"),
    ]


def test_table_row_label_says_what_the_next_cell_holds():
    assert found("Contact | Zolta Quirm\nRoom | Blue Wing", kind="table") == [
        ("PERSON", "Zolta Quirm")
    ]


@pytest.mark.parametrize("header", ["Product name", "File name", "Host name", "Event"])
def test_columns_of_other_things_hold_no_people(header):
    assert found(f"{header} | Price\nZolta Quirm | 12", kind="table") == []


@pytest.mark.parametrize(
    "unit", [" ", "A", "Aa ", "1 ", "a@", "A. ", "A'", "Name: ", "-", "| ", "\n"]
)
def test_monotonous_text_takes_linear_time(unit):
    started = time.process_time()
    found(unit * (60_000 // len(unit)))
    assert time.process_time() - started < 2
