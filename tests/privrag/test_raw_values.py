# ruff: noqa: RUF001 - dots and dashes as they may come
"""What counts as a raw value in text that a model wrote, and what does not. All are invented."""

import pytest

from privrag.raw_values import find_values

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


def found(text):
    return [(v.label, text[v.start : v.end]) for v in find_values(text)]


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("EMAIL", "marta.lindqvist@example.org"),
        ("EMAIL", "m+tag_2@mail.example-firm.co.uk"),
        ("EMAIL", "jürgen@bücher.example.de"),
        ("PHONE", "+49 30 1234567"),
        ("PHONE", "+45 12 34 56 78"),
        ("PHONE", "0049 30 1234567"),
        ("PHONE", "590-555-0126"),
        ("PHONE", "(590) 555-0126"),
        ("PHONE", "1-590-555-0126"),
        ("PHONE", "030/12345678"),
        ("PHONE", "0171 2345678"),
        ("PHONE", "01 23 45 67 89"),
        ("CARD", "4111111111111111"),
        ("CARD", "4111-1111-1111-1111"),
        ("CARD", "5555 5555 5555 4444"),
        ("CARD", "3782 822463 10005"),
        ("CARD", "4539.1488.0343.6467"),
        ("CARD", "4539/1488/0343/6467"),
        ("CARD", "4539_1488_0343_6467"),
        ("CARD", "4539  1488  0343  6467"),
        ("CARD", "4539\n1488\n0343\n6467"),
        ("CARD", "4539\r\n1488\r\n0343\r\n6467"),
        ("CARD", "45391488\n03436467"),
        ("CARD", "4 5 3 9 1 4 8 8 0 3 4 3 6 4 6 7"),
        ("CARD", "4-5-3-9-1-4-8-8-0-3-4-3-6-4-6-7"),
        ("CARD", "4.5.3.9.1.4.8.8.0.3.4.3.6.4.6.7"),
        ("CARD", "4539,1488,0343,6467"),
        ("CARD", "4539 – 1488 – 0343 – 6467"),
        ("EMAIL", "john@corp。example"),
        ("EMAIL", "john@corp．example"),
        ("EMAIL", "john@corp｡example"),
        ("EMAIL", "bWFydGFAZXhhbXBsZS5vcmc="),
        ("EMAIL", "bWFydGFAZXhhbXBsZS5vcmc"),
        ("EMAIL", "d3JpdGUgdG8gbWFydGFAZXhhbXBsZS5vcmcgbm93LCArNDUgMTIgMzQgNTYgNzg="),
        ("EMAIL", "6d61727461406578616d706c652e6f7267"),
        ("EMAIL", "6D61727461406578616D706C652E6F7267"),
        ("EMAIL", "0x6d61727461406578616d706c652e6f7267"),
        ("EMAIL", "6d 61 72 74 61 40 65 78 61 6d 70 6c 65 2e 6f 72 67"),
        ("EMAIL", r"\x6d\x61\x72\x74\x61\x40\x65\x78\x61\x6d\x70\x6c\x65\x2e\x6f\x72\x67"),
        ("CARD", "NDExMTExMTExMTExMTExMQ=="),
        ("CARD", "34313131313131313131313131313131"),
        ("PHONE", "KzQ1IDEyIDM0IDU2IDc4"),
        ("IBAN", "DE89370400440532013000"),
        ("IBAN", "DE89 3704 0044 0532 0130 00"),
        ("IBAN", "gb29 nwbk 6016 1331 9268 19"),
        ("SSN", "914-27-6083"),
        ("SSN", "123 45 6789"),
        ("SSN", "123–45–6789"),
        ("IP", "192.168.1.20"),
        ("IP", "2001:db8:85a3::8a2e:370:7334"),
        ("IP", "fe80::1ff:fe23:4567:890a"),
        ("SECRET", "AKIAIOSFODNN7EXAMPLE"),
        ("SECRET", "ghp_EXAMPLENOTAREALGITHUBTOKEN0000000000"),
        ("SECRET", "xoxb-00000-00000-EXAMPLENOTAREALTOKEN"),
        ("SECRET", "sk-proj-abcdefghijklmnopqrstuvwx"),
        ("SECRET", JWT),
    ],
)
@pytest.mark.parametrize("around", ["{}", "It is {}.", "({})", "x: {}, then 12", "`{}`", "**{}**"])
def test_it_is_found_whole(label, value, around):
    assert found(around.format(value)) == [(label, value)]


