"""Models small enough to be made on the spot, for tests that need a real one."""

from pathlib import Path
from typing import Any

import pytest

from tests import tiny


@pytest.fixture(scope="session")
def tiny_cross_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT cross-encoder with one output; scores differ widely."""
    from transformers import BertConfig, BertForSequenceClassification

    tokenizer = tiny.minilm_tokenizer()
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=128,
        num_labels=1,
        initializer_range=0.5,
    )
    folder = tmp_path_factory.mktemp("models") / "tiny-cross-encoder"
    return tiny.saved(BertForSequenceClassification, config, tokenizer, folder)


@pytest.fixture(scope="session")
def tiny_embedder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random sentence-transformers model."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel

    tokenizer = tiny.minilm_tokenizer()
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
    )
    bert = tmp_path_factory.mktemp("models") / "tiny-bert"
    word = Transformer(str(tiny.saved(BertModel, config, tokenizer, bert)))
    pooled = Pooling(word.get_embedding_dimension(), pooling_mode="mean")
    made = bert.with_name("tiny-embedder")
    SentenceTransformer(modules=[word, pooled], device="cpu").save(str(made))
    return made


@pytest.fixture(scope="session")
def tiny_llama() -> "tuple[Any, Any]":
    """A random Llama of 64 positions: (model, tokenizer)."""
    from transformers import LlamaForCausalLM

    tokenizer = tiny.minilm_tokenizer()
    config = tiny.loud_llama_config(tokenizer, 64)
    return tiny.made(LlamaForCausalLM, config).eval(), tokenizer


@pytest.fixture(scope="session")
def tiny_generator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama of 256 positions in a folder, with a chat template and a token that ends."""
    from transformers import LlamaForCausalLM

    from privrag.generate.weights import CHAT_TEMPLATE

    ends = {"eos_token": "[SEP]", "bos_token": "[CLS]"}
    tokenizer = tiny.minilm_tokenizer(**ends, chat_template=CHAT_TEMPLATE)
    config = tiny.llama_config(tokenizer, 256, eos_token_id=tokenizer.eos_token_id)
    folder = tmp_path_factory.mktemp("models") / "tiny-generator"
    return tiny.saved(LlamaForCausalLM, config, tokenizer, folder)
