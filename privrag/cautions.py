"""What to know about the tuned generator that serves, though it serves: one sentence each.

What would stop a promotion must not stop answers: settings change while people ask.
"""

from privrag.generate.tuning import is_on_its_prompt
from privrag.registry import ModelVersion, Registry
from privrag.settings import Settings


def cautions(own: Settings, registry: Registry, *, in_vllm: bool = False) -> list[str]:
    """By the settings as they were loaded; `in_vllm`: whether vLLM answers."""
    version = None if own.generate.answer_model else registry.serving("generator")
    if version is None or version.tuning is None:
        return []
    name, found = version.name, []
    if not is_on_its_prompt(version.tuning, own.prompts):
        found.append(
            f"{name} was tuned and measured with other settings of [prompts] than are set now: set "
            "them back, or train again: privrag train generator"
        )
    if in_vllm and not was_compared_in_vllm(version):
        found.append(
            f"{name} was never compared in vLLM with what was tuned: train again where vLLM is, "
            "with check_serving = true"
        )
    return found


def was_compared_in_vllm(version: ModelVersion) -> bool:
    """Whether its check `vllm` was asked."""
    return any(check.name == "vllm" and check.asked for check in version.checks)
