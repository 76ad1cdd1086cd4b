"""What was found and what is known in one place: each keeps its type. Everything is invented."""

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privrag.pseudonym import PATTERN
from privrag.pseudonymize.known.find import _without_overlap, find_known
from privrag.pseudonymize.linking.mentions import mentions_of
from privrag.pseudonymize.literals import with_literals
from privrag.pseudonymize.question import question_of
from privrag.pseudonymize.replace import pseudonymize_document
from privrag.records import Block, Document, Entity
from privrag.vault import FileKeyProvider, Vault
from tests.fakes import WordListDetector

pytestmark = pytest.mark.alone

WITH_A_FORM = ("EMAIL", "IBAN", "CARD", "SSN", "URL", "IP")
DETECTED = (*WITH_A_FORM, "SECRET", "PERSON", "LOCATION", "ORG", "ID", "PHONE", "DATE", "USERNAME")
KNOWN = (("PERSON", "known"), ("ID", "known"), ("SECRET", "known"), ("PHONE", "known"),
         ("USERNAME", "known.joined"), ("SECRET", "known.encoded"))  # fmt: skip
TEXT = "Zolta, quirm 7.tann@x/ K7M2QX4C and_b Ann 48-99 lee"


@st.composite
def detected_and_known(draw):
    ends = sorted(draw(st.sets(st.integers(0, len(TEXT)), max_size=10)))
    detected = [
        Entity(draw(st.sampled_from(DETECTED)), start, end, 0.9, "test")
        for start, end in zip(ends[::2], ends[1::2], strict=False)
    ]
    places = st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT)))
    known = [
        Entity(label, min(place), max(place), 0.9, recognizer)
        for place, (label, recognizer) in draw(
            st.lists(st.tuples(places, st.sampled_from(KNOWN)), max_size=4)
        )
        if place[0] != place[1]
    ]
    return detected, known


@given(detected_and_known())
def test_nothing_found_is_left_in_clear_and_no_address_is_shown_as_something_else(found):
    detected, known = found
    merged = with_literals(TEXT, [*detected, *known])
    assert all(a.end <= b.start for a, b in pairwise(merged))
    hidden = {at for e in merged for at in range(e.start, e.end)}
    covered = {at for e in (*detected, *known) for at in range(e.start, e.end)}
    assert not [at for at in covered - hidden if TEXT[at].isalnum()]
    kept = {(e.label, e.start, e.end) for e in merged}
    secrets = [e for e in known if e.label == "SECRET"]
    for one in detected:
        within = any(s.start <= one.start and one.end <= s.end for s in secrets)
        if one.label in WITH_A_FORM and not within:
            assert (one.label, one.start, one.end) in kept
        if one.label == "SECRET":
            assert any(
                e.label == "SECRET" and e.start <= one.start and one.end <= e.end for e in merged
            )


@pytest.mark.parametrize(
    ("text", "detected", "known", "hidden"),
    [
        ("Ann Zolta, quirm@x.example", [("PERSON", "Ann Zolta"), ("EMAIL", "quirm@x.example")],
         ("PERSON", "Zolta, quirm"), [("PERSON", "Ann Zolta"), ("EMAIL", "quirm@x.example")]),
        ("Zolta, quirm@x.example", [("EMAIL", "quirm@x.example")], ("PERSON", "Zolta, quirm"),
         [("PERSON", "Zolta"), ("EMAIL", "quirm@x.example")]),
        ("Ann Zolta & Sons", [("ORG", "Zolta & Sons")], ("PERSON", "Ann Zolta"),
         [("PERSON", "Ann"), ("ORG", "Zolta & Sons")]),
        ("Ann Berlin", [("LOCATION", "Berlin")], ("PERSON", "Ann Berlin"),
         [("PERSON", "Ann Berlin")]),
        ("in Bonn, Ann", [("LOCATION", "Bonn")], ("PERSON", "Bonn, Ann"),
         [("LOCATION", "Bonn"), ("PERSON", "Ann")]),
        ("Ann Berlin", [("PERSON", "Ann")], ("PERSON", "Ann Berlin"), [("PERSON", "Ann Berlin")]),
        ("PA-12-99", [("DATE", "12-99")], ("ID", "PA-12-99"), [("ID", "PA-12-99")]),
        ("qx-48d1", [("ID", "48d1")], ("SECRET", "qx-48d1"), [("SECRET", "qx-48d1")]),
        ("https://x.example/?k=48d1", [("URL", "https://x.example/?k=48d1")], ("SECRET", "48d1"),
         [("URL", "https://x.example/?k=48d1")]),
        ("https://x.example/ann lee", [("URL", "https://x.example/ann")], ("PERSON", "ann lee"),
         [("URL", "https://x.example/ann"), ("PERSON", "lee")]),
    ],
)  # fmt: skip
def test_what_was_found_keeps_its_type_and_what_is_known_the_rest(text, detected, known, hidden):
    found = [
        Entity(label, text.index(words), text.index(words) + len(words), 0.9, source)
        for source, some in (("test", detected), ("known", [known]))
        for label, words in some
    ]
    merged = with_literals(text, found)
    assert [(e.label, text[e.start : e.end]) for e in merged] == hidden


