"""The seam to Presidio: any `EntityRecognizer` of its, run by its analyzer, gives matches here.

Only the analyzer is used, with a registry of its own and no NLP engine: our model has already run.
`log_decision_process` stays off, for it writes the text itself to the log. Context words count as
whole words. Nothing of Presidio is loaded unless a recognizer is plugged in.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from privrag.errors import MissingExtraError, ModelError
from privrag.presidio_limits import limit_presidio
from privrag.pseudonymize.matches import CHECKSUM, PATTERN, DocumentText, Match

_CONTEXT_WORDS_BEFORE, _CONTEXT_WORDS_AFTER = 8, 3
DEFAULT_LABELS = {
    "PERSON": "PERSON",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "IBAN_CODE": "IBAN",
    "CREDIT_CARD": "CARD",
    "US_SSN": "SSN",
    "IP_ADDRESS": "IP",
}
"""Presidio's types under our labels; every other type becomes ID."""


class PresidioRecognizers:
    """Presidio recognizers as one recognizer of ours. Scores below the threshold are dropped."""

    def __init__(
        self,
        recognizers: Sequence[Any],
        *,
        language: str,
        threshold: float,
        labels: Mapping[str, str] = DEFAULT_LABELS,
    ) -> None:
        limit_presidio()
        try:
            from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
            from presidio_analyzer.context_aware_enhancers import LemmaContextAwareEnhancer
            from presidio_analyzer.nlp_engine import NlpArtifacts, NoOpNlpEngine
        except ImportError as error:
            raise MissingExtraError("presidio-analyzer", "local") from error
        import spacy

        self._language = language
        self._labels = labels
        self._artifacts = NlpArtifacts
        self._tokenizer = spacy.blank(language)
        self._analyzer = AnalyzerEngine(
            registry=RecognizerRegistry(
                recognizers=list(recognizers), supported_languages=[language]
            ),
            nlp_engine=NoOpNlpEngine(models=[{"lang_code": language, "model_name": "none"}]),
            supported_languages=[language],
            default_score_threshold=threshold,
            log_decision_process=False,
            context_aware_enhancer=LemmaContextAwareEnhancer(
                context_matching_mode="whole_word",
                context_prefix_count=_CONTEXT_WORDS_BEFORE,
                context_suffix_count=_CONTEXT_WORDS_AFTER,
            ),
        )

    def __call__(self, document: DocumentText) -> Iterator[Match]:
        """Run on each block: Presidio's work grows with the square of what it finds in one text."""
        for block in document.blocks:
            text = document.text[block.start : block.end]
            if not text.strip():
                continue
            for result in self._analyzer.analyze(
                text, self._language, nlp_artifacts=self._read(text)
            ):
                yield Match(
                    self._labels.get(result.entity_type, "ID"),
                    block.start + result.start,
                    block.start + result.end,
                    float(result.score),
                    f"presidio.{result.recognition_metadata['recognizer_name']}",
                    CHECKSUM if result.score == 1.0 else PATTERN,
                )

    def _read(self, text: str) -> Any:  # noqa: ANN401 - Presidio has no types
        doc = self._tokenizer(text)
        words = [token.lower_ for token in doc]
        artifacts = self._artifacts(
            [], doc, [token.idx for token in doc], words, None, self._language
        )
        artifacts.keywords = [word for word in words if word.isalnum()]
        return artifacts


def predefined(names: Sequence[str], language: str) -> list[Any]:
    """Presidio's own recognizers by class name. Raises MissingExtraError or ModelError."""
    try:
        from presidio_analyzer import predefined_recognizers
    except ImportError as error:
        raise MissingExtraError("presidio-analyzer", "local") from error
    unknown = [name for name in names if not hasattr(predefined_recognizers, name)]
    if unknown:
        raise ModelError(
            f"pseudonymize.presidio: Presidio has no recognizer {unknown[0]!r}; expected class "
            "names such as DateRecognizer"
        )
    return [getattr(predefined_recognizers, name)(supported_language=language) for name in names]
