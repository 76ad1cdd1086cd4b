"""The support score beside what people say. Invented people and judgements."""

import asyncio
import json
import math

import pytest

from privrag.cite import faithfulness
from privrag.errors import EvaluationError
from privrag.settings import Settings
from privrag_evals.metrics.spearman import spearman, spearman_interval
from privrag_evals.support.calibrate import fit_curve
from privrag_evals.support.evaluate import report, score_all
from privrag_evals.support.judged import read_judged


def test_spearman_by_hand():
    assert spearman([1, 2, 3], [10, 20, 90]) == pytest.approx(1)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    # ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4: covariance 4.5, variances 4.5 and 5
    assert spearman([1, 2, 2, 3], [1, 3, 2, 4]) == pytest.approx(4.5 / math.sqrt(4.5 * 5))
    assert math.isnan(spearman([], []))
    assert math.isnan(spearman([1, 1], [1, 2]))


def test_the_interval_of_a_perfect_order_is_perfect_whichever_groups_are_drawn():
    low, high = spearman_interval([1, 2, 3, 4], [1, 2, 3, 4], groups="aabb", rounds=50)
    assert (low, high) == pytest.approx((1, 1))
    assert math.isnan(spearman_interval([], [], groups=[])[0])


def test_the_curve_goes_through_what_two_scores_say():
    curve = fit_curve([0, 0, 1, 1], [0.2, 0.4, 0.8, 1.0])
    assert curve.share_of(0) == pytest.approx(0.3, abs=1e-3)
    assert curve.share_of(1) == pytest.approx(0.9, abs=1e-3)


def test_one_score_for_all_gives_a_flat_curve():
    assert fit_curve([0.5, 0.5], [0.6, 0.8]).share_of(0.5) == pytest.approx(0.7, abs=1e-3)
    assert math.isfinite(fit_curve([0.0, 1.0], [0.0, 1.0]).slope)


PASSAGES = {
    "d1": "The ferry leaves at seven from the north pier.",
    "d2": "The lamp of the lighthouse turns every nine seconds.",
}
ANSWERS = {
    "d1": ("The ferry leaves at seven from the north pier.", "The tram stops beside the bakery."),
    "d2": ("The lamp turns every nine seconds.", "It was painted by sailors last winter."),
}


def judged_file(tmp_path, **changes):
    tasks, evaluations = [], []
    for number, name in enumerate(PASSAGES):
        task = f"c{number}<::>1"
        tasks.append(
            {
                "task_id": task,
                "input": [{"speaker": "user", "text": "What happens here?"}],
                "contexts": [{"document_id": name}],
                "targets": [{"speaker": "agent", "text": "That."}],
            }
        )
        for text, values in zip(ANSWERS[name], (("4", "4"), ("1", "2")), strict=True):
            people = {str(n): {"value": value} for n, value in enumerate(values)}
            evaluations.append(
                {
                    "task_id": task,
                    "model_id": "m",
                    "model_response": text,
                    "annotations": {"faithfulness": people} | changes,
                }
            )
    documents = [{"document_id": name, "text": text} for name, text in PASSAGES.items()]
    path = tmp_path / "judged.json"
    whole = {"documents": documents, "tasks": tasks, "evaluations": evaluations}
    path.write_text(json.dumps(whole))
    return path


def test_what_the_passages_hold_scores_higher_and_so_say_people(tmp_path):
    path = judged_file(tmp_path, rl_f={"composite": {"value": 0.5}})
    suite, answers = read_judged(path)
    assert [round(a.faithful, 3) for a in answers] == [1.0, 0.167, 1.0, 0.167]
    scores = asyncio.run(score_all(suite, answers, Settings()))
    assert scores[0] == scores[2] == 1.0
    assert max(scores[1], scores[3]) < 0.5
    found = report(answers, scores, suite.half("first", seed=0))
    assert found["spearman"]["all"]["support"]["rho"] > 0.8
    assert found["spearman"]["all"]["support, m"]["cases"] == 4
    assert found["spearman"]["all"]["rl_f"]["rho"] is None, "it says the same of all"
    assert found["calibration"]["fitted_on"] == 2
    (*_, best) = found["calibration"]["bands"]
    assert best == {
        "from": 0.9, "to": 1.0, "answers": 1, "stated": round(faithfulness(1.0), 3), "people": 1.0,
    }  # fmt: skip
    assert "ferry" not in json.dumps(found)


@pytest.mark.parametrize("value", ["5", "well"])
def test_a_judgement_that_is_none_is_refused(tmp_path, value):
    path = judged_file(tmp_path, faithfulness={"1": {"value": value}})
    with pytest.raises(EvaluationError, match=r"judged\.json: expected evaluations with task_id"):
        read_judged(path)


def test_a_file_without_judgements_is_refused(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"documents": [], "tasks": []}')
    with pytest.raises(EvaluationError, match="no answers that people judged"):
        read_judged(path)