class TestAnAddressBehindAKnownName:
    @pytest.fixture
    def vault(self, tmp_path):
        with Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key")) as opened:
            people = [("PERSON", "Zolta Quirm"), ("PERSON", "Ann Lee")]
            opened.assign(mentions_of(people, "other"), version="other")
            yield opened

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("Zolta Quirm, zolta.quirm@x.example,", ["Zolta Quirm"]),
            ("Quirm, zolta.quirm@x.example", ["Quirm"]),
            ("quirm, zolta@x.example and quirm, zolta+post@x.example", []),
            ("quirm, zolta.quirm", ["zolta.quirm"]),
            ("ask zolta quirm@x.example", ["zolta"]),
            ("x@mail.zolta quirm", ["quirm"]),
            ("x@zolta quirm; zolta quirm@berlin", ["zolta quirm", "zolta quirm"]),
            ("x@Zolta Quirm; Zolta Quirm@2pm", ["Zolta Quirm", "Zolta Quirm"]),
            ("quirm, zolta/lee, ann/", ["quirm, zolta", "lee, ann"]),
            ("Quirm, Zolta <z@x.example>", ["Quirm, Zolta"]),
        ],
    )
    def test_a_known_name_ends_before_it(self, vault, text, names):
        (found,) = find_known([text], vault)
        assert [text[e.start : e.end] for e in found] == names

    @pytest.mark.parametrize("name", ["Zolta Quirm", "Quirm, Zolta", "Quirm"])
    def test_the_person_has_one_pseudonym_and_the_address_its_own_type(self, vault, name):
        text = f"It is {name}, zolta.quirm@x.example, for all. Zolta Quirm ordered."
        block = Block("paragraph", text, None, 0, len(text))
        document = Document("0" * 64, "file:///d.txt", "offer", "t", (block,), None)
        detector = WordListDetector([name, "Zolta Quirm"])
        found = [*detector.detect([("paragraph", text)]), []]
        safe, masked = pseudonymize_document(document, found, vault, version="v")
        kinds = [PATTERN.sub(lambda m: m[0].partition("_")[0], safe.blocks[0].text)]
        (question,) = question_of([text], detector, vault)
        kinds.append(PATTERN.sub(lambda m: m[0].partition("_")[0], question.text))
        assert kinds == ["It is PERSON, EMAIL, for all. PERSON ordered."] * 2
        assert len({p.split("_")[1] for p in safe.placeholders if "PERSON" in p}) == 1
        assert [text[m.entity.start : m.entity.end] for m in masked] == [
            name, "zolta.quirm@x.example", "Zolta Quirm",
        ]  # fmt: skip


def test_many_names_are_placed_in_bounded_time():
    text = "Zolta Quirm, " * 20_000
    places = range(0, len(text), 13)
    detected = [Entity("PERSON", at, at + 5, 0.9, "test") for at in places]
    known = [Entity("PERSON", at, at + 11, 0.9, "known") for at in places]
    begun = time.process_time()
    merged = with_literals(text, [*detected, *known])
    assert time.process_time() - begun < 10
    assert [(e.start, e.end) for e in merged] == [(at, at + 11) for at in places]


def test_of_many_known_names_the_longest_are_kept_in_bounded_time():
    whole = [Entity("PERSON", at, at + 11, 0.9, "known") for at in range(0, 390_000, 13)]
    parts = [Entity("PERSON", one.start, one.start + 5, 0.9, "known") for one in whole]
    begun = time.process_time()
    assert _without_overlap([*parts, *whole]) == whole
    assert time.process_time() - begun < 10
