"""Trainings over tiny random models: they learn, keep the best step, and can be killed."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from privrag.errors import MissingExtraError, SettingsError, TrainingError
from privrag.rerank import RerankSettings
from privrag.tuning import Candidate, Example, trainer
from privrag_finetune import embedder, reranker
from privrag_finetune.fit import Training, work_folder
from privrag_finetune.recipe import EmbedderRecipe, RerankerRecipe, read_recipe
from privrag_finetune.validation import listwise_loss, ndcg_at_10
from tests.finetune.examples import colours, keyed

# Weights, facts, the events of a run and its curve: nothing that is unpickled when it is read.
NOT_UNPICKLED = {".json", ".jsonl", ".safetensors", ".svg", ".txt"}

EMBEDDER = """
epochs = 6
batch_size = 6
learning_rate = 5e-3
warmup = 0.1
scale = 20.0
hard_negatives = 0
evaluations = 1
patience = 6
"""
RERANKER = """
epochs = 20
batch_size = 6
learning_rate = 5e-3
warmup = 0.1
hard_negatives = 3
random_negatives = 1
evaluations = 1
patience = 20
"""


def recipe(tmp_path, text):
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    return path


def example(*gains_and_scores):
    candidates = tuple(
        Candidate(f"p{n}", f"text {n}", gain, score)
        for n, (gain, score) in enumerate(gains_and_scores)
    )
    return Example("q", "why", "g", candidates)


def test_the_loss_is_the_share_of_the_softmax_on_what_answers():
    one = example((1.0, 0), (0.0, 0), (0.0, 0), (0.0, 0))
    assert listwise_loss([one], [[0.0, 0.0, 0.0, 0.0]]) == pytest.approx(1.3862944)
    assert listwise_loss([one], [[9.0, -99.0, -99.0, -99.0]]) == pytest.approx(0, abs=1e-9)
    both = example((1.0, 0), (2.0, 0))
    assert listwise_loss([both], [[0.3, 0.3]]) == pytest.approx(0)
    assert listwise_loss([example((0.0, 0))], [[1.0]]) == 0.0


def test_validation_ranks_by_score_and_counts_what_has_no_answer_as_zero():
    one = example((1.0, 0), (0.0, 0))
    assert ndcg_at_10([one], [[1.0, 0.0]]) == 1.0
    assert ndcg_at_10([one], [[0.0, 1.0]]) == pytest.approx(0.6309, abs=1e-4)
    assert ndcg_at_10([one, example((0.0, 0))], [[1.0, 0.0], [1.0]]) == 0.5
    assert ndcg_at_10([], []) == 0.0


def test_an_embedders_row_has_the_highest_ranked_that_do_not_answer():
    one = example((1.0, 0.1), (0.0, 0.9), (0.0, 0.8), *[(0.0, 0.0)] * 30, (1.0, 0.2))
    rows = embedder.rows_of([one], hard_negatives=2, seed=0)
    assert [row["positive"] for row in rows] == ["text 0", "text 33"]
    assert all({row["negative_0"], row["negative_1"]} <= {f"text {n}" for n in range(1, 21)}
               for row in rows)  # fmt: skip
    assert embedder.rows_of([example((1.0, 0), (0.0, 0))], hard_negatives=2, seed=0) == []


def test_a_rerankers_row_has_the_answer_first_and_scaled_scores():
    one = example((1.0, 0.5), *[(0.0, n / 100) for n in range(40)])
    own = RerankerRecipe(epochs=1, batch_size=2, learning_rate=1e-3, warmup=0, hard_negatives=2,
                         random_negatives=1)  # fmt: skip
    (row,) = reranker.rows_of([one], own, scale=4.0, seed=0)
    assert row["passages"][0] == "text 0"
    assert row["label"][0] == [1.0, 2.0]
    assert [gain for gain, _ in row["label"][1:]] == [0.0, 0.0, 0.0]
    assert all(score > 1.2 for _, score in row["label"][1:3]), "hard ones rank high"
    assert row["label"][3][1] <= 1.28, "random ones do not"


def test_a_recipe_says_only_what_differs_from_the_shipped_one(tmp_path):
    own = read_recipe(EmbedderRecipe, "embedder", recipe(tmp_path, "epochs = 7\n"))
    shipped = read_recipe(EmbedderRecipe, "embedder", None)
    assert own == shipped.model_copy(update={"epochs": 7}) != shipped


def test_a_recipe_with_a_typo_is_refused_by_its_key(tmp_path):
    with pytest.raises(SettingsError, match="recipe.toml: epoch"):
        read_recipe(EmbedderRecipe, "embedder", recipe(tmp_path, EMBEDDER + "epoch = 1\n"))
    with pytest.raises(SettingsError, match="cannot be read"):
        read_recipe(EmbedderRecipe, "embedder", tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("kind", "name"), [(EmbedderRecipe, "embedder"), (RerankerRecipe, "reranker")]
)
def test_the_shipped_recipes_load(kind, name):
    assert read_recipe(kind, name, None).epochs >= 1


def test_trainers_are_found_by_what_they_train():
    assert trainer("embedder") is embedder.train_embedder
    assert trainer("reranker") is reranker.train_reranker


def test_without_the_training_libraries_a_trainer_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingExtraError, match=r"privrag\[finetune\]"):
        trainer("embedder")


@pytest.mark.parametrize("train", [embedder.train_embedder, reranker.train_reranker])
def test_a_training_without_an_answer_is_refused_before_a_model_is_opened(tmp_path, train):
    nothing = [example((0.0, 0.5), (0.0, 0.1))]
    with pytest.raises(TrainingError, match="no question has a passage"):
        train(nothing, nothing, base=tmp_path / "none", out=tmp_path / "out")


def test_checkpoints_of_another_training_are_thrown_away(tmp_path):
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "model.safetensors").write_bytes(b"one")
    own = read_recipe(EmbedderRecipe, "embedder", None)
    first = Training(
        "embedder", own, [], [example((1.0, 0.5))], [{"anchor": "why", "positive": "so"}], 1,
        base=tmp_path / "base", out=tmp_path / "out", max_tokens=256, seed=1,
    )  # fmt: skip
    others = [
        replace(first, rows=[{"anchor": "why", "positive": "thus"}]),
        replace(first, validation=[replace(first.validation[0], id="other")]),
        replace(first, recipe=own.model_copy(update={"epochs": 9})),
        replace(first, max_tokens=128),
        replace(first, seed=2),
    ]
    for other in others:
        (work_folder(first.out, first.sha256()) / "checkpoint-1").mkdir()
        assert (work_folder(first.out, first.sha256()) / "checkpoint-1").exists(), (
            "the same goes on"
        )
        assert not (work_folder(other.out, other.sha256()) / "checkpoint-1").exists()
    (work_folder(first.out, first.sha256()) / "checkpoint-1").mkdir()
    (tmp_path / "base" / "model.safetensors").write_bytes(b"two")
    assert not (work_folder(first.out, first.sha256()) / "checkpoint-1").exists()


def test_validation_is_drawn_from_all_groups_and_as_long_as_what_is_reranked():
    some = [replace(example(*[(0.0, n / 50) for n in range(50)]), id=str(n)) for n in range(300)]
    own = read_recipe(RerankerRecipe, "reranker", None)
    kept = reranker.as_reranked(some, own, seed=1)
    assert [e.id for e in kept] != [e.id for e in some[:80]]
    assert kept == reranker.as_reranked(some, own, seed=1)
    assert {len(e.candidates) for e in kept} == {RerankSettings().candidates}
    assert min(c.score for c in kept[0].candidates) == 0.4


@pytest.mark.slow
def test_an_embedder_learns_and_leaves_no_text_and_no_pickle(tmp_path, tiny_embedder):
    done = embedder.train_embedder(
        colours("yard") + colours("mill"),
        colours("shop"),
        base=tiny_embedder,
        out=tmp_path / "tuned",
        recipe=recipe(tmp_path, EMBEDDER),
    )
    assert done.loss < done.loss_start
    assert done.ndcg > done.ndcg_start
    assert done.pairs == 24 * 6
    files = [p for p in done.folder.rglob("*") if p.is_file()]
    assert {p.suffix for p in files} <= NOT_UNPICKLED
    assert not any("Where is the" in p.read_text(errors="ignore") for p in files)
    assert not (tmp_path / "tuned.work").exists()


@pytest.mark.slow
def test_a_reranker_learns_what_retrieval_does_not_know(tmp_path, tiny_embedder):
    done = reranker.train_reranker(
        keyed("yard") + keyed("mill"),
        keyed("shop"),
        base=tiny_embedder,
        out=tmp_path / "tuned",
        recipe=recipe(tmp_path, RERANKER),
    )
    assert done.ndcg_start == pytest.approx(0.4307, abs=1e-4), "the answer comes fourth"
    assert done.ndcg > 0.9
    assert done.loss < done.loss_start
    assert done.scale in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)


@pytest.mark.slow
def test_a_killed_training_goes_on_to_the_same_model(tmp_path, tiny_embedder, monkeypatch):
    """Stopped behind its second checkpoint; the weights are those of a run without a stop."""
    from safetensors.numpy import load_file
    from transformers import TrainerCallback

    def run(out):
        return embedder.train_embedder(
            colours("yard"), colours("shop"), base=tiny_embedder, out=out,
            recipe=recipe(tmp_path, EMBEDDER),
        )  # fmt: skip

    whole = run(tmp_path / "whole")

    def kill(self, args, state, control, **_):
        if state.global_step == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(TrainerCallback, "on_step_begin", kill)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "part")
    monkeypatch.undo()
    work = tmp_path / "part.work"
    assert {p.suffix for p in work.rglob("*") if p.is_file()} <= NOT_UNPICKLED
    part = run(tmp_path / "part")
    assert part.steps == whole.steps
    assert run(tmp_path / "whole") == whole, "what is finished is not done again"
    first, second = (
        load_file(next(Path(one.folder).rglob("model.safetensors"))) for one in (whole, part)
    )
    for name, values in first.items():
        assert values == pytest.approx(second[name], abs=1e-5), name
    assert json.loads((part.folder / "modules.json").read_text())
    shutil.rmtree(part.folder)
