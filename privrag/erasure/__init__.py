"""`privrag forget`: a person leaves every store, and a signed certificate says so."""

from privrag.erasure.certificate import Certificate, verify
from privrag.erasure.forget import Forgotten, Parts, forget, look

__all__ = ["Certificate", "Forgotten", "Parts", "forget", "look", "verify"]
