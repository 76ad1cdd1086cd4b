"""Token precision and entity recall as the Text Anonymization Benchmark measures them.

Source: Pilan et al., The Text Anonymization Benchmark, Computational Linguistics 48(4), 2022
(arXiv 2202.00443), section 6. Differences, because no tagger runs here: the words that need no
mask are a closed list (the paper: by part of speech), and every token weighs the same (the paper
also has a weight by how much a token tells).
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from privrag_evals.pii.data import Gold, Identifier
from privrag_evals.pii.spans import Span

_WORD = re.compile(r"\w+")
_FUNCTION_WORDS = (
    "mr mrs ms no nr a an the of in on at by for to from with and or nor but as into under "
    "over between against about within without upon per via since until before after during "
    "near this that these those its his her their s v vs "
)
_NEED_NO_MASK = frozenset(_FUNCTION_WORDS.split())


def masked_characters(spans: Iterable[Span]) -> set[int]:
    """Offsets that some span covers."""
    return {at for span in spans for at in range(span.start, span.end)}


def is_masked(text: str, start: int, end: int, masked: set[int]) -> bool:
    """Whether every word of a mention that tells anything is covered to its last character."""
    return all(
        word[0].casefold() in _NEED_NO_MASK or masked.issuperset(range(word.start(), word.end()))
        for word in _WORD.finditer(text, start, end)
    )


def entity_recall(
    golds: Sequence[Gold], masked: Sequence[set[int]], identifier: Identifier
) -> tuple[int, int]:
    """(protected, all) entities of this kind: protected if each mention to mask is masked."""
    protected = total = 0
    for gold, covered in zip(golds, masked, strict=True):
        entities: dict[str, bool] = defaultdict(lambda: True)
        kinds: dict[str, set[Identifier | None]] = defaultdict(set)
        for number, span in enumerate(gold.spans):
            if not span.to_mask:
                continue
            name = span.entity if span.entity is not None else f"#{number}"
            kinds[name].add(span.identifier)
            entities[name] &= is_masked(gold.text, span.start, span.end, covered)
        wanted = [name for name in entities if _kind(kinds[name]) == identifier]
        total += len(wanted)
        protected += sum(entities[name] for name in wanted)
    return protected, total


def _kind(found: set[Identifier | None]) -> Identifier | None:
    """An entity that one mention identifies directly is a direct one."""
    return "DIRECT" if "DIRECT" in found else "QUASI" if "QUASI" in found else None


def token_precision(golds: Sequence[Gold], masked: Sequence[set[int]]) -> tuple[int, int]:
    """(masked tokens that were to be masked, masked tokens); a token is a run of word letters."""
    right = total = 0
    for gold, covered in zip(golds, masked, strict=True):
        wanted = masked_characters(span for span in gold.spans if span.to_mask)
        for word in _WORD.finditer(gold.text):
            place = range(word.start(), word.end())
            if covered.isdisjoint(place):
                continue
            total += 1
            right += not wanted.isdisjoint(place)
    return right, total
