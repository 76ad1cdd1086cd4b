"""`privrag train text` in a home: pseudonyms first, one side for one text, nothing half-made."""

import asyncio
import json
import math
import re
import stat
from dataclasses import replace
from types import SimpleNamespace

import pytest

from privrag.errors import ModelError, PseudonymError, SyncError, TrainingError
from privrag.generate.tuning import BASE_FILE, read_tuning, weights_sha256
from privrag.pseudonym import is_valid
from privrag.upkeep import sync_lock
from privrag_finetune.generator.rows import EncodedRows
from privrag_finetune.generator.train import TunedGenerator
from privrag_finetune.texts.columns import Columns, read_table
from privrag_finetune.texts.erase import erasable_texts
from privrag_finetune.texts.home_texts import (
    TextOrder,
    _guarded,
    _report,
    _Work,
    train_home_text,
)
from privrag_finetune.texts.measure import Answered
from privrag_finetune.texts.rows import text_set
from privrag_finetune.texts.store import (
    read_splits,
    read_text_manifest,
    text_folder,
    write_text_manifest,
)
from privrag_finetune.tracking.events import read_events
from tests.finetune.texts.made import sentences, states, write_csv
from tests.finetune.tracking.test_store import runs
from tests.opened import full_disk, open_small

SPLITS = ("train", "validation", "test")
NAMED = [(f"Marta Lindqvist opens gate {n}.", f"Call Marta Lindqvist at {n}.") for n in range(12)]


def in_home(tmp_path, work):
    async def main():
        rag = await open_small(tmp_path / "home")
        try:
            return await work(rag)
        finally:
            await rag.close()

    return asyncio.run(main())


def made_set(tmp_path, pairs, *, name="notes", keep_raw=False):
    """(manifest, splits) of a data set."""
    file = write_csv(tmp_path / "notes.csv", pairs)

    async def work(rag):
        table = read_table(file, Columns())
        return await text_set(rag, name, table, Columns(), keep_raw=keep_raw)

    return in_home(tmp_path, work)


def stored(tmp_path, name="notes"):
    folder = text_folder(tmp_path / "home", name)
    return "".join(path.read_text(encoding="utf-8") for path in sorted(folder.iterdir()))


def recipe(tmp_path, **values):
    file = tmp_path / "recipe.toml"
    values = {"rank": 4, "epochs": 1, "answer_tokens": 8, "samples": 2, **values}
    file.write_text("\n".join(f"{key} = {json.dumps(value)}" for key, value in values.items()))
    return file


def test_a_training_that_logged_no_loss_is_still_json(tmp_path):
    manifest, _ = made_set(tmp_path, sentences(12))
    none = dict.fromkeys(SPLITS, EncodedRows((), ()))
    encoding = SimpleNamespace(kind="causal", labels=(), most=64)
    work = _Work(
        base=tmp_path,
        out=tmp_path / "notes",
        manifest=manifest,
        rows={},
        encoding=encoding,
        encoded=none,
        scan=None,
        seed=12,
    )
    trained = TunedGenerator(tmp_path, 9, 1, 1.0, 1.0, 2.5, 2.25, math.nan, 1)
    said = json.loads(json.dumps(_report(work, trained, {}), allow_nan=False))
    assert said["loss"] == {"validation_start": 2.5, "validation": 2.25, "train": None}


def test_names_are_pseudonyms_before_anything_is_stored(tmp_path):
    manifest, splits = made_set(tmp_path, NAMED + sentences(6))
    said = stored(tmp_path)
    assert "Marta" not in said
    assert "Lindqvist" not in said
    assert manifest.pseudonymized
    tokens = {token for row in splits["train"] for token in row.entities}
    assert tokens
    assert all(is_valid(token) for token in tokens)
    both = [row for some in splits.values() for row in some if row.entities]
    assert len(both) == len(NAMED)
    assert {token for row in both for token in row.entities} == tokens, "one name, one pseudonym"
    assert all(set(re.findall(r"PERSON_\w+", row.text)) == set(row.entities) for row in both)


