"""Keys with values: the key says what its value is. Everybody and everything is invented."""

import pytest

from privrag.pseudonymize.matches import DocumentText, resolve
from privrag.pseudonymize.recognizers.field_key import kind_of_key
from privrag.pseudonymize.recognizers.keyed import find_keyed

ONE_WORD = ("imei", "iban", "imsi", "iccid", "clabe", "bankleitzahl", "bankverbindung",
            "acct")  # fmt: skip


def hidden(text, kind="code"):
    document = DocumentText.join([(kind, text)])
    return [(m.label, text[m.start : m.end]) for m in resolve(document, find_keyed(document))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"full_name": "Zuzanna Krzyżquirm"}', [("PERSON", "Zuzanna Krzyżquirm")]),
        ('{"pesel": "44051401359"}', [("ID", "44051401359")]),
        ('{"firstName": "zolta", "lastName":"QUIRM"}', [("PERSON", "zolta"), ("PERSON", "QUIRM")]),
        (r"{\"full_name\": \"Zolta Quirm\"}", [("PERSON", "Zolta Quirm")]),
        (
            '"name": {"first": "Zolta", "last": "Quirm-Tann"}',
            [("PERSON", "Zolta"), ("PERSON", "Quirm-Tann")],
        ),
        ("name:\n  first: Zolta\n  last: Quirm\n", [("PERSON", "Zolta"), ("PERSON", "Quirm")]),
        (
            '{"line1": "4 Quirm Lane", "city":"Cape Quirm","zip":"8001"}',
            [("ADDRESS", "4 Quirm Lane"), ("ADDRESS", "Cape Quirm"), ("ADDRESS", "8001")],
        ),
        ('{"city": "Quirm", "zip": "8001", "line": 4}', []),
        ('"patient_name": "Will Power"', [("PERSON", "Will Power")]),
        ('"first_name": "May", "surname": "Long"', [("PERSON", "May"), ("PERSON", "Long")]),
        ('"first_name": "First", "fullName": "Full Page"', []),
        ('"login": "zquirm"', [("USERNAME", "zquirm")]),
        ('{"imei": "356938035643809"}', [("ID", "356938035643809")]),
        ("mac=001122334455 rib=300010079412345678901",
         [("ID", "001122334455"), ("ID", "300010079412345678901")]),
        ('{"bankleitzahl": "37040044"}', [("ID", "37040044")]),
        ("<imsi>262011234567890</imsi>", [("ID", "262011234567890")]),
        (
            'dict(name="Bhaskaro Quirmaraghavan", passport="Z4839201")',
            [("PERSON", "Bhaskaro Quirmaraghavan"), ("ID", "Z4839201")],
        ),
        ("login ok user=zolta.quirm ip=10.0.0.1", [("USERNAME", "zolta.quirm")]),
        ("jdbc:mysql://db/app?user=pvdb&password=x", [("USERNAME", "pvdb")]),
        ('name="QUIRM/ZOLTA MRS" ssn="078 05 1120"',
         [("PERSON", "QUIRM/ZOLTA MRS"), ("ID", "078 05 1120")]),
        ("/x?name=Zolta+Quirm-Tann&email=z@q.example", [("PERSON", "Zolta+Quirm-Tann")]),
        ("<lastName>Quirm</lastName>", [("PERSON", "Quirm")]),
        ('<p data-user="zolta.quirm">', [("USERNAME", "zolta.quirm")]),
        ("- name: zolta quirm\n  phone: '+49 40 123'",
         [("PERSON", "zolta quirm"), ("PHONE", "+49 40 123")]),
        ("last_name = 'Quirm'", [("PERSON", "Quirm")]),
        ('"phone": "089/1234567"', [("PHONE", "089/1234567")]),
        ('"createdBy": "zolta.quirm"', [("USERNAME", "zolta.quirm")]),
        ('b.setFirstName("Zolta").set_last_name("Quirm")',
         [("PERSON", "Zolta"), ("PERSON", "Quirm")]),
        ("Creating user: Hiro Quirm", [("PERSON", "Hiro Quirm")]),
        ("ssh_user = 'zquirm'", [("USERNAME", "zquirm")]),
        ("assigned_to=zolta.quirm", [("USERNAME", "zolta.quirm")]),
        (
            '"attendees": ["Zolta Quirm", "Viveka Tann"]',
            [("PERSON", "Zolta Quirm"), ("PERSON", "Viveka Tann")],
        ),
        (
            "INSERT INTO staff (id, first_name, last_name) VALUES "
            "(1, 'Zolta', 'Quirm'), (2, 'V', 'Tann');",
            [("PERSON", "Zolta"), ("PERSON", "Quirm"), ("PERSON", "Tann")],
        ),
    ],
)  # fmt: skip
def test_the_key_says_what_its_value_is(text, expected):
    assert hidden(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"name": "charger-1", "type": "wallbox"}',
        '{"name": "Garage Station"}',
        "name: My Charger\nuser: admin\npassword: x",
        "user: ${MQTT_USER}",
        "username: string",
        "first: 1\nlast: 10",
        '{"first": "Monday", "last": "Friday"}',
        "firstName: <string>",
        "host_name: node quirm",
        'customer == "Zolta"',
        "owner: facility management",
        "order_by: created.at",
        '"transactionId": 4711,',
        "const user = getUser();",
        '{"phone": true, "passport": false}',
        "first_name: str",
        "max_user: many",
        "user = quirmify(auth)",
        "def main(user: Quirmated[str], lead: Quirm):",
        "self.reporter = reporter",
        "handle = self.quirm",
        "user=jovyan login=gitpod",
        'log.name("Charge Point")',
        "Mac: 10.15.7",
        "- rib: 250 mm",
    ],
)
def test_a_key_of_things_leaves_its_value(text):
    assert hidden(text) == []


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("customerFullName", "FULL"),
        ("patient_last_name", "SURNAME"),
        ("user.email", "MAIL"),
        ("hostname", None),
        ("file_name", None),
        ("employeeId", "ID"),
        ("messageId", None),
        *((key, "ID") for key in ONE_WORD),
    ],
)
def test_a_key_is_read_word_by_word(key, kind):
    assert kind_of_key(key) == kind
