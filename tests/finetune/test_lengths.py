"""What is too long is counted: rows that no base reads, pairs whose end is cut off."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from privrag.tuning import Cut
from privrag_finetune import embedder, reranker
from privrag_finetune.lengths import cut_of, longest_row
from tests import tiny
from tests.finetune.examples import colours, keyed
from tests.finetune.test_training import EMBEDDER, RERANKER, recipe

UNLIMITED = int(1e30)


@pytest.mark.parametrize(
    ("recipe_says", "context", "tokenizer_says", "fits"),
    [
        (1024, 8192, UNLIMITED, 1024),
        (131072, 8192, UNLIMITED, 8192),
        (131072, None, UNLIMITED, 131072),
        (131072, 8192, 512, 512),
    ],
)
def test_a_row_fits_recipe_base_and_tokenizer(recipe_says, context, tokenizer_says, fits):
    tokenizer = SimpleNamespace(model_max_length=tokenizer_says)
    assert longest_row(recipe_says, context, tokenizer) == fits


def test_pairs_that_are_longer_are_counted_once_each():
    tokenizer = tiny.minilm_tokenizer()
    two, four = "red door", "red door blue door"
    pairs = [(two, two), (two, four), (two, four)]
    # [CLS] question [SEP] passage [SEP]: 2 + 2 + 3 and 2 + 4 + 3 tokens
    assert cut_of(pairs, tokenizer, max_tokens=7, together=True) == Cut(1, 2, 7)
    assert cut_of(pairs, tokenizer, max_tokens=6, together=True) == Cut(2, 2, 6)
    # [CLS] text [SEP]: 4 and 6 tokens
    assert cut_of(pairs, tokenizer, max_tokens=6, together=False) == Cut(0, 2, 6)
    assert cut_of(pairs, tokenizer, max_tokens=5, together=False) == Cut(1, 2, 5)


def test_what_is_counted_is_what_the_model_cuts():
    tokenizer = tiny.minilm_tokenizer()
    question, passage = "Where is the red door?", "It's behind the saw-mill, by the river."
    whole = len(tokenizer(question, passage).input_ids)
    for most, cut in ((whole, 0), (whole - 1, 1)):
        assert cut_of([(question, passage)], tokenizer, max_tokens=most, together=True).pairs == cut


@pytest.mark.parametrize(
    ("train", "rows", "said", "pairs", "of"),
    [
        # each of 12 questions with its passage; the first four are long
        (embedder.train_embedder, colours, EMBEDDER.replace("epochs = 6", "epochs = 1"), 4, 12),
        # each with four passages
        (reranker.train_reranker, keyed, RERANKER.replace("epochs = 20", "epochs = 1"), 4, 48),
    ],
)
def test_a_trained_model_says_how_many_pairs_it_did_not_read_whole(
    tmp_path, tiny_embedder, train, rows, said, pairs, of
):
    learnt = [_with_a_long_answer(e) if n < 4 else e for n, e in enumerate(rows("yard"))]
    own = {"base": tiny_embedder, "out": tmp_path / "tuned", "recipe": recipe(tmp_path, said)}
    done = train(learnt, rows("shop"), max_tokens=32, **own)
    assert done.cut == Cut(pairs, of, 32)
    assert train(learnt, rows("shop"), max_tokens=32, **own) == done, "read from its note"


def _with_a_long_answer(example):
    return replace(
        example,
        candidates=tuple(
            replace(c, text=c.text + " by the river" * 20) if c.gain > 0 else c
            for c in example.candidates
        ),
    )
