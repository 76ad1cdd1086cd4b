"""Tuned generators as tests need them: versions for the registry."""

from privrag.generate.tuning import Tuning
from privrag.registry import Check, Gate, ModelVersion


def figure(low: float = 0.02, high: float = 0.18) -> Gate:
    return Gate(
        questions=40, documents=9, without=0.4, with_it=0.5, difference=0.1, ci95=(low, high)
    )


def generator_version(
    name: str,
    *,
    checks: tuple[Check, ...] = (Check(name="logits", passed=True, detail="they differ by 0.3"),),
    tuning: Tuning | None = None,
    **figures: Gate,
) -> ModelVersion:
    digest = "0" * 64
    return ModelVersion(
        kind="generator",
        name=name,
        created="2026-11-22T08:00:00+00:00",
        data="rows",
        data_sha256=digest,
        base="tiny",
        seed=1,
        examples=200,
        pairs=0,
        seconds=60.0,
        figures={"answer_f1": figure(), **figures},
        checks=checks,
        tuning=tuning
        or Tuning(
            base="tiny",
            base_sha256=digest,
            template_sha256=digest,
            tokenizer_sha256=digest,
            prompt_sha256=digest,
            rank=8,
            method="lora",
        ),
    )