def test_raw_texts_are_kept_only_if_asked_for(tmp_path):
    manifest, _ = made_set(tmp_path, NAMED, keep_raw=True)
    assert not manifest.pseudonymized
    assert "Marta Lindqvist" in stored(tmp_path)


def test_only_the_owner_may_read_what_is_stored(tmp_path):
    made_set(tmp_path, sentences(6))
    folder = text_folder(tmp_path / "home", "notes")
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_text_is_in_one_split_whatever_is_said_to_it(tmp_path):
    several = [(text, f"{target} {n}") for text, target in sentences(40) for n in range(3)]
    spelled = [(text.upper().replace(" ", "  "), "again") for text, _ in sentences(40)]
    manifest, splits = made_set(tmp_path, several + spelled)
    where = {}
    for split, rows in splits.items():
        for row in rows:
            where.setdefault(" ".join(row.text.casefold().split()), set()).add(split)
    assert len(where) == 40
    assert all(len(some) == 1 for some in where.values())
    assert {split: noted.rows for split, noted in manifest.splits.items()} == {
        split: len(rows) for split, rows in splits.items()
    }
    assert all(splits[split] for split in SPLITS)
    assert len(splits["train"]) > len(splits["test"])


def test_letters_that_differ_by_names_alone_are_in_one_split(tmp_path):
    people = ("Marta Lindqvist", "Femi Adeyemi", "Linh Pham")
    letters = [(f"Dear {who}, your parcel is here.", f"{who} was told.") for who in people]
    _, splits = made_set(tmp_path, letters + sentences(20))
    holding = [s for s, rows in splits.items() if any("parcel" in row.text for row in rows)]
    assert len(holding) == 1


def test_the_same_file_is_taken_as_it_is_and_another_is_refused(tmp_path):
    first, splits = made_set(tmp_path, NAMED)
    again, same = made_set(tmp_path, NAMED)
    assert (again, same) == (first, splits)
    with pytest.raises(TrainingError, match="another --name"):
        made_set(tmp_path, NAMED[1:])
    with pytest.raises(TrainingError, match="another --name"):
        made_set(tmp_path, NAMED, keep_raw=True)


@pytest.mark.parametrize("number", [1, 2])
def test_too_few_texts_are_refused_and_nothing_is_stored(tmp_path, number):
    with pytest.raises(TrainingError, match=f"{number} different ones; at least 3"):
        made_set(tmp_path, sentences(number))
    assert not text_folder(tmp_path / "home", "notes").exists()


def test_what_cannot_be_made_safe_is_not_stored_and_not_told(tmp_path):
    class Broken:
        def submit(self, blocks):
            raise PseudonymError("a child process failed")

    async def work(rag):
        rag.detectors = Broken()
        table = read_table(write_csv(tmp_path / "notes.csv", NAMED), Columns())
        with pytest.raises(PseudonymError) as refused:
            await text_set(rag, "notes", table, Columns(), keep_raw=False)
        return str(refused.value)

    assert "Marta" not in in_home(tmp_path, work)
    assert not text_folder(tmp_path / "home", "notes").exists()


def test_changed_rows_are_refused(tmp_path):
    manifest, _ = made_set(tmp_path, NAMED)
    rows = text_folder(tmp_path / "home", "notes") / "train.jsonl"
    rows.write_bytes(rows.read_bytes().replace(b"gate", b"door"))
    with pytest.raises(TrainingError, match="train rows of the texts notes were changed"):
        read_splits(tmp_path / "home", manifest)


def test_a_full_disk_leaves_no_data_set(tmp_path):
    file = write_csv(tmp_path / "notes.csv", sentences(6))

    async def work(rag):
        table = read_table(file, Columns())
        with full_disk(), pytest.raises(TrainingError, match="cannot be written"):
            await text_set(rag, "notes", table, Columns(), keep_raw=True)

    in_home(tmp_path, work)
    assert read_text_manifest(tmp_path / "home", "notes") is None


