"""What a page shows of its tags: `<span title="Zolta Quirm">`, `<img alt="Photo of Zolta Quirm">`.

Such a value is a text of its own, mostly of two or three words, of which the model makes little.
"""

import re
from collections.abc import Iterator

from privrag.pseudonymize.lexicon import COUNTRIES, LETTER, NAME, is_never_name, is_ordinary_word
from privrag.pseudonymize.matches import DocumentText, Match
from privrag.pseudonymize.names.reading import Name, is_cased_like_code, read_name
from privrag.pseudonymize.recognizers.subject_line import are_only_names, is_only_a_name

_TAG = re.compile(r"<[A-Za-z][\w:-]{0,30}[ \t\n][^<>]{3,2000}>")
_SHOWN = re.compile(
    r"(?i)(?<![\w-])(?P<key>title|alt|aria-label|data-(?:[\w-]{0,20}-)?name|data-author|placeholder)"
    r"[ ]?=[ ]?(?:\"(?P<double>[^\"<>]{2,200})\"|'(?P<single>[^'<>]{2,200})')"
)
_NAME = re.compile(rf"(?<![{LETTER}\d_@./\\-]){NAME}(?![{LETTER}\d_@/\\])")


def find_in_attributes(document: DocumentText) -> Iterator[Match]:
    """Full names in what attributes show; in one that is called a name, a single word as well."""
    text = document.text
    if "</" not in text and "/>" not in text and '">' not in text and "'>" not in text:
        return
    for tag in _TAG.finditer(text):
        for shown in _SHOWN.finditer(text, *tag.span()):
            start, end = shown.span("double" if shown["double"] else "single")
            named = shown["key"].lower().startswith("data-")
            for run in _NAME.finditer(text, start, end):
                name = read_name(text, *run.span())
                if name and _is_person(name, named=named and run.span() == (start, end)):
                    yield Match("PERSON", name.start, name.end, 0.7, "attribute")


def _is_person(name: Name, *, named: bool) -> bool:
    if len(name.words) == 1:
        word = name.words[0]
        return named and word.istitle() and len(word) > 2 and is_only_a_name(word)
    if any(map(is_cased_like_code, name.words)) or name.words[-1].casefold() in COUNTRIES:
        return False
    strong = [word for word in name.words if word[0].isupper() and len(word) > 2]
    if name.has_given_name:
        return not any(is_never_name(word) or is_ordinary_word(word) for word in strong[1:])
    return len(strong) > 1 and are_only_names(strong)
