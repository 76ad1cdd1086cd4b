"""`privrag forget`: a person leaves every store, and a signed certificate says so."""

from privrag.erasure.before import forgotten_before
from privrag.erasure.beside import Beside
from privrag.erasure.certificate import Certificate, find, verify
from privrag.erasure.forget import Forgotten, Parts, Pending, Preview, Scope, forget, look

__all__ = [
    "Beside",
    "Certificate",
    "Forgotten",
    "Parts",
    "Pending",
    "Preview",
    "Scope",
    "find",
    "forget",
    "forgotten_before",
    "look",
    "verify",
]
