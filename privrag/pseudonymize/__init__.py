"""Raw text in, safe text out: find identities, replace each by its stable pseudonym.

profile.py      what counts as an identity, and what becomes of it
cut_words.py    a text as detection reads it (no escapes, emphasis, leaders), and the way back
detect.py       start here: every identity of a document, one recognizer after the other
recognizers/    by pattern, layout, field, key, column: one module a kind
models/         by spaCy, Presidio, a token classifier
names/          what a person's name looks like
matches.py      which of several matches counts, and how far it reaches
propagate.py    what was accepted once is found all over the document
about.py        whether a document is about people: only then do places and dates count
known/          what the vault knows, found in any text
linking/        which mentions are one person
replace.py      pseudonyms in the place of words, and the check that nothing is left
generalise.py   coarser values instead
literals.py     what merely looks like a pseudonym
question.py     questions and chats in the space of the documents
second_look.py  whether anything in clear is left in what came out
align.py        passages in the words of the question
pool.py, worker.py, packed.py, lean.py   detection in child processes
remembered.py   what was detected once, without its text
lexicon.py, words/   words that are names, and words that never are
"""

from privrag.pseudonymize.align import align
from privrag.pseudonymize.detect import Detecting, Detector
from privrag.pseudonymize.known.find import find_known
from privrag.pseudonymize.known.joined import file_name_as_words
from privrag.pseudonymize.literals import with_literals
from privrag.pseudonymize.pool import DetectorPool
from privrag.pseudonymize.profile import DetectSettings, read_profile
from privrag.pseudonymize.question import question_of
from privrag.pseudonymize.replace import pseudonymize_document, written
from privrag.pseudonymize.second_look import left_in_clear

__all__ = [
    "DetectSettings",
    "Detecting",
    "Detector",
    "DetectorPool",
    "align",
    "file_name_as_words",
    "find_known",
    "left_in_clear",
    "pseudonymize_document",
    "question_of",
    "read_profile",
    "with_literals",
    "written",
]
