"""What a sign weighs."""

SURE = 2
"""Enough to take a sentence out."""
SLIGHT = 1
"""Ordinary prose has it too: two of different kinds are enough."""
