"""Rows with a raw identity are found, named by id, and refused; recall is measured beside it."""

import random

import pytest

from privrag.errors import TrainingError
from privrag.leak.plant import invented_identity
from privrag.pseudonymize import Detector
from privrag.records import Entity
from privrag_finetune.leaks.pii_scan import measured_recall, refuse_raw, scan_rows
from tests.fakes import WordListDetector

MARTA = "PERSON_4SD2GZD3"
DETECTOR = WordListDetector(["Femi Adeyemi"])


def scan(**texts):
    return scan_rows(texts, DETECTOR, None, recall=0)


def test_safe_rows_are_clean():
    found = scan(a=f"Who is {MARTA}?\n{MARTA} sells cards at 6:30 for 38 euros.", b="No. [1]")
    assert found.clean
    assert (found.rows, found.found_in, found.recall) == (2, (), {})
    assert found.doubted == ()
    refuse_raw(found)


@pytest.mark.parametrize(
    ("text", "kind", "label"),
    [
        ("Call +49 30 1234 5678.", "formed", "PHONE"),
        ("Pay to DE89 3704 0044 0532 0130 00.", "formed", "IBAN"),
        ("femi%40example.org", "formed", "EMAIL"),
    ],
)
def test_a_raw_value_is_found_and_refused_without_being_told(text, kind, label):
    found = scan(good="The hall opens at six.", bad=text)
    assert getattr(found, kind) == {label: 1}
    assert found.found_in == ("bad",)
    with pytest.raises(
        TrainingError, match=rf"1 of 2 training rows .*\({label} 1\).*rows bad"
    ) as e:
        refuse_raw(found)
    assert not set(text.split()) & set(str(e.value).split())
    assert text not in repr(found)


def test_what_the_detector_alone_finds_is_left_out_not_refused():
    found = scan(good="The hall opens at six.", doubted="Ask Femi Adeyemi.")
    assert (found.detected, found.found_in) == ({"PERSON": 1}, ())
    assert (found.doubted, found.clean) == (("doubted",), False)
    refuse_raw(found)
    learnt = found.without_doubted()
    assert (learnt.rows, learnt.detected, learnt.left_out, learnt.clean) == (1, {}, 1, True)


def test_a_row_with_a_certain_value_is_refused_whatever_else_is_doubted_in_it():
    found = scan(both="Ask Femi Adeyemi, +49 30 1234 5678.")
    assert (found.formed, found.detected, found.doubted) == ({"PHONE": 1}, {}, ())
    with pytest.raises(TrainingError, match="1 of 1 training rows"):
        refuse_raw(found)


def test_many_rows_are_named_in_part():
    found = scan(**{f"r{n}": "Call +49 30 1234 5678." for n in range(9)})
    with pytest.raises(TrainingError, match="r0, r1, r2, r3, r4 and 4 more"):
        refuse_raw(found)


class Blind:
    """Sees e-mail addresses alone, or only the first half of everything."""

    def __init__(self, *, halves: bool):
        self._halves = halves

    def detect(self, blocks):
        if self._halves:
            return [[Entity("PERSON", 0, len(text) // 2, 1.0, "fake")] for _, text in blocks]
        return WordListDetector([]).detect(blocks)


def test_recall_counts_values_that_would_be_masked_by_type():
    found = measured_recall(["The hall opens at six."], Blind(halves=False), count=10)
    assert {label: one.found for label, one in found.items()} == {
        **dict.fromkeys(("PERSON", "PHONE", "IBAN", "CARD", "ID", "ADDRESS"), 0),
        "EMAIL": 10,
    }
    assert found["EMAIL"].planted == 10
    assert found["EMAIL"].low == pytest.approx(0.722, abs=0.001)  # Wilson, 10 of 10
    assert found["PERSON"].high == pytest.approx(0.278, abs=0.001)


def test_half_of_a_value_is_not_masked():
    long = "The swimming hall opens at six on weekdays and at eight on Sundays, not on holidays."
    found = measured_recall([long], Blind(halves=True), count=5)
    assert {one.found for one in found.values()} == {0}


def test_planted_identities_are_the_same_in_every_run():
    assert invented_identity(random.Random(1)) == invented_identity(random.Random(1))
    assert invented_identity() != invented_identity()


@pytest.mark.slow
def test_the_built_in_detector_finds_nearly_all_that_is_planted():
    texts = [f"Who sells cards at the gate?\n{MARTA} sells cards of ten visits for 38 euros."]
    found = scan_rows({"a": texts[0]}, Detector(), None, recall=20)
    assert found.clean
    assert all(one.found >= 17 for one in found.recall.values()), found.recall