def test_a_card_is_found_among_other_numbers():
    assert found("2024 4111 1111 1111 1111 123") == [("CARD", "4111 1111 1111 1111")]


def test_two_phone_numbers_in_a_row_are_two():
    assert found("030 12345678 +49 30 7654321") == [
        ("PHONE", "030 12345678"),
        ("PHONE", "+49 30 7654321"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "PERSON_K7M2QX4C wrote to EMAIL_1V4YYZ53 about IBAN_8ASKVGY0.",
        "on 2024-05-12, 12.05.2024 or 05/12/2024 at 10:30:45, 2024-05-12T10:30:45Z",
        "from 2019-2024, 10:00-12:30, pages 100-120, 3-4 weeks",
        "1,234,567.89 EUR, $4,111.11, 1 234 567, 12 000 000, 99.95 %, 3.14159265358979",
        "version 10.15.7.1, v2.25.10.1, 1.2.3.4, Python 3.11.9, section 192.10.11.12",
        "127.0.0.1, 0.0.0.0, 255.255.255.0, ::1",
        "order 4711, invoice 2024-00017, room 3.204, ISBN 978-3-16-148410-0, ISSN 0317-8471",
        "timestamp 1700000000000 and 1700000000000000, id 1234567890123456",
        "4111111111111112 fails its check digit, and DE89370400440532013001 too",
        "commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
        "uuid 550e8400-e29b-41d4-a716-446655440000",
        "@app.route, user@host, a @ b, x@y, @name, lodash@4.17.21, a@b.c",
        "std::vector<int>, a[1::2], x[::2], de::be, 12:30:45, 00:1A:2B:3C:4D:5E",
        "x = 0x1F; y = 1e10; z = 12345678; for (i = 0; i < 10; i++) f(3-4, 5-6);",
        "RFC 7519, ISO 27001:2022, DIN 5008, Article 6(1)(f), § 203 StGB",
        "sk-learn, xoxb-, ghp_short, AKIA1234, eyJ.a.b, -----BEGIN CERTIFICATE-----",
        "2 + 2 = 4, +5 degrees, +1000, -40, 1/2, 24/7, 1990/91",
        "| 250 | 300 | 1200 |\n| 100 | 200 | 3000 |",
        "| 4539 | 1488 | 0343 | 6467 |",
        "4539.14880343.6467, 45.39.1488.0343.6467, 4539.1488.0343.6468, 0.4539148803436467",
        "prices 4.539, 1.488, 0.343, 6.467 and 4,539 1,488 343 6,467; 4.539.148.803.436.467",
        "years\n2019\n2020\n2021\n2022\nor 2019 2020 2021 2022, 2019.2020.2021.2022",
        "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16, 1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12",
        "3 5 7 9 1 3 5 7 9 1 3 5 7 9 1 3 5 7 9 1 3 5 7",
        "2.71828182845904523536028747135266249775724709369995",
        "3.1415926535897932384626433832795028841971693993751058209749445923",
        "12.05.2024 13.06.2025 14.07.2026, 4.5.3 4.8.8 0.3.4",
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "md5 d41d8cd98f00b204e9800998ecf8427e, etag 5d41402abc4b2a76b9719d911017c592",
        "aGVsbG8gd29ybGQgYW5kIGFsbCBvZiB5b3U=, VGhlIHF1aWNrIGJyb3duIGZveA==",
        "VmVyc2lvbiAxLjQuMCBvZiAxMi4wNS4yMDI0LCBwYWdlIDQ=",
        "48656c6c6f20776f726c642c20616c6c206f6620796f7520686572652e",
        "internationalisation/configuration/documentation, ThisIsALongCamelCaseIdentifierName",
    ],
)
def test_ordinary_text_holds_none(text):
    assert found(text) == []


def test_a_pseudonym_is_no_part_of_a_value():
    assert found("PERSON_K7M2QX4C@example.org") == []
