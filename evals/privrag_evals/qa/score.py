"""What each figure of `eval qa` is. All are means over questions, each with a 95 % interval.

Over questions that have answers; a refusal or an error counts 0. The text is the answer without its
markers `[1]`.
    em, f1, rouge_l, bleu  against the gold answers, the best of several (metrics/)
    bleu_corpus            all answers as one text: nearer to what papers report
    holds_answer           a gold answer stands in the text word for word

Over questions that have answers and name a document.
    right_page_in_5     a right place (page too, where the data names one) is among the first five
                        hits of a search
    citation_recall     a right document is cited; a refusal or an error counts 0
    citation_precision  share of an answer's citations that are a right place; only over answers
                        that cite

Over answers that cite, to whatever question.
    support  mean support of the citations, as the product itself states it

`abstention`
    refused_unanswerable  share refused of questions without answers; an error is no refusal
    wrongly_refused       share refused, or ended in an error, of questions with answers

Over all questions; an error has no latency and no tokens, and neither has an answer tokens that a
server does not count.
    latency_ms  the whole answer, one asker; without the first question, which also loads models
    tokens      prompt and completion, as the generator counts them
    cost        tokens and seconds a question; money only where prices were given

Where no question is of the kind, a figure is null. `by` has the figures for each category,
difficulty and other trait of the data; there latency_ms and tokens are plain means.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeGuard

from privrag.gate.figures import figures_of, latency, warm
from privrag.gate.token_f1 import token_f1
from privrag.machine import peak_memory_mb
from privrag.records import Answer
from privrag_evals.cost import Prices, cost_of
from privrag_evals.metrics.bleu import BleuCounts, bleu, corpus_bleu
from privrag_evals.metrics.cited import cited
from privrag_evals.metrics.exact_match import exact_match
from privrag_evals.metrics.holds_answer import holds_answer
from privrag_evals.metrics.rouge_l import rouge_l
from privrag_evals.qa.ask import Replied
from privrag_evals.runs import kept_cases
from privrag_evals.suites import Asked

SYSTEM = "privrag"
"""The one system of a run of this kind: the home as it is."""
_NAN = math.nan
_FLAT = ("em", "f1", "rouge_l", "bleu", "holds_answer")


def report(
    questions: Sequence[Asked],
    replies: Sequence[Replied],
    *,
    uris: Sequence[str],
    seed: int = 0,
    prices: Prices | None = None,
) -> dict[str, Any]:
    """`systems`, `cases` and what failed; `uris` are those of the home's documents."""
    pairs = list(zip(questions, replies, strict=True))
    grams = [_bleu(asked, reply) for asked, reply in pairs]
    times = warm([reply.milliseconds for reply in replies])
    scores = [
        _case(asked, reply, counts) | {"latency_ms": _NAN if reply.error else took}
        for (asked, reply), counts, took in zip(pairs, grams, times, strict=True)
    ]
    traits = [asked.traits for asked in questions]
    figures = figures_of(scores, traits=traits, seed=seed)
    corpus = corpus_bleu([c for c in grams if c is not None], seed=seed).as_json()
    figures["bleu_corpus"], figures["ci95"]["bleu_corpus"] = corpus["mean"], corpus["ci95"]
    figures["abstention"] = _abstention(questions, figures)
    figures["cost"] = cost_of(figures["tokens"], figures["latency_ms"], prices or Prices())
    figures["tokens"] = _tokens(replies, figures["tokens"])
    answered_ms = [
        reply.milliseconds for reply in replies if not reply.error or reply is replies[0]
    ]
    figures["latency_ms"] = {"mean": figures["latency_ms"], **latency(answered_ms)}
    return {
        "systems": {SYSTEM: figures},
        "citations": sum(len(r.answer.citations) for r in replies if r.answer),
        "errors": dict(Counter(reply.error for reply in replies if reply.error)),
        "missing_documents": len(missing_documents(questions, uris)),
        "peak_memory_mb": round(peak_memory_mb()),
        "cases": kept_cases([asked.id for asked in questions], traits, {SYSTEM: scores}),
    }


