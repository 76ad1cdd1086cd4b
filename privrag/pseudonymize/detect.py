"""Find every identity in a document: patterns, layout, a name model, then all over the document.

    blocks -> one text -> recognizers + model -> overlaps -> propagation -> overlaps -> entities

The whole document is read at once, because a name that one place gives away stands in others too.
"""

import threading
from collections.abc import Sequence
from typing import Protocol

from privrag.pseudonym import DIRECT
from privrag.pseudonymize.about import beside, speaks_of_people
from privrag.pseudonymize.cut_words import join_cut_words
from privrag.pseudonymize.matches import DocumentText, Match, Recognizer, per_block, resolve
from privrag.pseudonymize.models.ner import NameModel, Reading, find_people
from privrag.pseudonymize.models.others import find_others
from privrag.pseudonymize.models.presidio import PresidioRecognizers, predefined
from privrag.pseudonymize.models.token_classifier import TokenClassifier
from privrag.pseudonymize.names.marked import find_marked_names
from privrag.pseudonymize.names.parts import complete_names
from privrag.pseudonymize.profile import DetectSettings
from privrag.pseudonymize.propagate import propagate
from privrag.pseudonymize.recognizers import pattern_recognizers, quasi_recognizers
from privrag.pseudonymize.recognizers.address import complete_addresses
from privrag.pseudonymize.recognizers.french import without_lead_in
from privrag.pseudonymize.recognizers.table import complete_columns, complete_headers
from privrag.pseudonymize.recognizers.web import with_whole_addresses
from privrag.records import BlockKind, Entity

_PROSE = frozenset({"paragraph", "list", "heading"})
_OF_THE_MODEL = frozenset({"PERSON", "LOCATION", "ORG", "GROUP"})


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
        built_in = pattern_recognizers(self._settings)
        self._recognizers = (*built_in.values(), *recognizers)
        self._model: NameModel | None = None
        self._classifier: Recognizer | None = None
        self._loaded = False
        self._turn = threading.Lock()

    def detect(
        self, blocks: Sequence[tuple[BlockKind, str]], *, remember: bool = False
    ) -> list[list[Entity]]:
        """Entities of each block of one document; the same for the same document, always.

        With `remember`, a sentence that another document had is not read by the model again.
        Raises PseudonymError if the text could not be searched to the end, ModelError or
        MissingExtraError if there is nothing to search it with.
        """
        with self._turn:
            self._load()
            return self._detect(blocks, remember=remember)

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
        if self._settings.labels & _OF_THE_MODEL:
            self._model = NameModel(self._settings.model)
        if self._settings.token_classifier is not None:
            self._classifier = TokenClassifier(
                self._settings.token_classifier,
                labels=self._settings.token_classifier_labels,
                device=self._settings.token_classifier_device,
            )
        self._loaded = True

    def _detect(
        self, blocks: Sequence[tuple[BlockKind, str]], *, remember: bool
    ) -> list[list[Entity]]:
        joined = [
            join_cut_words(text, cuts_words=kind in _PROSE, signs=kind == "code")
            for kind, text in blocks
        ]
        document = DocumentText.join(
            [(kind, whole.text) for (kind, _), whole in zip(blocks, joined, strict=True)]
        )
        accepted, found = self._recognize(document, remember=remember)
        spread = list(propagate(document, accepted))
        accepted = resolve(document, [*accepted, *spread])
        if completed := list(complete_names(document, accepted)):
            spread += [*completed, *propagate(document, completed)]
            accepted = resolve(document, [*accepted, *spread])
        found_in = per_block(document, self._to_hide(document, accepted, [*found, *spread]))
        return [
            with_whole_addresses(text, whole.spread(entities))
            for (_, text), whole, entities in zip(blocks, joined, found_in, strict=True)
        ]

    def _recognize(
        self, document: DocumentText, *, remember: bool
    ) -> tuple[list[Match], list[Match]]:
        """What is accepted of what is recognized in its place, and all that was recognized."""
        found = [match for recognize in self._recognizers for match in recognize(document)]
        reading = None if self._model is None else self._model.read(document, remember=remember)
        if reading is not None:
            found += find_people(document, reading)
        classified = [] if self._classifier is None else list(self._classifier(document))
        found += [match for match in classified if match.label in DIRECT]
        found = list(without_lead_in(document, found))
        found = self._sure_enough(found)
        accepted = resolve(document, found)
        accepted = resolve(document, [*accepted, *find_marked_names(document, accepted)])
        accepted = resolve(document, [*accepted, *complete_names(document, accepted)])
        accepted = resolve(document, [*accepted, *complete_columns(document, accepted)])
        accepted = resolve(document, [*accepted, *complete_headers(document, accepted)])
        if self._seeks_quasi(document, accepted):
            quasi = self._find_quasi(document, reading, remember=remember)
            quasi += [match for match in classified if match.label not in DIRECT]
            quasi = list(beside(accepted, self._sure_enough(quasi)))
            accepted = resolve(document, [*accepted, *quasi])
            found += quasi
        return resolve(document, [*accepted, *complete_addresses(document, accepted)]), found

    def _to_hide(
        self, document: DocumentText, accepted: list[Match], found: Sequence[Match]
    ) -> list[Match]:
        """Those that do not stay in clear, and what they had lost to one that does."""
        labels = self._settings.labels
        hidden = [match for match in accepted if match.label in labels]
        if len(hidden) == len(accepted):
            return accepted
        return resolve(document, [*hidden, *(m for m in found if m.label in labels)])

    def _seeks_quasi(self, document: DocumentText, accepted: Sequence[Match]) -> bool:
        if self._settings.labels <= DIRECT:
            return False
        return self._settings.quasi == "always" or speaks_of_people(document, accepted)

    def _find_quasi(
        self, document: DocumentText, reading: Reading | None, *, remember: bool
    ) -> list[Match]:
        """What identifies together with something else, from patterns and from the model."""
        quasi = [match for recognize in quasi_recognizers() for match in recognize(document)]
        if self._model is not None and reading is not None:
            reading = self._model.read(
                document, every_capital=True, before=reading, remember=remember
            )
            quasi += find_others(document, reading)
        return quasi

    def _sure_enough(self, matches: Sequence[Match]) -> list[Match]:
        return [m for m in matches if m.score >= self._settings.least_score(m.label)]
