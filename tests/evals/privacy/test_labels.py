"""Labels hold no text, fit only unchanged blocks, and give the recall that they should."""

import pytest

from privrag.errors import AuditError, EvaluationError, VaultError
from privrag.records import BLOCK_SEPARATOR, Block, Document
from privrag.second_opinion import Finding
from privrag.vault import FileKeyProvider, Vault
from privrag_evals.privacy.estimate import disagreement, estimate, find_again
from privrag_evals.privacy.labels import (
    FILE_NAME,
    candidates_of,
    draw,
    label,
    load,
    read_reply,
    save,
)
from privrag_evals.privacy.sources import SourceDocument
from tests.fakes import WordListDetector

TEXTS = (
    "Marta Lindqvist met Femi Adeyemi at noon.",
    "Then Femi Adeyemi left for Aarhus.",
    "nothing else is said here at all",
)
DETECTOR = WordListDetector(("Marta Lindqvist",))
NOTED = dict
"""Takes the counts of an audit record and does nothing with them."""


class NamesAgain:
    """Finds what it was told to, as the second detector would."""

    def __init__(self, *names: str, score: float = 0.9) -> None:
        self._names, self._score = names, score

    def find(self, text: str) -> list[Finding]:
        return [
            Finding("PERSON", text.index(n), text.index(n) + len(n), self._score, "fake")
            for n in self._names
            if n in text
        ]


@pytest.fixture
def vault(tmp_path):
    with Vault.open(tmp_path / "vault.db", FileKeyProvider(tmp_path / "vault.key")) as opened:
        yield opened


def document(*texts):
    blocks, at = [], 0
    for text in texts:
        blocks.append(Block("paragraph", text, None, at, at + len(text)))
        at += len(text) + len(BLOCK_SEPARATOR)
    return SourceDocument("doc", Document("d", "d", "", "text/plain", tuple(blocks), None))


def candidates(*texts, second=None):
    return candidates_of([document(*texts)], DETECTOR, second or NamesAgain("Femi Adeyemi"))


def answered(replies):
    """A labeller that knows the reply to each block by its words."""
    shown = []

    def ask(_):
        return next(reply for words, reply in replies.items() if words in shown[-2])

    return ask, shown.append


def test_blocks_fall_into_strata_by_who_found_something():
    assert [c.stratum for c in candidates(*TEXTS)] == ["found", "doubted", "plain"]
    assert candidates("It is Aarhus here.", second=NamesAgain())[0].stratum == "capital"


def test_a_draw_takes_no_block_twice_and_knows_how_large_its_stratum_is():
    drawn = draw(candidates(*TEXTS * 5), 9, seed=0)
    assert len({c.block for c, _ in drawn}) == 9
    assert {size for _, size in drawn} == {5}
    assert len(draw(candidates(*TEXTS), 99, seed=0)) == 3


def test_a_reply_adds_what_was_missed_and_takes_away_what_is_no_identity():
    first, second, _ = candidates(*TEXTS)
    assert read_reply(first, "") == [(0, 15, "PERSON")]
    assert read_reply(first, "Femi Adeyemi") == [(0, 15, "PERSON"), (20, 32, "PERSON")]
    assert read_reply(first, "-Marta Lindqvist") == []
    assert read_reply(second, "Femi Adeyemi; LOCATION Aarhus") == [
        (5, 17, "PERSON"),
        (27, 33, "LOCATION"),
    ]
    with pytest.raises(EvaluationError, match="do not stand") as error:
        read_reply(first, "Linh Pham")
    assert "Linh" not in str(error.value)


def test_what_is_kept_holds_no_word_and_is_for_its_owner_only(tmp_path, vault):
    ask, show = answered({"met": "Femi Adeyemi", "left": "q"})
    drawn = [(c, 1) for c in candidates(*TEXTS)][:2]
    done = label(drawn, vault, ask=ask, show=show, record=NOTED)
    save(tmp_path, vault, done)
    file = tmp_path / FILE_NAME
    assert file.stat().st_mode & 0o777 == 0o600
    assert b"Femi" not in file.read_bytes()
    assert "Femi" not in repr(load(tmp_path, vault))
    assert "Femi" not in repr(drawn)
    assert [one.block for one in load(tmp_path, vault)] == [0]
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_the_audit_log_knows_how_many_are_shown_before_the_first_one_is(vault):
    events = []
    drawn = [(c, 1) for c in candidates(*TEXTS)]
    label(drawn, vault, ask=lambda _: "q", show=events.append, record=events.append)
    assert events[0] == {"passages": 3, "documents": 1}
    assert "[1/3]" in events[1]


