"""What a generator's training begins with: rows that the base reads whole, the others counted."""

import json
import shutil

import pytest

from privrag.errors import TrainingError
from privrag_finetune.generator.home_work import prepared
from privrag_finetune.generator.recipe import GeneratorRecipe
from privrag_finetune.home_data import Order
from privrag_finetune.questions.recorded import record_splits
from privrag_finetune.questions.store import freeze, read_manifest, read_rows
from tests.finetune.questions.made import with_rooms
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


def test_rows_over_the_bases_context_are_counted_and_left_out(tmp_path, tiny_generator):
    order = Order("rooms", "first")

    async def work(rag):
        await with_all_splits(rag)
        found = read_rows(rag.home, "rooms")
        halves = ["test", *(("train", "validation")[n % 2] for n in range(len(found) - 1))]
        rows = [r.model_copy(update={"split": s}) for r, s in zip(found, halves, strict=True)]
        freeze(rag.home, read_manifest(rag.home, "rooms"), rows)
        record_splits(rag.home, {row.document: row.split for row in rows})
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