def test_forgetting_somebody_drops_the_rows_and_names_the_models(tmp_path):
    home = tmp_path / "home"
    manifest, splits = made_set(tmp_path, NAMED + sentences(20))
    write_text_manifest(home, manifest.model_copy(update={"models": ("notes",)}))
    gone = {token for rows in splits.values() for row in rows for token in row.entities}
    (texts,) = erasable_texts(home)
    samples = home / "models" / "text" / "notes" / "samples.json"
    samples.parent.mkdir(parents=True)
    said = [{"text": f"{next(iter(gone))} is here", "written": "x"}, {"text": "y", "written": "z"}]
    samples.write_text(json.dumps(said))

    assert texts.models_with(gone) == ["notes"]
    assert texts.models_with({"PERSON_K7M2QX4C"}) == []
    assert texts.erase({"PERSON_K7M2QX4C"}) == 0
    assert texts.erase(gone) == len(NAMED) + 1
    assert texts.erase(gone) == 0
    assert json.loads(samples.read_text()) == said[1:]

    after = read_text_manifest(home, "notes")
    left = read_splits(home, after)
    assert sum(map(len, left.values())) == 20
    assert after.erased == len(NAMED)
    assert not any(token in stored(tmp_path) for token in gone)


def test_an_erasure_that_was_killed_is_finished_by_the_next(tmp_path):
    home = tmp_path / "home"
    manifest, splits = made_set(tmp_path, NAMED + sentences(20))
    gone = {token for rows in splits.values() for row in rows for token in row.entities}
    write_text_manifest(home, manifest.model_copy(update={"erasing": True}))
    rows = text_folder(home, "notes") / "train.jsonl"
    kept = [line for line in rows.read_text().splitlines(True) if "PERSON_" not in line]
    rows.write_text("".join(kept))  # killed behind the first of its files
    with pytest.raises(TrainingError, match="run privrag forget again"):
        read_splits(home, read_text_manifest(home, "notes"))

    (texts,) = erasable_texts(home)
    texts.erase(gone)

    after = read_text_manifest(home, "notes")
    assert sum(map(len, read_splits(home, after).values())) == 20
    assert after.erased == len(NAMED)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("base", "kind", "figures"),
    [
        ("tiny_t5", "encoder-decoder", {"token_f1", "exact_match", "token_f1_of_the_text_itself"}),
        ("tiny_generator", "causal", {"token_f1", "exact_match", "token_f1_of_the_text_itself"}),
        ("tiny_bert", "encoder", {"accuracy", "macro_f1", "accuracy_of_the_most_frequent"}),
    ],
)
def test_a_base_of_each_kind_is_trained_and_measured(tmp_path, request, base, kind, figures):
    folder = request.getfixturevalue(base)
    pairs = states(40) if kind == "encoder" else sentences(40)
    file = write_csv(tmp_path / "notes.csv", pairs)
    order = TextOrder(file, folder, "notes", recipe=recipe(tmp_path, measured=3, epochs=3))

    async def work(rag):
        made = await train_home_text(rag, order)
        with pytest.raises(TrainingError, match="'notes' exists already"):
            await train_home_text(rag, order)
        return made

    made = in_home(tmp_path, work)
    out = tmp_path / "home" / made["model"]
    assert made["kind"] == kind
    assert {"run", "model", "loss", "seconds", "tokens_per_second", "epsilon"} <= set(made)
    assert sum(made["rows"].values()) == 40
    assert set(made["figures"]) == figures
    for figure in made["figures"].values():
        low, high = figure["ci95"]
        assert 0 <= low <= figure["mean"] <= high <= 1
        most = made["rows"]["test"] if kind == "encoder" else 3
        assert figure["cases"] == min(most, made["rows"]["test"])
    tuning = read_tuning(out)
    assert (tuning.base, tuning.rank) == (folder.name, 4)
    assert tuning.base_sha256 == weights_sha256(folder)
    note = json.loads((out / "text.json").read_bytes())
    assert note["kind"] == kind
    assert note["labels"] == (["open", "shut"] if kind == "encoder" else [])
    assert len(json.loads((out / "samples.json").read_bytes())) == min(2, made["rows"]["test"])
    assert read_text_manifest(tmp_path / "home", "notes").models == ("notes",)
    json.dumps(made)
    (run,) = runs(tmp_path / "home")
    assert (run.kind, run.name, run.state) == ("text", "notes", "finished")
    assert (run.data.name, run.data.rows) == ("texts/notes", 40)
    assert set(run.figures) == figures | {"validation", "seconds"}
    events = read_events(out / "events.jsonl")
    assert events[-1].state == "finished"
    lowest = min(event.validation_loss for event in events if event.step and event.validation_loss)
    assert made["loss"]["validation"] == pytest.approx(lowest, abs=1e-3), "the best step is kept"
    assert (out / "curve.svg").is_file()
    report = json.loads((out / "privacy.json").read_bytes())
    assert (report["kind"], report["verdict"]) == ("text", "INCOMPLETE"), "it was not attacked"
    assert report["pii_scan"]["rows"] == made["rows"]["train"] + made["rows"]["validation"]
    assert report["lineage"]["rows"] == made["rows"]["train"]
    assert {figure["name"] for figure in report["utility"]} == figures


