"""What a generator's training begins with: rows that the base reads whole, the others counted."""

import json
import shutil

import pytest

from privrag.errors import TrainingError
from privrag_finetune.generator import home_privacy
from privrag_finetune.generator.home_work import prepared
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.home_data import Order
from privrag_finetune.leaks.pii_scan import scan_rows
from privrag_finetune.questions.recorded import record_splits
from privrag_finetune.questions.store import freeze, read_manifest, read_rows
from tests.fakes import WordListDetector
from tests.finetune.questions.made import ROOMS, with_rooms
from tests.finetune.test_home_reranker import with_all_splits

RECIPE = GeneratorRecipe(max_tokens=131072, instructions="Answer.", canaries=0)


def of_context(base, positions, folder):
    """The base as one that reads so many tokens."""
    shutil.copytree(base, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(
        json.dumps({**config, "max_position_embeddings": positions})
    )
    return folder


async def by_halves(rag):
    """A question to measure with; the others learnt and validated with in turns."""
    await with_all_splits(rag)
    found = read_rows(rag.home, "rooms")
    halves = ["test", *(("train", "validation")[n % 2] for n in range(len(found) - 1))]
    rows = [r.model_copy(update={"split": s}) for r, s in zip(found, halves, strict=True)]
    freeze(rag.home, read_manifest(rag.home, "rooms"), rows)
    record_splits(rag.home, {row.document: row.split for row in rows})


def test_rows_over_the_bases_context_are_counted_and_left_out(tmp_path, tiny_generator):
    order = Order("rooms", "first")

    async def work(rag):
        await by_halves(rag)
        whole = await prepared(rag, order, RECIPE, tiny_generator, None)
        encoded = [*whole.learnt.encoded.rows, *whole.validation.encoded.rows]
        lengths = sorted(len(row.input_ids) for row in encoded)
        fits = lengths[-1] - 1
        smaller = of_context(tiny_generator, fits, tmp_path / "smaller")
        some = await prepared(rag, order, RECIPE, smaller, None)
        smallest = of_context(tiny_generator, lengths[0] - 1, tmp_path / "smallest")
        with pytest.raises(
            TrainingError,
            match=rf"no row of train is left \(.*longer than {lengths[0] - 1} tokens",
        ):
            await prepared(rag, order, RECIPE, smallest, None)
        return whole, some, fits

    whole, some, fits = with_rooms(
        tmp_path, work, overrides={"prompts": {"passages": 1, "sentences": 2}}
    )
    assert whole.most == 256, "of the base, not of the recipe"
    assert some.most == fits
    for before, after in ((whole.learnt, some.learnt), (whole.validation, some.validation)):
        longer = {row.id for row in before.encoded.rows if len(row.input_ids) > fits}
        assert set(after.encoded.too_long) == longer | set(before.encoded.too_long)
    assert len(some.learnt.encoded.too_long) + len(some.validation.encoded.too_long) > 0
    assert len(some.training.train) == len(some.learnt.encoded.rows)


def test_a_row_that_the_detector_doubts_is_counted_and_not_learnt(
    tmp_path, tiny_generator, monkeypatch
):
    order, recipe = Order("rooms", "first"), RECIPE.model_copy(update={"abstain": 1.0})

    async def work(rag):
        await by_halves(rag)
        before = await prepared(rag, order, recipe, tiny_generator, None)
        detector = WordListDetector([f"The room {room}" for room in ROOMS[:5]])
        monkeypatch.setattr(
            home_privacy, "scan_rows", lambda texts, _, vault: scan_rows(texts, detector, vault)
        )
        after = await prepared(rag, order, recipe, tiny_generator, None)
        detector = WordListDetector(["Answer."])
        with pytest.raises(TrainingError, match=r"no row .* is left .*takes a word for an identit"):
            await prepared(rag, order, recipe, tiny_generator, None)
        return before, after

    before, after = with_rooms(
        tmp_path, work, overrides={"prompts": {"passages": 1, "sentences": 2}}
    )
    left_out = 0
    for all_rows, some in ((before.learnt, after.learnt), (before.validation, after.validation)):
        doubted = {
            row.id
            for row in all_rows.prompts
            if any(f"The room {room}" in row.prompt[0].content for room in ROOMS[:5])
        }
        assert {row.id for row in some.prompts} == {row.id for row in all_rows.prompts} - doubted
        assert some.skipped.get("the detector takes a word for an identity", 0) == len(doubted)
        left_out += len(doubted)
    assert 0 < left_out == after.planted.scan.left_out
    assert after.planted.scan.clean
    learnt = {row.id for row in after.learnt.prompts}
    assert {row.id for row in after.training.train} <= learnt