def missing_documents(questions: Sequence[Asked], uris: Sequence[str]) -> list[str]:
    """Documents that the questions name and the home does not hold: nobody can cite them."""
    named = {place.document: place for asked in questions for place in asked.places}
    return [name for name, place in named.items() if not any(map(place.is_in, uris))]


def answer_text(answer: Answer) -> str:
    """The text without its markers."""
    text = answer.text
    for citation in answer.citations:
        text = text.replace(f" {citation.marker}", "").replace(citation.marker, "")
    return text.strip()


def _case(asked: Asked, reply: Replied, counts: BleuCounts | None) -> dict[str, float]:
    """The figures of one question; nan where one has no meaning for it."""
    answer, gold, right = reply.answer, asked.answers, asked.places if asked.answers else ()
    refused = answer is not None and answer.refused
    places = [] if answer is None or refused else [(c.uri, c.page) for c in answer.citations]
    supports = [c.support for c in answer.citations] if answer and not refused else []
    found = cited(places, right)
    return {
        **_against_gold(answer, gold, counts),
        "citation_precision": found.precision,
        "citation_recall": found.recall,
        "right_page_in_5": _in_first(reply, asked) if right else _NAN,
        "refused_unanswerable": _NAN if gold else float(refused),
        "wrongly_refused": float(refused or answer is None) if gold else _NAN,
        "support": sum(supports) / len(supports) if supports else _NAN,
        "tokens": float(sum(_usage(answer))) if _is_counted(answer) else _NAN,
    }


def _against_gold(
    answer: Answer | None, gold: Sequence[str], counts: BleuCounts | None
) -> dict[str, float]:
    if not gold or counts is None:
        return dict.fromkeys(_FLAT, _NAN)
    if answer is None or answer.refused:
        return dict.fromkeys(_FLAT, 0.0)
    text = answer_text(answer)
    return {
        "em": exact_match(text, gold),
        "f1": token_f1(text, gold),
        "rouge_l": rouge_l(text, gold),
        "bleu": counts.score,
        "holds_answer": holds_answer(text, gold),
    }


def _bleu(asked: Asked, reply: Replied) -> BleuCounts | None:
    """Of an answer that was refused as of an empty one: a corpus is shorter by it."""
    if not asked.answers:
        return None
    given = reply.answer is not None and not reply.answer.refused
    return bleu(answer_text(reply.answer) if given and reply.answer else "", asked.answers)


def _in_first(reply: Replied, asked: Asked) -> float:
    return float(any(place.holds(*found) for place in asked.places for found in reply.found))


def _abstention(questions: Sequence[Asked], figures: dict[str, Any]) -> dict[str, Any]:
    names = ("refused_unanswerable", "wrongly_refused")
    answerable = sum(bool(asked.answers) for asked in questions)
    return {
        **{name: figures.pop(name) for name in names},
        "unanswerable": len(questions) - answerable,
        "answerable": answerable,
        "ci95": {name: figures["ci95"][name] for name in names},
    }


def _is_counted(answer: Answer | None) -> TypeGuard[Answer]:
    return answer is not None and answer.usage.counted


def _usage(answer: Answer) -> tuple[int, int]:
    return answer.usage.prompt_tokens, answer.usage.completion_tokens


def _tokens(replies: Sequence[Replied], mean: float | None) -> dict[str, float | None]:
    usages = [_usage(reply.answer) for reply in replies if _is_counted(reply.answer)]
    if not usages:
        return {"mean": None, "prompt": None, "completion": None}
    prompt, completion = (sum(some) / len(usages) for some in zip(*usages, strict=True))
    return {"mean": mean, "prompt": round(prompt, 1), "completion": round(completion, 1)}
