"""Reviewed feedback as rows to learn from: see `collect.py`."""
