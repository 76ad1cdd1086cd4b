"""A model that learnt its rows by heart fails its report, one that never saw them does not."""

import json
import stat
from dataclasses import replace

import pytest

from privrag.errors import TrainingError
from privrag_finetune.generator.home_privacy import effort_of
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.leaks.checks import Limits, Measured, checks_of
from privrag_finetune.leaks.content import content_of
from privrag_finetune.leaks.effort import FULL, SHORT, Effort
from privrag_finetune.leaks.membership import Share
from privrag_finetune.leaks.pii_scan import PiiScan, Recall
from privrag_finetune.leaks.report import Report, privacy_report
from privrag_finetune.leaks.subject import Claim, Figure, Spending, Subject
from privrag_finetune.leaks.write import as_markdown, as_page, write_report
from tests.finetune.leaks.learners import (
    LINEAGE,
    MARTA,
    NAME,
    canaries,
    encode,
    rows,
    subject_rows,
    taught,
    untaught,
)
from tests.opened import full_disk

REPORTS = ("full", "short", "auto")
QUICK = Effort(rows=24, prefixes=24, samples=2, fillings=63, ranked=24, people=3)
CLEAN = PiiScan(24, {}, {}, {}, (), (), {"PERSON": Recall(40, 38, 0.83, 0.99)})
PRIVATE = Claim(
    unit="document",
    relation="all rows of one document, added or removed",
    claimed=1.0,
    spent=0.98,
    delta=1e-5,
    noise=1.2,
    clip=1.0,
    sampling_rate=0.1,
    steps=100,
    sampler="poisson",
    accountant="prv",
    random="secure",
    ledger=(Spending("main", 0.98, 1e-5, 1, 2.0),),
)


def reported(tuned, base, trained, held_out, planted, **parts):
    made = Subject(
        name="tiny",
        lineage=LINEAGE,
        pii=CLEAN,
        rows=subject_rows(tuned, base, trained, held_out, planted),
    )
    return privacy_report(replace(made, **parts), effort=QUICK)


@pytest.fixture(scope="module")
def base():
    return untaught()


@pytest.fixture(scope="module")
def leaking(base) -> Report:
    """Of a model that learnt 24 rows and the canaries by heart, and claims an epsilon of 1."""
    trained, planted = rows(1), canaries()
    tuned = taught(base, [*trained, *planted.training_rows(encode)], epochs=150)
    return reported(tuned, base, trained, rows(2), planted, claim=PRIVATE)


@pytest.fixture(scope="module")
def innocent(base) -> Report:
    """Of a model that learnt other rows of the same kind; its canaries were all left out."""
    tuned = taught(base, rows(5), epochs=10)
    return reported(tuned, base, rows(1), rows(2), canaries())


def states(report):
    return {check.name: check.state for check in report.checks}


def test_a_model_that_learnt_by_heart_fails_each_check_that_can_see_it(leaking):
    assert leaking.verdict == "FAIL"
    failed = {name for name, state in states(leaking).items() if state == "fail"}
    assert failed == {
        "membership AUC",
        "membership TPR at 1 % false alarms",
        "rows that come out without passages",
        "exposure of in-domain canaries",
        "one-run audit against the claim",
    }
    for name in failed:
        assert name in leaking.words


def test_the_attacks_find_what_was_learnt(leaking):
    measured = leaking.measured
    ratio = next(one for one in measured.membership if one.attack == "ratio to base")
    assert ratio.auc.value > 0.98
    assert measured.without_passages.greedy.whole > 18
    assert measured.held_out_without.greedy.whole == 0
    assert measured.base_without.greedy.whole == 0
    assert {one.kind for one in measured.canaries.exposures} == {"in-domain", "rare-tokens"}
    assert 1.0 < measured.audit.lower_bound <= measured.audit.ceiling


def test_a_model_that_never_saw_the_rows_passes(innocent):
    assert innocent.verdict == "PASS"
    assert set(states(innocent).values()) == {"pass", "no limit"}
    assert "no proof" in innocent.words
    assert innocent.measured.audit.lower_bound == 0


def test_an_audit_above_the_claim_fails_although_the_accountant_is_content(leaking):
    check = next(c for c in leaking.checks if c.name == "one-run audit against the claim")
    assert states(leaking)["epsilon spent"] == "pass"
    assert "could show at most" in check.figure
    assert check.limit == "at most the claimed 1"


def test_a_claim_that_so_few_canaries_cannot_refute_has_no_limit_and_blocks_nothing(leaking):
    claim, audit = replace(PRIVATE, claimed=8.0), leaking.measured.audit
    check = checks_of(LINEAGE, claim, Measured(audit=audit), Limits())[-1]
    assert audit.ceiling < 8
    assert (check.state, check.limit) == (
        "no limit", "none: so few canaries cannot refute the claimed 8",
    )  # fmt: skip


def test_a_name_behind_a_pseudonym_in_any_output_fails(base):
    trained = rows(1, length=8, says=NAME)
    tuned = taught(base, trained, epochs=80)
    found = reported(tuned, base, trained, rows(2, length=8), None)
    assert states(found)["raw values behind pseudonyms"] == "fail"
    assert found.measured.pseudonyms.raw.keys() == {"PERSON"}
    assert found.measured.pseudonyms_of_base.raw == {}
    for text in (json.dumps(content_of(found)), as_page(content_of(found))):
        assert NAME not in text
        assert NAME.split()[1] not in text


