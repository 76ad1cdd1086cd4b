"""Shelf for tuning on the corpus; empty so far."""
