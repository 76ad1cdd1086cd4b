"""Raw text in, safe text out: find identities, replace each by its stable pseudonym."""

from privrag.pseudonymize.detect import Detecting, Detector, DetectorPool, DetectSettings
from privrag.pseudonymize.known import find_known
from privrag.pseudonymize.question import question_of
from privrag.pseudonymize.replace import pseudonymize_document

__all__ = [
    "DetectSettings",
    "Detecting",
    "Detector",
    "DetectorPool",
    "find_known",
    "pseudonymize_document",
    "question_of",
]
