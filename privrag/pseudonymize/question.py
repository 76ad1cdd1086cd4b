"""Move a question, or a whole chat, into the space of the documents.

Recognizers are weak on short questions, so every 1- to 5-gram is also looked up among the forms
that the vault knows (by keyed hash; no list of names exists in clear). A known name becomes its
pseudonym, an unknown one gets a pseudonym for this request only; nothing is stored. Both go through
the same look-ups; who is known costs the reading of a few rows more, a fraction of a millisecond.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from privrag.errors import ContextTooLongError
from privrag.pseudonym import (
    ALIAS_SUFFIXES,
    DIRECT,
    IN_CLEAR_ELSEWHERE,
    LITERAL,
    new_pseudonym,
    placeholders,
)
from privrag.pseudonymize.detect import Detecting
from privrag.pseudonymize.known.find import find_joined_names
from privrag.pseudonymize.known.forgotten import forgotten
from privrag.pseudonymize.known.joined import JOINED
from privrag.pseudonymize.known.spelled import people_spelled
from privrag.pseudonymize.lexicon import PARTICLES, words_of
from privrag.pseudonymize.linking.canonical import (
    canonical,
    contradicted,
    is_one_word,
    link,
)
from privrag.pseudonymize.linking.date_parts import is_only_a_date
from privrag.pseudonymize.linking.handles import handle_letters, people_behind
from privrag.pseudonymize.linking.joining import HANDLE
from privrag.pseudonymize.linking.mentions import surfaces_of
from privrag.pseudonymize.linking.titled import with_dividing_titles
from privrag.pseudonymize.literals import with_literals
from privrag.pseudonymize.matches import Match, trim
from privrag.pseudonymize.overlaps import insert, outside, over
from privrag.pseudonymize.profile import DetectSettings
from privrag.pseudonymize.replace import action_for, masked_for_good, replace_all
from privrag.records import Entity, Question, SafeText
from privrag.vault.store import Vault

_MAX_GRAM = 5
_WORD = re.compile(r"(?:[^\s\"“”„'‘’()\[\]<>?!;,]|(?<=\d),(?=\d))+(?:['’][^\W\d_]+)?")
"""`10,000` is one."""
_LEANING = words_of("function_words.txt") - PARTICLES
"""No name of a thing has its article in its form, so none is lost with it."""
_WORD_LABELS = ("PERSON", "ID", "EMAIL", "IBAN", "SECRET", "IP", "USERNAME")
_NAME_LABELS = ("PERSON", "ORG", "LOCATION", "GROUP")
_FIGURE_LABELS = ("DATE", "AMOUNT", "ADDRESS")
_SOMEBODY = DIRECT - {"SECRET", "IP"}
_NUMBER_LABELS = ("PHONE", "IBAN", "CARD", "SSN", "ID")


def question_of(
    texts: Sequence[str],
    detector: Detecting,
    vault: Vault,
    *,
    settings: DetectSettings | None = None,
) -> list[Question]:
    """The texts of one request, in order; the last holds the words of all of them.

    A surname or given name joins the only full name in the request that it fits. A place, a date
    and the like is replaced if the vault knows it, or if the request names somebody; else it stays,
    as in documents that are not about people. Raises ContextTooLongError if the texts are longer
    than `settings.max_question_characters` together.
    """
    settings = settings or DetectSettings()
    if sum(map(len, texts)) > settings.max_question_characters:
        raise ContextTooLongError(
            f"the messages are longer than {settings.max_question_characters} characters together "
            "(pseudonymize.max_question_characters); shorten them"
        )
    spans = _identifying(texts, _spans(texts, detector, vault), vault)
    spans = [[e for e in some if action_for(e, settings) != "keep"] for some in spans]
    surfaces = surfaces_of(texts, spans)
    gone = forgotten(surfaces, vault)
    tokens = _Tokens(vault, surfaces)
    questions = []
    for text, entities in zip(texts, spans, strict=True):
        pairs = []
        for entity in entities:
            surface = text[entity.start : entity.end]
            kept = (entity.label, surface) not in gone
            if kept and action_for(entity, settings) == "pseudonymize":
                pairs.append((entity, tokens.of(entity.label, surface)))
            else:
                pairs.append((entity, masked_for_good(entity.label, surface, settings)))
        safe = SafeText(replace_all(text, pairs).text)
        in_clear = [text[e.start : e.end] for e in entities if e.label in IN_CLEAR_ELSEWHERE]
        keywords = SafeText(" ; ".join([safe, *in_clear]))
        named = placeholders(safe)
        may_mean = {other: name for other, name in tokens.may_mean.items() if name in named}
        one_word = frozenset(tokens.one_word & may_mean.keys())
        questions.append(Question(safe, named, dict(tokens.words), keywords, may_mean, one_word))
    return questions


def _identifying(
    texts: Sequence[str], spans: Sequence[Sequence[Entity]], vault: Vault
) -> list[list[Entity]]:
    """The spans without quasi-identifiers that point at nobody."""
    if any(e.label in _SOMEBODY or e.recognizer == JOINED for entities in spans for e in entities):
        return [list(entities) for entities in spans]
    forms = {
        (e.label, canonical(e.label, text[e.start : e.end]))
        for text, entities in zip(texts, spans, strict=True)
        for e in entities
        if e.label not in DIRECT
    }
    known = vault.find(forms)
    return [
        [
            e
            for e in entities
            if e.label in DIRECT
            or e.label == LITERAL
            or e.recognizer == JOINED
            or (e.label, canonical(e.label, text[e.start : e.end])) in known
        ]
        for text, entities in zip(texts, spans, strict=True)
    ]


class _Tokens:
    """The pseudonyms of one request; the same words get the same one."""

    def __init__(self, vault: Vault, surfaces: Sequence[tuple[str, str]]) -> None:
        """Take every (label, surface) of the request, in reading order."""
        self.words: dict[str, str] = {}
        """Token -> the words it stands for, as far as they were given out."""
        self._forms = {
            one: (one[0], form) for one, form in zip(surfaces, link(surfaces), strict=True)
        }
        behind = people_behind(surfaces)
        self._forms |= {one: ("PERSON", name) for one, name in behind.items()}
        self._spelled = {
            one: (HANDLE, letters) for one in surfaces if (letters := handle_letters(*one))
        }
        self._offered = vault.offered(self._spelled.values())
        self._divided = contradicted(surfaces)
        own = {(label, canonical(label, words)) for label, words in surfaces}
        self._known = vault.find(own.union(self._forms.values()))
        self._others = vault.others(own)
        self.may_mean: dict[str, str] = {}
        """Pseudonyms of further people whom a name may mean -> its pseudonym here."""
        self.one_word: set[str] = set()
        """Those of them whom the vault knows by this word alone."""
        self._names: dict[tuple[str, str], str] = {}
        self._given: dict[tuple[str, str], str] = {}
        self._used: Counter[str] = Counter()

    def of(self, label: str, surface: str) -> str:
        """The pseudonym for these very words; further spellings of one entity get an alias."""
        if (label, surface) not in self._given:
            name = self._name(label, surface)
            used = self._used[name]
            self._used[name] += 1
            if used < len(ALIAS_SUFFIXES):
                token = name + ALIAS_SUFFIXES[used]
            else:  # more spellings than letters
                token = new_pseudonym(label)
            self._given[label, surface] = token
            self.words[token] = surface
        return self._given[label, surface]

    def _name(self, label: str, surface: str) -> str:
        """What the vault knows by the full name of the request that it fits, or by this form."""
        own, form = (label, canonical(label, surface)), self._forms[label, surface]
        offered = self._offered.get(self._spelled.get((label, surface), ()), ())
        known = self._known.get(form) or self._known.get(own)
        if (other := self._divided.get((label, surface))) is not None:
            known = None if known == self._known.get(("PERSON", other)) else known
        if known is None and len(offered) == 1:
            known = offered[0]
        name = known or self._names.setdefault(form, new_pseudonym(form[0]))
        for other in offered if known is None else ():
            self.may_mean.setdefault(other, name)
        if own == form and own in self._others:
            others = self._others[own]
            self.one_word.update(others.one_word)
            for other in (*others.full, *others.one_word):
                self.may_mean.setdefault(other, name)
        return name


def _spans(texts: Sequence[str], detector: Detecting, vault: Vault) -> list[list[Entity]]:
    """What is to be replaced in each text."""
    found = [detector.detect([("paragraph", text)])[0] for text in texts]
    merged = [
        _merge(text, _known_spans(text, some, vault), some)
        for text, some in zip(texts, found, strict=True)
    ]
    people = people_spelled(surfaces_of(texts, merged))
    joined = find_joined_names(texts, vault, people=people)
    spans = [
        with_literals(text, _trimmed(text, [*some, *others]))
        for text, some, others in zip(texts, merged, joined, strict=True)
    ]
    return with_dividing_titles(texts, spans)


def _trimmed(text: str, entities: Sequence[Entity]) -> list[Entity]:
    """Spans trimmed as those of documents are, or their forms would differ; none without a word."""
    trimmed = []
    for entity in entities:
        match = trim(text, Match(entity.label, entity.start, entity.end, 1.0, ""))
        if match is None or not any(c.isalnum() for c in text[match.start : match.end]):
            continue
        start, end = match.start, match.end
        if canonical(entity.label, text[start:end]):
            trimmed.append(replace(entity, start=start, end=end))
    return trimmed


def _known_spans(text: str, found: Sequence[Entity], vault: Vault) -> list[Entity]:
    """Spans whose canonical form the vault knows, longest first, without overlap.

    What was found counts as well: `Lindqvist & Sons` is not the person within it. So does a longer
    name of somebody who was forgotten: a surname that others have does not divide it.
    """
    words = [(m.start(), m.end()) for m in _WORD.finditer(text)]
    shouting = not any(c.isupper() for c in text[1:])
    forms: dict[tuple[str, str], tuple[str, str]] = {}
    wanted: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for first in range(len(words)):
        for last in range(first, min(first + _MAX_GRAM, len(words))):
            start, end = words[first][0], words[last][1]
            surface = text[start:end].rstrip(".:")
            for label in _labels_for(surface, single=first == last, any_case=shouting):
                if (label, surface) not in forms:
                    forms[label, surface] = (label, canonical(label, surface))
                form = forms[label, surface]
                wanted.setdefault(form, []).append((start, start + len(surface)))
    for entity in found:
        surface = text[entity.start : entity.end]
        wanted.setdefault((entity.label, canonical(entity.label, surface)), []).append(
            (entity.start, entity.end)
        )
    one_word = [one for one in wanted if one[0] == "PERSON" and is_one_word(one[1])]
    known = vault.known(wanted, one_word=one_word) | vault.suppressed(wanted)
    gone = forgotten(surfaces_of([text], [found]), vault)
    spans = [e for e in found if (e.label, text[e.start : e.end]) in gone]
    spans += [
        Entity(label, start, end, 1.0, "vault")
        for (label, form) in known
        for start, end in wanted[label, form]
    ]
    return _merge(text, sorted(spans, key=lambda e: e.start - e.end), [])


def _labels_for(surface: str, *, single: bool, any_case: bool) -> tuple[str, ...]:
    """Types that these words could be; a single lower-case word is no name among cased ones."""
    digits = sum(c.isdigit() for c in surface)
    figures = _FIGURE_LABELS if is_only_a_date(surface) else _FIGURE_LABELS[1:]
    if digits >= 6:
        return tuple(dict.fromkeys((*_NUMBER_LABELS, *_WORD_LABELS, *figures)))
    if digits:
        return (*_WORD_LABELS, *figures)
    if "@" in surface:
        return _WORD_LABELS
    if not any_case and (not surface[:1].isupper() if single else _leans(surface)):
        return ()
    return _NAME_LABELS if len(surface) > 2 else ()


def _leans(surface: str) -> bool:
    """Whether the first or last word belongs to others, as in `the Harbour` and `Quirm is`."""
    return surface.split(" ", 1)[0] in _LEANING or surface.rsplit(" ", 1)[-1] in _LEANING


def _merge(text: str, first: Sequence[Entity], second: Sequence[Entity]) -> list[Entity]:
    """Spans of both without overlap: the earlier list wins, and in it the earlier span.

    What a losing span covers beyond the winners stays an entity of its own, so that no part of a
    found identity is left in clear.
    """
    kept: list[Entity] = []
    for entity in (*first, *second):
        winners = over(entity, kept)
        for part in outside(text, entity, winners) if winners else [entity]:
            insert(part, kept)
    return kept
