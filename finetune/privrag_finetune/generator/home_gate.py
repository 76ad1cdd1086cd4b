"""How a tuned generator answers on documents that it never saw, beside its base and what serves.

Each test question is asked twice: as it is, and with the document that answers it hidden, where
refusing is right. Passages are those of a search over the whole home.
"""

import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from privrag import pipeline
from privrag.choose import choose_passages, is_copy
from privrag.find import with_titles
from privrag.gate.token_f1 import token_f1
from privrag.generate import GenerateOptions, Generator
from privrag.prompts import PromptSettings
from privrag.rag import AsyncRag
from privrag.records import Answer, Hit
from privrag.registry import Check, Gate
from privrag.versions import GAIN
from privrag_finetune.home_data import Asked, gate_over

_LEAST_ABSTENTION = 0.8
"""Share of questions without their document that must be refused."""
_MORE_REFUSED = 0.05
"""So much larger may the share of answerable questions that are refused become, for sure."""
_SLOWER = 1.5
"""So many times as long as before may an answer take (median)."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One test question, asked with its document and without it."""

    document: str
    f1: float
    """Of the answer's words to the row's answer; 0 for a refusal."""
    cites: bool
    precision: float
    """Share of its citations that are the right passage or a copy of it; 0 without any."""
    refused: bool
    abstained: bool | None
    """Whether it refused with the document hidden; None where nothing else was found."""
    milliseconds: float


async def hits_of(rag: AsyncRag, asked: Sequence[Asked]) -> list[list[Hit]]:
    """What a search finds for each question, whoever answers it."""
    viewer = replace(rag.owner, reveal=False)
    return [
        await pipeline.ranked(
            rag.stores, one.question, rag.parts, viewer=viewer, collection=one.row.collection
        )
        for one in asked
    ]


@dataclass(frozen=True, slots=True)
class Side:
    """Who answers: a model of a generator, and the prompt that it is asked with."""

    generator: Generator
    prompts: PromptSettings
    model: str | None = None
    """None: the generator's own."""


async def answers_of(
    rag: AsyncRag,
    asked: Sequence[Asked],
    found: Sequence[Sequence[Hit]],
    sides: Sequence[Side],
    progress: Callable[[int], None] = lambda _: None,
    *,
    done: int = 0,
) -> list[list[Scored]]:
    """What each side answers to each question.

    They take turns question by question: what else the machine does slows all of them. `found` are
    the hits of each question, by `hits_of`.
    """
    scored: list[list[Scored]] = [[] for _ in sides]
    for one, hits in zip(asked, found, strict=True):
        for side, own in zip(sides, scored, strict=True):
            own.append(await _asked_twice(rag, one, hits, side))
            done += 1
            progress(done)
    return scored


async def _asked_twice(rag: AsyncRag, one: Asked, hits: Sequence[Hit], side: Side) -> Scored:
    settings = rag.settings.model_copy(update={"prompts": side.prompts})
    stores = replace(rag.stores, settings=settings)
    viewer = replace(rag.owner, reveal=False)
    models = replace(rag.parts, generator=side.generator)
    options = GenerateOptions(temperature=0, model=side.model)

    async def answer(among: Sequence[Hit]) -> tuple[Answer, list[Hit]]:
        chosen = choose_passages(among, k=side.prompts.passages, settings=settings.choose)
        titled = with_titles(stores, chosen, viewer)
        told = pipeline.answer_from(
            stores, one.question, titled, models, viewer=viewer, options=options
        )
        async with aclosing(told) as pieces:
            return [piece async for piece in pieces if isinstance(piece, Answer)][-1], titled

    told, shown = await answer(hits)
    others = [hit for hit in hits if not _is_right(hit, one)]
    without = (await answer(others))[0] if others else None
    return _scored(one, shown, told, without)


