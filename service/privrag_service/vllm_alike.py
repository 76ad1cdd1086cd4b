"""The check `vllm`: vLLM loads a tuned generator and says what the process that tuned it says.

Texts would differ where two tokens are nearly as likely, so the log-probabilities of given answers
are compared.
"""

from pathlib import Path

import httpx

from privrag.errors import PrivragError, SettingsError
from privrag.generate.tuning import read_tuning
from privrag.model_facts import is_adapter
from privrag.registry import Check
from privrag.served_alike import Trial, unasked_check
from privrag.settings import Settings
from privrag_service.settings import VllmSettings, service_settings
from privrag_service.vllm import VllmServer
from privrag_service.vllm_command import vllm_python

CHECK = "vllm"
LOG_FILE = "vllm-check.log"
"""In the home; made anew at each check."""
_MOST_APART = 0.1
"""Nats, mean over the answers' tokens. bf16 beside fp32 makes 0.01-0.03; another template, another
rank or no adapter at all makes several times this."""
_ROUND_TRIP_SECONDS = 300.0


async def vllm_alike(trial: Trial, settings: Settings) -> Check:
    """It is not asked where this machine has no environment with vLLM."""
    own = service_settings(settings.service).vllm
    try:
        vllm_python(own)
    except SettingsError:
        return unasked_check(CHECK, "this machine has no environment with vLLM")
    try:
        apart = trial.distance(await _answers(trial, own, trial.home / LOG_FILE))
    except (PrivragError, httpx.HTTPError, OSError, ValueError, KeyError, TypeError) as error:
        why = str(error) if isinstance(error, PrivragError) else type(error).__name__
        return Check(name=CHECK, passed=False, detail=f"vLLM does not serve it: {why}")
    return Check(
        name=CHECK,
        passed=apart <= min(_MOST_APART, trial.change / 2),
        detail=f"a token of an answer is {apart:.3g} nats more or less likely in vLLM than where "
        f"it was tuned; the tuning makes {trial.change:.3g}, and {_MOST_APART:g} are allowed",
    )


async def _answers(trial: Trial, own: VllmSettings, log: Path) -> list[tuple[float, ...]]:
    adapter = is_adapter(trial.folder)
    alone = own.model_copy(
        update={
            "adapters": {},
            "name": None,
            "port": 0,
            "max_model_len": max(own.max_model_len, *(len(row.tokens) + 1 for row in trial.rows)),
        }
    )
    ranks = (read_tuning(trial.folder).rank,) if adapter else ()
    server = VllmServer(alone, trial.base if adapter else trial.folder, log, ranks=ranks)
    await server.start()
    try:
        if adapter:
            await server.load_adapter(trial.name, trial.folder)
        return await _likely(server, trial.name if adapter else server.model, trial)
    finally:
        await server.stop()


async def _likely(server: VllmServer, model: str, trial: Trial) -> list[tuple[float, ...]]:
    headers = {"authorization": f"Bearer {server.api_key}"}
    found = []
    async with httpx.AsyncClient(
        trust_env=False, headers=headers, timeout=_ROUND_TRIP_SECONDS
    ) as client:
        for row in trial.rows:
            asked = {"model": model, "prompt": list(row.tokens), "max_tokens": 1, "temperature": 0}
            told = await client.post(
                f"{server.base_url}/completions", json={**asked, "prompt_logprobs": 0}
            )
            told.raise_for_status()
            each = told.json()["choices"][0]["prompt_logprobs"]
            answer = len(row.tokens) - len(row.tuned)
            found.append(
                tuple(
                    float(each[n][str(row.tokens[n])]["logprob"])
                    for n in range(answer, len(row.tokens))
                )
            )
    return found
