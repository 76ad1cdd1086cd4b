import pytest

from privrag.audit.record import Record, canonical_json, parse_record

RECORD = Record(7, "2026-01-01T00:00:00.000+00:00", "acme", "ann", "reveal", ("PERSON_K7M2QX4C",))


def test_the_canonical_form_is_that_of_rfc_8785():
    text = '€$\u000f\nA\'B"\\\\"/\u007f'
    assert canonical_json({"b": [1, -2], "a": text, "A": {"z": 0, "é"[:0] + "y": 1}}) == (
        b'{"A":{"y":1,"z":0},"a":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\x7f","b":[1,-2]}'
    )


@pytest.mark.parametrize("value", [1.5, True, None, 2**53, ["x", 0.1], {"ä": 1}, "\ud800"])
def test_what_has_more_than_one_spelling_is_refused(value):
    with pytest.raises(ValueError):
        canonical_json({"value": value})


def test_a_record_comes_back_from_its_body():
    assert parse_record(RECORD.body()) == RECORD


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"null",
        RECORD.body() + b" ",
        RECORD.body().replace(b'"seq":7', b'"seq": 7'),
        RECORD.body().replace(b'"seq"', b'"sec"'),
        RECORD.body().replace(b'"result":"ok",', b""),
    ],
)
def test_another_spelling_is_not_a_record(body):
    with pytest.raises(ValueError, match="not a record"):
        parse_record(body)
