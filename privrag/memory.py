"""Freed memory goes back to the system: glibc keeps it where small pieces of it are in use."""

import ctypes


def trim_memory() -> None:
    """Return what is free; takes milliseconds. Does nothing where the C library cannot."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it
    if trim is not None:
        trim(0)
