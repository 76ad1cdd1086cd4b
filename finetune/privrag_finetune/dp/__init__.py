"""Tuning with differential privacy: what one unit can change is bounded and noised."""
