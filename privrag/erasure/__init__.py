"""`privrag forget`: a person leaves every store, and a signed certificate says so."""

from privrag.erasure.before import forgotten_before
from privrag.erasure.certificate import Certificate, find, verify
from privrag.erasure.forget import Forgotten, Parts, Preview, forget, look

__all__ = [
    "Certificate",
    "Forgotten",
    "Parts",
    "Preview",
    "find",
    "forget",
    "forgotten_before",
    "look",
    "verify",
]
