"""A title that says it is somebody else belongs to the mention: `Mr Baker` beside Grace Baker.

Detection leaves titles outside. So the mention alone would join the only full name that it fits.
"""

from collections.abc import Sequence
from dataclasses import replace

from privrag.pseudonymize.linking.canonical import contradicted, full_names
from privrag.pseudonymize.linking.genders import has_gender, title_before
from privrag.pseudonymize.linking.mentions import surfaces_of
from privrag.records import Entity


def with_dividing_titles(
    texts: Sequence[str], spans: Sequence[Sequence[Entity]]
) -> list[list[Entity]]:
    """The spans of each text of one document; where a title contradicts the name, with it."""
    surfaces = surfaces_of(texts, spans)
    if not any(map(has_gender, full_names(surfaces))):
        return [list(some) for some in spans]
    titled = [_with_titles(text, some) for text, some in zip(texts, spans, strict=True)]
    more = set(surfaces_of(texts, titled)).difference(surfaces)
    divided = contradicted([*surfaces, *sorted(more)])
    return [
        [
            wide if (wide.label, text[wide.start : wide.end]) in divided else narrow
            for narrow, wide in zip(some, wider, strict=True)
        ]
        for text, some, wider in zip(texts, spans, titled, strict=True)
    ]


def _with_titles(text: str, entities: Sequence[Entity]) -> list[Entity]:
    """Every person with the title before it, as far as nothing else stands there."""
    wider: list[Entity] = []
    free = 0
    for entity in entities:
        start = entity.start
        if entity.label == "PERSON":
            start = title_before(text, free, start)
        wider.append(entity if start == entity.start else replace(entity, start=start))
        free = entity.end
    return wider