def figures_of(before: Sequence[Scored], after: Sequence[Scored]) -> dict[str, Gate]:
    """`answer_f1`, `citation_precision`, `wrongly_refused` and `abstention`, paired by question.

    Precision counts the questions to which either cites; who does not has none.
    """
    pairs = list(zip(before, after, strict=True))
    cited = [(b, a) for b, a in pairs if b.cites or a.cites]
    hidden = [(b, a) for b, a in pairs if b.abstained is not None and a.abstained is not None]
    kinds: dict[str, tuple[list[tuple[Scored, Scored]], Callable[[Scored], float]]] = {
        GAIN: (pairs, lambda one: one.f1),
        "citation_precision": (cited, lambda one: one.precision),
        "wrongly_refused": (pairs, lambda one: float(one.refused)),
        "abstention": (hidden, lambda one: float(bool(one.abstained))),
    }
    return {name: _gate(some, of) for name, (some, of) in kinds.items() if some}


def checks_of(
    figures: Mapping[str, Gate], before: Sequence[Scored], after: Sequence[Scored]
) -> tuple[Check, ...]:
    """What must hold beside a better F1: what it refuses, what it cites, how long it takes."""
    least, found = _LEAST_ABSTENTION, figures.get("abstention")
    return (
        Check(
            name="abstention",
            passed=found is not None and found.is_wide_enough and found.with_it >= least,
            detail="no question could be asked without its document"
            if found is None
            else f"refusing without its document was measured on {found.measured_on}"
            if not found.is_wide_enough
            else f"{found.with_it:.2f} of {found.questions} questions without their document are "
            f"refused, {least:.2f} are asked for",
        ),
        *_no_worse(figures, before, after),
    )


def gain_beside(
    served: str, before: Sequence[Scored], after: Sequence[Scored]
) -> tuple[Gate, tuple[Check, ...]]:
    """The gain in F1 over the tuned generator `served`, and what must be no worse than with it."""
    figures = figures_of(before, after)
    return figures[GAIN], _no_worse(figures, before, after, beside=f" beside {served}")


def _no_worse(
    figures: Mapping[str, Gate],
    before: Sequence[Scored],
    after: Sequence[Scored],
    *,
    beside: str = "",
) -> tuple[Check, ...]:
    precision = figures.get("citation_precision")
    refused = figures["wrongly_refused"]
    ratio = _median(after) / max(_median(before), 1e-9)
    return (
        Check(
            name=f"citations{beside}",
            passed=precision is None or precision.ci95[1] >= 0,
            detail="nothing was cited"
            if precision is None
            else f"{precision.without:.2f} of the citations right before, "
            f"{precision.with_it:.2f} after",
        ),
        Check(
            name=f"refusals{beside}",
            passed=refused.ci95[0] <= _MORE_REFUSED,
            detail=f"{refused.without:.2f} of the answerable questions refused before, "
            f"{refused.with_it:.2f} after",
        ),
        Check(
            name=f"latency{beside}",
            passed=ratio <= _SLOWER,
            detail=f"an answer takes {ratio:.2f} times as long as before, {_SLOWER} are allowed",
        ),
    )


def _gate(pairs: Sequence[tuple[Scored, Scored]], of: Callable[[Scored], float]) -> Gate:
    first, second = ([of(pair[n]) for pair in pairs] for n in (0, 1))
    return gate_over(first, second, [before.document for before, _ in pairs])


def _scored(one: Asked, shown: Sequence[Hit], told: Answer, without: Answer | None) -> Scored:
    right = [h for h in shown if h.chunk.id == one.chunk.id or is_copy(one.chunk, h.chunk)]
    fits = [
        any(c.uri == h.uri and h.start <= c.start and c.end <= h.end for h in right)
        for c in told.citations
    ]
    return Scored(
        document=one.row.document,
        f1=0.0 if told.refused else token_f1(_words(told), [one.row.answer]),
        cites=bool(fits),
        precision=sum(fits) / len(fits) if fits else 0.0,
        refused=told.refused,
        abstained=None if without is None else without.refused,
        milliseconds=told.timings_ms["total"],
    )


def _is_right(hit: Hit, one: Asked) -> bool:
    same = hit.chunk.source.document == one.row.document
    return same or is_copy(one.chunk, hit.chunk) or is_copy(hit.chunk, one.chunk)


def _words(told: Answer) -> str:
    """The answer without its markers."""
    text = told.text
    for citation in told.citations:
        text = text.replace(citation.marker, "")
    return text


def _median(scored: Sequence[Scored]) -> float:
    return statistics.median(one.milliseconds for one in scored)
