"""Tuning with differential privacy: what one document or owner can change is bounded and noised."""
