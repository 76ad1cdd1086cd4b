"""Overlaps, blocks, and what one mention gives away of the others. All people are invented."""

import pytest

from privrag.pseudonymize.matches import (
    CHECKSUM,
    NER,
    PATTERN,
    SECRET,
    DocumentText,
    Match,
    per_block,
    resolve,
)
from privrag.pseudonymize.propagate import propagate


def document_of(*blocks):
    return DocumentText.join([("paragraph", text) for text in blocks])


def spread(text, label, value, *, rank=PATTERN):
    """What `propagate` adds when the first `value` in `text` has been found."""
    document = document_of(text)
    start = text.index(value)
    seed = Match(label, start, start + len(value), 0.9, "test", rank)
    merged = resolve(document, [seed, *propagate(document, [seed])])
    return [text[m.start : m.end] for m in merged if m.start != start]


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("Zolta Quirm. Later Quirm left.", ["Quirm"]),
        ("Zolta Quirm. Also zolta quirm", ["zolta quirm"]),
        (
            "Zolta Quirm. Quirm's car, ZOLTA QUIRM, QUIRM",
            ["Quirm", "ZOLTA QUIRM", "QUIRM"],
        ),
        ("Zolta Quirm. Quirm, Zolta and Z. Quirm", ["Quirm, Zolta", "Z. Quirm"]),
        ("Zolta Quirm. Zolta\nQuirm", ["Zolta\nQuirm"]),
        ("Zolta Quirm. we met\nQuirm\nZolta there", ["Quirm\nZolta"]),
        ("Zolta Quirm. met Quirm,\nZolta there", ["Quirm,\nZolta"]),
        ("Zolta Quirm. Regards,\nZ. Quirm\nZolta Quirm", ["Z. Quirm", "Zolta Quirm"]),
        ("Zolta Quirm. by Z. Quirm\nZolta Ann Quirm", ["Z. Quirm", "Zolta", "Quirm"]),
        ("Zolta Quirm. Quirm, Zolta\nQuirm, Ida", ["Quirm, Zolta", "Quirm"]),
        ("Zolta Quirm. Quirm Zolta\nQuirm Ida", ["Quirm Zolta", "Quirm"]),
        ("Zolta Quirm. Ida Quirm, Zolta Quirm", ["Quirm", "Zolta Quirm"]),
        ("Zolta Quirm. Ida Quirm, Z. Quirm", ["Quirm", "Z. Quirm"]),
        ("Zolta Quirm.\nQuirm\nZolta Quirm", ["Quirm", "Zolta Quirm"]),
        ("Zolta Quirm.\nIda Quirm\nZolta Quirm", ["Quirm", "Zolta Quirm"]),
        ("Zolta Quirm. The Quirm Street and quirm", ["quirm"]),
        ("Zolta Long. Long ago it was long", []),
        ("Zolta Quirm. Quirmish Zoltan", []),
        ("Zolta Quirm. Zolta quirm and zolta QUIRM", ["Zolta quirm", "zolta QUIRM"]),
        ("Mark Field. Mark field 3 and mark field", ["mark field"]),
        ("Anna Quirm. Then Anna went", ["Anna"]),
        ("Brigitte Sauer. Then brigitte left, sauer said.", ["brigitte", "sauer"]),
        ("Brigitte Sauer. Die Milch war sauer und kalt.", []),
        ("Rose Quirm. A rose, the mark.", []),
        ("Paris Quirm. The paris office, and quirm.", ["quirm"]),
        ("Zolta Quirm. The Quirm file, every Quirm claim", ["Quirm", "Quirm"]),
        (
            "Zolta Quirm. Zolta (Quirm), in Quirm's car, via Quirm",
            ["Zolta", "Quirm"] + 2 * ["Quirm"],
        ),
        ("Zolta Quirm. In Quirm, near Quirm, the Quirm Street", []),
        ("Anna Field. The Field was green, every Field", []),
        ("Anna Norway. The Norway trip", []),
    ],
)
def test_every_form_of_a_person_is_found(text, others):
    assert spread(text, "PERSON", text[: text.index(".")]) == others


@pytest.mark.parametrize("rank", [NER, PATTERN])
def test_the_surname_of_a_place_in_the_document_stays_behind_an_article(rank):
    document = document_of("Anna Quirm came from Quirm. The Quirm weather.")
    found = [
        Match("PERSON", 0, 10, 0.9, "test", rank),
        Match("LOCATION", 21, 26, 0.9, "test", NER),
    ]
    people = [m.start for m in propagate(document, found) if m.label == "PERSON"]
    assert document.text.index("Quirm weather") not in people


def test_a_word_that_is_also_lower_case_is_not_looked_for_alone():
    assert spread("Zolta Berry. Berry juice, one berry.", "PERSON", "Zolta Berry") == []


