"""Reviewed feedback as rows to learn from: see `collect.py`."""

LEAST_REPLAYED, MOST_REPLAYED = 0.2, 0.5
"""Share of the written training rows that come along: without old rows a model forgets what it
could, with all of them it hardly notices what people said."""
