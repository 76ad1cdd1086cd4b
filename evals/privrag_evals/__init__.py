"""Measurements, always beside a named baseline of the same run."""
