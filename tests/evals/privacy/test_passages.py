"""Long blocks are cut so that every line of them can be drawn, labelled and scored."""

from itertools import pairwise

import pytest

from privrag.records import Block, Document, Entity
from privrag_evals.privacy.estimate import estimate, find_again
from privrag_evals.privacy.labels import candidates_of, draw, label, load, save
from privrag_evals.privacy.passages import MOST_SHOWN, Passage, inside, passages_of
from privrag_evals.privacy.sources import SourceDocument
from tests.evals.privacy.test_labels import NOTED, NamesAgain, vault  # noqa: F401 - a fixture
from tests.fakes import WordListDetector

ROWS = [f"{n}\tUnit {n}\tMarta Lindqvist\tFemi Adeyemi" for n in range(100)]
REGISTER = "\n".join(["No\tUnit\tHead\tDeputy", *ROWS])
DETECTOR = WordListDetector(("Marta Lindqvist",))


def register(kind="table", text=REGISTER):
    block = Block(kind, text, None, 0, len(text))
    return SourceDocument("doc", Document("d", "d", "", "text/plain", (block,), None))


def candidates(source=None):
    return candidates_of([source or register()], DETECTOR, NamesAgain())


def test_a_register_longer_than_a_screen_is_among_the_candidates_row_by_row():
    cut = candidates()
    assert len(cut) > 1
    assert max(len(c.text) for c in cut) <= MOST_SHOWN
    rows = [row for c in cut for row in c.text.split("\n")]
    assert rows == REGISTER.split("\n")
    assert sum(len(c.found) for c in cut) == 100
    assert {c.text[e.start : e.end] for c in cut for e in c.found} == {"Marta Lindqvist"}
    assert all(REGISTER[c.start : c.start + len(c.text)] == c.text for c in cut)


def test_later_parts_of_a_table_show_its_first_row_again():
    first, second, *_ = candidates()
    assert (first.context, second.context) == ("", "No\tUnit\tHead\tDeputy")
    assert candidates(register("list"))[1].context == ""


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("paragraph", "Femi Adeyemi left early. " * 300),
        ("paragraph", "and so on " * 700),
        ("paragraph", "7" * 5001),
        ("code", "x = 1\n" * 900),
        ("table", ("a\t" * 3000) + "\nlast"),
    ],
)
def test_whatever_the_text_nothing_but_white_space_is_left_out(kind, text):
    cut = passages_of(kind, text, most=1000)
    assert max(p.end - p.start for p in cut) <= 1000
    kept = "".join(text[p.start : p.end] for p in cut)
    assert "".join(kept.split()) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(cut))


def test_sentences_stay_whole_and_a_short_block_is_one_passage_as_it_is():
    text = "Femi Adeyemi left early. " * 10
    cut = passages_of("paragraph", text, most=60)
    assert all(text[p.start : p.end].endswith("early.") for p in cut)
    assert passages_of("paragraph", " a. ") == [Passage(0, 4)]
    assert passages_of("paragraph", " \n") == []


def test_a_finding_that_a_cut_divides_is_in_both_parts():
    found = [Entity("ID", 8, 14, 1.0, "x"), Entity("ID", 20, 22, 1.0, "x")]
    assert [(e.start, e.end) for e in inside(found, Passage(0, 10))] == [(8, 10)]
    assert [(e.start, e.end) for e in inside(found, Passage(10, 20))] == [(0, 4)]


def labelled_all(opened, deputies_missed=True):
    drawn = draw(candidates(), 99, seed=0)
    reply = "Femi Adeyemi" if deputies_missed else ""
    return label(drawn, opened, ask=lambda _: reply, show=lambda _: None, record=NOTED)


def test_a_column_that_is_missed_all_over_a_register_lowers_the_recall(vault):  # noqa: F811
    done = labelled_all(vault)
    found = find_again([register()], done, DETECTOR, vault)
    report = estimate(candidates(), done, found, labels={"PERSON"})
    assert report["labels"]["missed"] == 100
    assert report["recall"] == pytest.approx(0.5, abs=1e-4)


def test_labels_of_two_parts_of_a_block_are_kept_apart(tmp_path, vault):  # noqa: F811
    done = labelled_all(vault)
    save(tmp_path, vault, done)
    assert load(tmp_path, vault) == done
    assert len(done) == len(candidates())


def test_labels_of_a_whole_block_from_before_still_count(tmp_path, vault):  # noqa: F811
    short = register("paragraph", "Marta Lindqvist met Femi Adeyemi.")
    (done,) = label(
        [(candidates(short)[0], 1)], vault, ask=lambda _: "", show=lambda _: None, record=NOTED
    )
    old = type(done)(*(getattr(done, n) for n in done.__slots__ if n not in {"start", "end"}))
    assert old.end is None
    assert find_again([short], [old], DETECTOR, vault).keys() == {("doc", 0, 0)}


def test_one_part_of_a_register_is_no_estimate_of_all_documents(vault):  # noqa: F811
    letter = SourceDocument("letter", register("paragraph", "Then Aarhus was left.").raw)
    every = candidates_of([register(), letter], DETECTOR, NamesAgain())
    drawn = [(every[0], len(every) - 1)]
    done = label(drawn, vault, ask=lambda _: "", show=lambda _: None, record=NOTED)
    found = find_again([register()], done, DETECTOR, vault)
    report = estimate(every, done, found, labels={"PERSON"})
    assert report["labels"]["identities"] >= 30
    assert report["labels"]["strata_unseen"] == ["capital"]
    assert report["method"] == "two detectors"
