"""What a privacy report says: the contents of `privacy.json`, which the page and the text show.

Labels, ids of rows, counts and figures. What a model wrote under attack is read and dropped.
"""

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from privrag_finetune.leaks.canaries import CanaryResult
from privrag_finetune.leaks.report import Report
from privrag_finetune.leaks.subject import Claim

THREAT_MODEL = (
    "The attacker asks the model whatever they like, sees what it writes and how likely it finds "
    "any text, knows the base model, and holds a row or its beginning which they suspect to be "
    "among those learnt. They do not hold the documents, the index or the vault."
)
_NEVER_COVERED = (
    "The index: it hands passages out by design. Pseudonyms and access rights protect them, not "
    "the weights.",
    "What the base model learnt before it came here.",
    "Contents told in other words: extraction counts wording.",
    "Attackers with more time, more knowledge or the gradients of the training.",
    "Choices made by looking at private rows: recipe, early stopping and the figures under Utility "
    "count in no epsilon.",
)
_WITHOUT_CLAIM = (
    "Trained without differential privacy: nothing bounds what other attacks would find.",
)
_LISTED = 50


def content_of(report: Report) -> dict[str, Any]:
    """The report as plain values; numbers that JSON does not know become null or `infinite`."""
    measured = report.measured
    extraction = {
        "with passages": measured.with_passages,
        "without passages": measured.without_passages,
        "held-out rows without passages": measured.held_out_without,
        "base model without passages": measured.base_without,
    }
    content = {
        "format": 1,
        "name": report.name,
        "kind": report.kind,
        "created": report.created,
        "verdict": report.verdict,
        "words": report.words,
        "checks": report.checks,
        "threat_model": THREAT_MODEL,
        "not_covered": _not_covered(report),
        "lineage": report.lineage,
        "privacy": None if report.claim is None else _claim(report.claim),
        "pii_scan": measured.pii,
        "canaries": None if measured.canaries is None else _canaries(measured.canaries),
        "audit": measured.audit,
        "audit_words": measured.audit and measured.audit.in_words(),
        "membership": measured.membership,
        "extraction": {name: one for name, one in extraction.items() if one is not None},
        "pseudonyms": {
            name: one
            for name, one in (
                ("tuned", measured.pseudonyms),
                ("base", measured.pseudonyms_of_base),
            )
            if one is not None
        },
        "utility": report.utility,
        "limits": report.limits,
        "effort": report.effort,
        "seed": report.seed,
    }
    plain: dict[str, Any] = _plain(content)
    if plain["pii_scan"] is not None:
        for listed in ("found_in", "doubted"):
            plain["pii_scan"][listed] = plain["pii_scan"][listed][:_LISTED]
    for one in plain["extraction"].values():
        del one["outputs"]
    return plain


def _not_covered(report: Report) -> list[str]:
    claim = () if report.claim is not None else _WITHOUT_CLAIM
    return [*claim, *_NEVER_COVERED]


def _claim(claim: Claim) -> dict[str, Any]:
    return {field.name: getattr(claim, field.name) for field in fields(claim)}


def _canaries(result: CanaryResult) -> dict[str, Any]:
    sides = {
        kind: {
            "planted": sum(score.kind == kind for score in result.scores),
            "included": sum(score.kind == kind and score.included for score in result.scores),
        }
        for kind in ("in-domain", "rare-tokens")
    }
    return {"by_kind": sides, "exposures": result.exposures, "scores": result.scores}


def _plain(value: object) -> Any:  # noqa: ANN401 - whatever JSON knows
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return _number(value)
    return value


def _number(value: float) -> float | str | None:
    if math.isnan(value):
        return None
    return "infinite" if math.isinf(value) else round(value, 6 if abs(value) > 1e-3 else 12)
