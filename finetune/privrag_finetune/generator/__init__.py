"""Tuning the generator: rows with passages and markers, LoRA or all weights, one adapter out."""
