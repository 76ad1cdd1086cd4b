"""Many texts continued at once, with a tiny random model that any two runs continue alike."""

import pytest

from privrag.errors import ContextTooLongError
from privrag.generate.batch import continue_texts
from privrag.generate.protocol import CompleteOptions

pytestmark = pytest.mark.slow
PROMPTS = ["the rent of the depot", "heating", "a long line about pumps and valves in the cellar"]


def written(tiny_llama, *prompts, **options):
    return continue_texts(*tiny_llama, prompts, CompleteOptions(**{"max_tokens": 12} | options))


def test_a_batch_says_what_each_text_alone_says(tiny_llama):
    together = written(tiny_llama, *PROMPTS)
    assert together == [written(tiny_llama, prompt)[0] for prompt in PROMPTS]
    assert all(0 < draft.usage.completion_tokens <= 12 for draft in together)
    assert [d.usage.prompt_tokens for d in together] == [5, 1, 10]


def test_each_text_ends_before_its_first_stop(tiny_llama):
    whole = written(tiny_llama, *PROMPTS)
    stop = whole[0].text.split()[4]
    for draft, before in zip(written(tiny_llama, *PROMPTS, stop=(stop,)), whole, strict=True):
        assert draft.text == before.text.partition(stop)[0]
    first = written(tiny_llama, PROMPTS[0], stop=(stop,))[0]
    assert first.finish == "stop"
    assert first.usage.completion_tokens < whole[0].usage.completion_tokens


def test_no_text_is_no_work_and_too_long_a_one_is_refused(tiny_llama):
    assert written(tiny_llama) == []
    with pytest.raises(ContextTooLongError, match="64 tokens"):
        written(tiny_llama, "word " * 60)