@pytest.mark.parametrize("label", ["EMAIL", "IBAN", "CARD", "SSN", "SECRET", "ID"])
def test_a_value_is_found_wherever_it_is_written_the_same_way(label):
    assert spread("x77-k9a1z and (x77-k9a1z), not ax77-k9a1z", label, "x77-k9a1z") == ["x77-k9a1z"]


@pytest.mark.parametrize("label", ["CARD", "SECRET", "ID", "PHONE"])
@pytest.mark.parametrize(
    ("value", "found"),
    [("2024", []), ("123-45", []), ("447128", ["447128"]), ("4471x", ["4471x"])],
)
def test_few_digits_alone_are_no_identity_elsewhere(label, value, found):
    assert spread(f"It is {value}. In room {value}.", label, value) == found


def test_ids_of_the_same_form_are_found():
    assert spread("PA-77253, PA-10020, PB-77253, PA-1", "ID", "PA-77253") == ["PA-10020"]


@pytest.mark.parametrize("local", ["zolta.quirm", "quirm.zolta", "zquirm", "zoltaquirm", "z.quirm"])
def test_an_address_names_its_owner(local):
    text = f"Zolta Quirm and Bo Tann wrote to {local}@q.example"
    assert spread(text, "EMAIL", f"{local}@q.example") == ["Zolta Quirm"]


def test_an_address_spells_umlauts_out():
    assert spread("Jörg Müller, mueller.joerg@q.example", "EMAIL", "mueller.joerg@q.example") == [
        "Jörg Müller"
    ]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Quirm, Hans-Günther came", "Quirm, Hans-Günther"),
        ("Quirm, Hans-Report", "Quirm, Hans"),
        ("Quirm, Hans-led", "Quirm, Hans"),
        ("Quirm, Hans - Tann", "Quirm, Hans"),
    ],
)
def test_a_name_takes_the_rest_behind_its_hyphen(text, whole):
    (kept,) = resolve(document_of(text), [Match("PERSON", 0, 11, 0.9, "test")])
    assert text[kept.start : kept.end] == whole


@pytest.mark.parametrize(
    ("text", "whole"),
    [("von Anna Quirm", "Anna Quirm"), ("von Quirm", "von Quirm"), ("van Anna Quirm",) * 2],
)
def test_of_before_a_given_name_is_no_part_of_the_name(text, whole):
    (kept,) = resolve(document_of(text), [Match("PERSON", 0, len(text), 0.9, "test")])
    assert text[kept.start : kept.end] == whole


def test_overlaps_go_to_secret_then_checksum_then_pattern_then_model():
    document = document_of("abcdefghij")
    ranks = [NER, PATTERN, CHECKSUM, SECRET]
    labels = ["PERSON", "ID", "IBAN", "SECRET"]
    matches = [
        Match(label, 0, 10, 0.9, "t", rank) for label, rank in zip(labels, ranks, strict=True)
    ]
    for keep in range(4, 0, -1):
        assert [m.label for m in resolve(document, matches[:keep])] == [labels[keep - 1]]


def test_of_equal_rank_the_longer_match_stays():
    document = document_of("4711-0815-99")
    short, long = Match("PHONE", 0, 9, 0.9, "t"), Match("ID", 0, 12, 0.5, "t")
    assert resolve(document, [short, long]) == [long]


def test_a_name_keeps_what_an_address_leaves_of_it():
    text = "Zolta Quirm z@q.example"
    mail = Match("EMAIL", 12, 23, 1.0, "t", CHECKSUM)
    assert [
        text[m.start : m.end]
        for m in resolve(document_of(text), [Match("PERSON", 0, 23, 0.8, "t", NER), mail])
    ] == [
        "Zolta Quirm",
        "z@q.example",
    ]


def test_two_halves_of_a_name_become_one():
    text = "Zolta Maria Quirm"
    halves = [Match("PERSON", 0, 11, 0.8, "t"), Match("PERSON", 6, 17, 0.8, "t", NER)]
    assert [(m.start, m.end) for m in resolve(document_of(text), halves)] == [(0, 17)]


def test_spans_lose_white_space_and_punctuation():
    text = ' "Zolta Quirm", '
    assert [
        (m.start, m.end)
        for m in resolve(document_of(text), [Match("PERSON", 0, len(text), 0.8, "t")])
    ] == [(2, 13)]


def test_a_match_over_two_blocks_is_cut_at_their_border():
    document = document_of("see Zolta", "Quirm there")
    spans = per_block(document, [Match("PERSON", 4, 16, 0.8, "t")])
    assert [[(e.start, e.end) for e in entities] for entities in spans] == [[(4, 9)], [(0, 5)]]


def test_empty_blocks_have_empty_results():
    assert per_block(document_of("", "x", ""), []) == [[], [], []]