def test_nothing_is_shown_where_the_audit_log_cannot_be_written(vault):
    def full(_):
        raise AuditError("the audit log cannot be written")

    shown = []
    drawn = [(c, 1) for c in candidates(*TEXTS)]
    with pytest.raises(AuditError):
        label(drawn, vault, ask=lambda _: "", show=shown.append, record=full)
    assert shown == []


def test_a_block_labelled_again_counts_once_as_last_said(tmp_path, vault):
    for reply in ("", "Femi Adeyemi"):
        ask, show = answered({"met": reply})
        save(
            tmp_path,
            vault,
            label([(candidates(*TEXTS)[0], 1)], vault, ask=ask, show=show, record=NOTED),
        )
    (one,) = load(tmp_path, vault)
    assert len(one.true) == 2


def test_a_damaged_file_of_labels_is_an_error_and_none_is_none(tmp_path, vault):
    assert load(tmp_path, vault) == []
    (tmp_path / FILE_NAME).write_bytes(b"x" * 60)
    with pytest.raises(VaultError):
        load(tmp_path, vault)


def labelled_by_truth(vault, blocks, *, size=12):
    truth = {"met": "Femi Adeyemi", "left": "Femi Adeyemi", "nothing": ""}
    ask, show = answered(truth)
    return label([(c, size) for c in blocks], vault, ask=ask, show=show, record=NOTED)


def test_recall_is_that_of_the_labels_once_there_are_enough(vault):
    texts = TEXTS * 12
    blocks = candidates(*texts)
    done = labelled_by_truth(vault, blocks[: len(blocks) // 6 * 5])
    found = find_again([document(*texts)], done, DETECTOR, vault)
    report = estimate(blocks, done, found, labels={"PERSON"})
    assert report["method"] == "labels"
    assert report["recall"] == pytest.approx(1 / 3, abs=1e-4)
    assert report["ci95"][0] < 1 / 3 < report["ci95"][1]
    assert report["labels"]["missed"] == 20


def test_a_better_detector_scores_better_on_the_same_labels(vault):
    texts = TEXTS * 12
    done = labelled_by_truth(vault, candidates(*texts))
    better = WordListDetector(("Marta Lindqvist", "Femi Adeyemi"))
    found = find_again([document(*texts)], done, better, vault)
    blocks = candidates_of([document(*texts)], better, NamesAgain())
    assert estimate(blocks, done, found, labels={"PERSON"})["recall"] == 1.0


def test_labels_of_a_changed_block_drop_out(vault):
    done = labelled_by_truth(vault, candidates(*TEXTS))
    changed = document(TEXTS[0] + " Now.", *TEXTS[1:])
    assert find_again([changed], done, DETECTOR, vault).keys() == {("doc", 1, 0), ("doc", 2, 0)}


def test_without_labels_two_detectors_speak_and_the_doubts_bound_it_from_below():
    blocks = candidates(*TEXTS * 10, second=NamesAgain("Marta Lindqvist", "Femi Adeyemi"))
    report = estimate(blocks, [], {}, labels={"PERSON", "EMAIL"})
    assert (report["method"], report["labelled"], report["sampled"]) == ("two detectors", 0, 30)
    assert report["recall"] == pytest.approx(1 / 3, abs=0.02)
    assert report["two_detectors"]["lower"] == pytest.approx(1 / 3, abs=1e-4)
    assert report["two_detectors"]["not_seen"] == ["EMAIL"]


def test_doubts_of_which_the_second_is_not_sure_lower_the_bound_only():
    sure = disagreement(candidates(*TEXTS, second=NamesAgain("Marta Lindqvist")), {"PERSON"})
    unsure = NamesAgain("Femi Adeyemi", score=0.5)
    more = candidates(TEXTS[1], second=unsure)
    both = [*candidates(*TEXTS, second=NamesAgain("Marta Lindqvist")), *more]
    doubted = disagreement(both, {"PERSON"})
    assert doubted["recall"] == sure["recall"] == 1.0
    assert doubted["lower"] < sure["lower"]
