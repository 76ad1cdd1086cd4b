"""Raw text in, safe text out: find identities, replace each by its stable pseudonym."""

from privrag.pseudonymize.align import align
from privrag.pseudonymize.detect import Detecting, Detector
from privrag.pseudonymize.joined import file_name_as_words
from privrag.pseudonymize.known import find_known
from privrag.pseudonymize.literals import with_literals
from privrag.pseudonymize.pool import DetectorPool
from privrag.pseudonymize.profile import DetectSettings, read_profile
from privrag.pseudonymize.question import question_of
from privrag.pseudonymize.replace import pseudonymize_document, written

__all__ = [
    "DetectSettings",
    "Detecting",
    "Detector",
    "DetectorPool",
    "align",
    "file_name_as_words",
    "find_known",
    "pseudonymize_document",
    "question_of",
    "read_profile",
    "with_literals",
    "written",
]
