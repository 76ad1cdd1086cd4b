"""The check `vllm` of a tuned generator, with the real server on a tiny random model."""

import asyncio
import json
from dataclasses import replace

import pytest

from privrag.served_alike import Trial, TrialRow
from privrag.settings import Settings
from privrag_service.vllm_alike import LOG_FILE, vllm_alike
from tests.service.tiny_llama import PYTHON, random_adapter, tiny_llama

WITHOUT_VLLM = Settings(service={"vllm": {"python": "/nowhere/python"}})


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """Two rows, with what transformers and peft say of their last tokens."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    home = tmp_path_factory.mktemp("home")
    base = tiny_llama(home / "tiny-llama")
    adapter = random_adapter(base, home / "tuned")
    facts = {f"{name}_sha256": "0" * 64 for name in ("base", "template", "tokenizer", "prompt")}
    made = {"base": base.name, "rank": 8, "method": "lora", **facts}
    (adapter / "base.json").write_text(json.dumps(made))
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), adapter)

    def likely(tokens: tuple[int, ...], answer: int) -> tuple[float, ...]:
        with torch.no_grad():
            found = model(torch.tensor([tokens])).logits[0].float().log_softmax(-1)
        return tuple(
            found[n - 1, tokens[n]].item() for n in range(len(tokens) - answer, len(tokens))
        )

    rows = []
    for tokens, answer in [(tuple(range(40, 70)), 6), (tuple(range(90, 100)), 3)]:
        tuned = likely(tokens, answer)
        with model.disable_adapter():
            rows.append(TrialRow(tokens, tuned, likely(tokens, answer)))
    return Trial("tuned", base, adapter, home, tuple(rows))


def test_without_vllm_on_this_machine_nothing_is_asked_and_that_is_told(trial):
    check = asyncio.run(vllm_alike(trial, WITHOUT_VLLM))
    assert (check.name, check.state, check.passed) == ("vllm", "not asked", True)
    assert "no environment with vLLM" in check.detail
    assert not (trial.home / LOG_FILE).exists()


def test_a_server_that_does_not_come_up_is_a_check_that_failed(trial):
    check = asyncio.run(vllm_alike(trial, Settings(service={"vllm": {"python": "/bin/false"}})))
    assert not check.passed
    assert check.detail.startswith("vLLM does not serve it: vLLM ended while starting")


@pytest.mark.slow
@pytest.mark.alone
@pytest.mark.skipif(not PYTHON.exists(), reason=f"no vLLM environment at {PYTHON}")
def test_vllm_says_what_transformers_says_and_another_adapter_is_told(trial):
    settings = Settings(service={"vllm": {"python": str(PYTHON), "max_model_len": 256}})
    check = asyncio.run(vllm_alike(trial, settings))
    assert check.passed, check.detail
    swapped = replace(trial, rows=tuple(replace(r, tuned=r.base, base=r.tuned) for r in trial.rows))
    wrong = asyncio.run(vllm_alike(swapped, settings))
    assert not wrong.passed
    assert "nats" in wrong.detail