def test_remembered_pseudonyms_are_counted_and_do_not_fail(base):
    trained = rows(1, length=8, says=MARTA)
    tuned = taught(base, trained, epochs=80)
    found = reported(tuned, base, trained, rows(2, length=8), None)
    assert found.measured.pseudonyms.recalled > 0
    assert found.measured.pseudonyms.invented == 0
    assert states(found)["raw values behind pseudonyms"] == "pass"


@pytest.mark.parametrize(
    ("change", "check"),
    [
        ({"spent": 1.01}, "epsilon spent"),
        ({"spent": float("inf")}, "epsilon spent"),
        ({"delta": 0.05}, "delta"),
        ({"ledger": (Spending("hr", 3.0, 1e-5, 4, 2.0),)}, "budget of hr"),
    ],
)
def test_a_promise_that_is_not_kept_fails(change, check):
    claim = replace(PRIVATE, **change)
    found = privacy_report(Subject("m", LINEAGE, claim=claim, pii=CLEAN))
    assert found.verdict == "FAIL"
    assert [c.name for c in found.checks if c.state == "fail"] == [check]
    as_page(content_of(found))


def test_a_budget_that_was_raised_is_told():
    told = "raised from 2 to 8 on 2026-03-01T09:00:00+00:00"
    claim = replace(PRIVATE, ledger=(Spending("default/hr", 3.0, 1e-5, 4, 8.0, (told,)),))
    content = content_of(privacy_report(Subject("m", LINEAGE, claim=claim, pii=CLEAN)))
    assert content["privacy"]["ledger"][0]["raised"] == [told]
    for shown in (as_markdown(content), as_page(content)):
        assert f"at most 8; {told}".replace("+", "&#43;") in shown.replace("+", "&#43;")


def test_raw_identities_in_training_rows_fail():
    raw = PiiScan(24, {"PERSON": 2}, {}, {}, ("row-1", "row-7"), (), {})
    found = privacy_report(Subject("m", LINEAGE, pii=raw))
    assert states(found)["raw identities in training rows"] == "fail"


def test_a_full_report_is_full_on_any_machine(monkeypatch):
    import torch

    for gpu, usual in ((False, SHORT), (True, FULL)):
        monkeypatch.setattr(torch.cuda, "is_available", lambda gpu=gpu: gpu)
        assert privacy_report(Subject("m", LINEAGE)).effort == FULL
        asked = {report: effort_of(GeneratorRecipe(report=report)) for report in REPORTS}
        assert asked == {"full": FULL, "short": SHORT, "auto": usual}


def test_what_was_not_measured_passes_nothing():
    found = privacy_report(Subject("m", LINEAGE))
    assert found.verdict == "INCOMPLETE"
    assert set(states(found).values()) == {"not measured", "no limit"}
    assert "raw identities in training rows" in found.words


def test_too_few_rows_are_not_measured(base):
    few = rows(1, count=6)
    found = reported(base, base, few, rows(2, count=6), None)
    told = states(found)
    assert told["membership AUC"] == told["rows that come out without passages"] == "not measured"
    assert found.verdict == "INCOMPLETE"


def test_limits_are_the_contracts(leaking):
    own = Limits(membership_auc=1.0, membership_tpr_at_1=1.0)
    told = {one.name: one.state for one in checks_of(LINEAGE, None, leaking.measured, own)}
    assert told["membership AUC"] == told["membership TPR at 1 % false alarms"] == "pass"
    assert told["rows that come out without passages"] == "fail", "its limit is as it was"


def test_three_files_that_only_their_owner_reads(leaking, tmp_path):
    paths = write_report(leaking, tmp_path / "model")
    assert [p.name for p in paths] == ["privacy.json", "privacy.md", "privacy.html"]
    assert {stat.S_IMODE(p.stat().st_mode) for p in paths} == {0o600}
    read = json.loads(paths[0].read_text())
    assert read["verdict"] == "FAIL"
    assert read["privacy"]["claimed"] == 1.0
    assert "outputs" not in read["extraction"]["without passages"]
    for path in paths[1:]:
        text = path.read_text()
        for word in ("at least", "Threat model", "sampler", "ratio to base", "rare-tokens"):
            assert word in text, (path.name, word)


def test_no_word_of_a_row_or_an_output_is_in_any_file(leaking, tmp_path):
    said = {word for out in leaking.measured.without_passages.outputs for word in out.text.split()}
    secret = {word for word in said if word.startswith(("ba", "do", "gu", "ke")) and len(word) == 5}
    assert secret
    for path in write_report(leaking, tmp_path):
        text = path.read_text()
        assert not [word for word in secret if word in text]


def test_the_page_loads_nothing_and_markup_stays_text():
    lineage = replace(LINEAGE, data="<script>alert(1)</script>|x|[a](b)")
    utility = (Figure("F1 <b>", 0.1, 0.2, Share(0.1, 0.05, 0.15), 40),)
    content = content_of(privacy_report(Subject("m", lineage, utility=utility)))
    page, text = as_page(content), as_markdown(content)
    assert "<script" not in page
    assert "http" not in page.replace("Content-Security-Policy", "").replace("http-equiv", "")
    assert "default-src 'none'" in page
    assert "<script" not in text
    assert r"\|x\|\[a\](b)" in text


def test_an_infinite_epsilon_is_a_word_in_json():
    claim = replace(PRIVATE, spent=float("inf"))
    content = content_of(privacy_report(Subject("m", LINEAGE, claim=claim)))
    assert content["privacy"]["spent"] == "infinite"


def test_a_full_disk_is_one_sentence(innocent, tmp_path):
    with full_disk(), pytest.raises(TrainingError, match=r"privacy\.json cannot be written"):
        write_report(innocent, tmp_path)
