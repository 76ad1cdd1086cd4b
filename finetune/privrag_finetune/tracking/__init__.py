"""What was trained on what, and what came out: database, events, curves, cards."""
