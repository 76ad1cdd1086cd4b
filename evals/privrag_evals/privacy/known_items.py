"""Questions about somebody, each built from the one paragraph that it should find.

    What about {a marked entity of the paragraph} regarding {two of its content words}?

A case becomes a document, each line of it with some words a paragraph. Content words are lower-case
words of five letters or more outside every mark. The draw is seeded: same file, same questions.
"""

import random
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from privrag.pseudonymize.linking.canonical import canonical
from privrag.pseudonymize.matches import Match, trim
from privrag.records import BLOCK_SEPARATOR, Block, Document, Entity
from privrag_evals.pii.data import Gold, GoldSpan, without_overlap

_LINE = re.compile(r"[^\n]+")
_MIN_WORDS = 8
_CONTENT = re.compile(r"(?<![\w’'-])[a-z]{5,}(?![\w’'-])")
_FUNCTION_WORDS = (
    "about above after again against alleged also although among another around because been "
    "before being below between could during either every first following further having hence "
    "however itself later latter might neither never other others ought quite rather second shall "
    "should since still their theirs them themselves therefore these they third those though "
    "three through thus under until upon what whatever when where whereas whether which while "
    "whose within without would yourself"
)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of a case: what is to be found."""

    id: str
    case: int
    text: str = field(repr=False)
    marks: tuple[GoldSpan, ...]
    """Those that are to be masked; offsets in `text`."""


@dataclass(frozen=True, slots=True)
class KnownItem:
    """A question and the paragraph it was built from."""

    text: str = field(repr=False)
    paragraph: str
    case: int
    label: str
    start: int
    end: int
    """Where the entity stands in `text`."""
    shared_by: int
    """In how many paragraphs an entity of the same label and canonical form stands, this one
    included: above 1 the question is answered only by its content words as well."""

    @property
    def surface(self) -> str:
        return self.text[self.start : self.end]


def paragraphs_of(texts: Sequence[Gold]) -> list[Paragraph]:
    """Lines of at least eight words, with the masks that lie inside them."""
    paragraphs = []
    for case, annotated in enumerate(texts):
        for number, line in enumerate(_LINE.finditer(annotated.text)):
            if len(line[0].split()) < _MIN_WORDS:
                continue
            marks = [
                GoldSpan(m.start - line.start(), m.end - line.start(), m.label, m.entity)
                for m in annotated.spans
                if m.to_mask and line.start() <= m.start < m.end <= line.end()
            ]
            paragraphs.append(
                Paragraph(f"{case}-{number}", case, line[0], tuple(without_overlap(marks)))
            )
    return paragraphs


def questions_about(
    paragraphs: Sequence[Paragraph], *, queries: int | None, seed: int
) -> list[KnownItem]:
    """At most one question a paragraph, about one of its marks; `queries` of them at random."""
    held = Counter(form for p in paragraphs for form in {_form(p, m) for m in p.marks})
    generator = random.Random(seed)  # noqa: S311 - a repeatable draw, no secret
    items = []
    for paragraph in paragraphs:
        words = _content_words(paragraph)
        if not paragraph.marks or len(words) < 2:
            continue
        mark = generator.choice(paragraph.marks)
        first, second = generator.sample(words, 2)
        surface = paragraph.text[mark.start : mark.end]
        head = "What about "
        items.append(
            KnownItem(
                f"{head}{surface} regarding {first} {second}?",
                paragraph.id,
                paragraph.case,
                mark.label,
                len(head),
                len(head) + len(surface),
                held[_form(paragraph, mark)],
            )
        )
    if queries is not None and queries < len(items):
        items = generator.sample(items, queries)
    return items


def halves(items: Sequence[KnownItem], *, seed: int) -> tuple[frozenset[int], frozenset[int]]:
    """The cases of the questions, drawn into two halves: tune on one, report on the other."""
    cases = sorted({item.case for item in items})
    random.Random(seed).shuffle(cases)  # noqa: S311 - a repeatable draw, no secret
    middle = len(cases) // 2
    return frozenset(cases[:middle]), frozenset(cases[middle:])


def documents_of(paragraphs: Sequence[Paragraph]) -> list[tuple[Document, list[Paragraph]]]:
    """Each case as a parsed document whose blocks are its paragraphs."""
    documents = []
    for case in dict.fromkeys(p.case for p in paragraphs):
        own = [p for p in paragraphs if p.case == case]
        blocks, at = [], 0
        for paragraph in own:
            end = at + len(paragraph.text)
            blocks.append(Block("paragraph", paragraph.text, None, at, end))
            at = end + len(BLOCK_SEPARATOR)
        name = f"case-{case}"
        documents.append((Document(name, name, "", "text/plain", tuple(blocks), None), own))
    return documents


def entities_of(text: str, marks: Iterable[GoldSpan | KnownItem]) -> list[Entity]:
    """Marks as a perfect detector would have found them: without punctuation around."""
    matches = (trim(text, Match(m.label, m.start, m.end, 1.0, "gold")) for m in marks)
    return [Entity(m.label, m.start, m.end, 1.0, "gold") for m in matches if m is not None]


def _form(paragraph: Paragraph, mark: GoldSpan) -> tuple[str, str]:
    return mark.label, canonical(mark.label, paragraph.text[mark.start : mark.end])


def _content_words(paragraph: Paragraph) -> list[str]:
    free = [True] * len(paragraph.text)
    for mark in paragraph.marks:
        free[mark.start : mark.end] = [False] * (mark.end - mark.start)
    words = (m for m in _CONTENT.finditer(paragraph.text) if free[m.start()])
    return list(dict.fromkeys(m[0] for m in words if m[0] not in _FUNCTION_WORDS.split()))
