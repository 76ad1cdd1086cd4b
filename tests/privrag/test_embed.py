from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from privrag.embed import EmbedSettings, LocalEmbedder, model_folder, words_of
from privrag.errors import ModelError

TEXTS = ["When is the rent paid?", "a b c", "The rent is paid on the first of each month. " * 5]


@pytest.mark.slow
def test_bf16_gives_the_vectors_of_fp32():
    fast = LocalEmbedder(EmbedSettings(precision="bf16"))
    exact = LocalEmbedder(EmbedSettings(precision="fp32"))
    assert (fast.embed(TEXTS) * exact.embed(TEXTS)).sum(axis=1).min() > 0.998
    assert (fast.identity.precision, exact.identity.precision) == ("bf16", "fp32")


@pytest.mark.slow
def test_order_duplicates_and_nothing():
    embedder = LocalEmbedder(EmbedSettings())
    vectors = embedder.embed([TEXTS[0], TEXTS[1], TEXTS[0]])
    assert vectors.shape == (3, 384)
    assert np.array_equal(vectors[0], vectors[2])
    assert vectors[0] @ vectors[1] < 0.5
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedder.embed([]).shape == (0, 384)
    many = [f"{text} {number}" for number in range(40) for text in TEXTS]
    alone = np.vstack([embedder.embed([text]) for text in many])
    assert (embedder.embed(many) * alone).sum(axis=1).min() > 0.998


@pytest.mark.slow
def test_vectors_of_tokens_are_the_model_s_own_whatever_stands_in_the_batch():
    embedder = LocalEmbedder(EmbedSettings(precision="fp32"))
    texts = [TEXTS[0], "word " * 400, TEXTS[1]]
    together = embedder.token_vectors(texts)
    model = embedder._loaded()
    for text, found in zip(texts, together, strict=True):
        own = model.encode([text], output_value="token_embeddings")[0].numpy()
        assert found.shape == own.shape
        lengths = np.linalg.norm(own, axis=1, keepdims=True)
        assert np.allclose(found, own / lengths, atol=1e-4)
    assert len(together[1]) == EmbedSettings().max_tokens
    assert embedder.token_vectors([]) == []


@pytest.mark.slow
def test_embedding_batches_side_by_side_leaves_the_cores_to_whoever_comes_later():
    import torch

    usual = torch.get_num_threads()
    embedder = LocalEmbedder(EmbedSettings())
    embedder.embed(["word " * length for length in range(1, 100)])
    with ThreadPoolExecutor(1) as later:
        assert later.submit(torch.get_num_threads).result() == torch.get_num_threads() == usual
    assert embedder._threads.submit(torch.get_num_threads).result() == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("PERSON_4SD2GZD3 pays", "a person pays"),
        ("see [the guide](https://example.org/a_(b)) now", "see the guide now"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n \n| 1 | 2 |"),
        ("<Tabs groupId='x'>one</Tabs>", "one"),
        ("https://example.org/only", "https://example.org/only"),
        ("a < b and c > d", "a < b and c > d"),
    ],
)
def test_what_has_no_meaning_is_left_out_of_what_is_embedded(text, words):
    assert words_of(text) == words


def test_a_model_that_is_not_there_is_named_with_the_way_out():
    with pytest.raises(ModelError, match=r"embed\.model = 'no_such_model'.*pip install"):
        model_folder("no_such_model")