@pytest.mark.slow
def test_the_report_of_a_model_that_learnt_raw_texts_fails(tmp_path, tiny_generator):
    file = write_csv(tmp_path / "notes.csv", NAMED)
    settings = recipe(tmp_path, measured=1, epochs=1)
    order = TextOrder(file, tiny_generator, "notes", recipe=settings, keep_raw=True)
    made = in_home(tmp_path, lambda rag: train_home_text(rag, order))
    told = (tmp_path / "home" / made["model"] / "privacy.json").read_text()
    assert json.loads(told)["words"].startswith("FAIL: raw identities in training rows.")
    assert "Marta" not in told


def test_a_training_that_breaks_off_is_known_to_forgetting(tmp_path, tiny_t5):
    file = write_csv(tmp_path / "notes.csv", sentences(40))
    order = TextOrder(file, tiny_t5, "notes", recipe=recipe(tmp_path))
    in_the_way = tmp_path / "home" / "models" / "text" / "notes" / "events.jsonl"

    async def work(rag):
        in_the_way.mkdir(parents=True)
        with pytest.raises(TrainingError, match="events.jsonl cannot be written"):
            await train_home_text(rag, order)

    in_home(tmp_path, work)
    assert read_text_manifest(tmp_path / "home", "notes").models == ("notes",)
    assert [run.state for run in runs(tmp_path / "home")] == ["failed"]


def test_samples_hold_no_identity_that_the_model_invents(tmp_path):
    made = Answered("Who sells cards?", ("PERSON_4SD2GZD3",), "Ask anna.lee@example.org.")
    assert _guarded(made) == replace(made, written="Ask (e-mail address removed).")


def test_bases_that_cannot_learn_it_are_refused_before_anything_is_trained(tmp_path, tiny_bert):
    file = write_csv(tmp_path / "notes.csv", sentences(20))
    lacking = tmp_path / "lacking"
    lacking.mkdir()
    (lacking / "config.json").write_text('{"architectures": ["T5ForConditionalGeneration"]}')
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text("{}")
    for name in ("adapter_model.safetensors", "tokenizer.json"):
        (adapter / name).write_bytes(b"")

    async def work(rag):
        for folder, error, says in (
            (lacking, ModelError, "lacks model.safetensors, tokenizer.json"),
            (tmp_path / "none", ModelError, "no model folder 'none'"),
            (adapter, TrainingError, "is an adapter; take a causal"),
            (tiny_bert, TrainingError, "at most 4 labels apart.*8 different"),
        ):
            order = TextOrder(file, folder, "notes", recipe=recipe(tmp_path, labels=4))
            with pytest.raises(error, match=says):
                await train_home_text(rag, order)
        with sync_lock(rag.home), pytest.raises(SyncError):
            await train_home_text(rag, TextOrder(file, tiny_bert, "notes"))
        with pytest.raises(TrainingError, match="no row of train is left"):
            short = recipe(tmp_path, max_tokens=32)
            long = write_csv(tmp_path / "long.csv", [(f"{n} " * 40, str(n % 2)) for n in range(9)])
            await train_home_text(rag, TextOrder(long, tiny_bert, "long", recipe=short))

    in_home(tmp_path, work)
    assert not list((tmp_path / "home").glob(f"models/text/*/{BASE_FILE}"))
