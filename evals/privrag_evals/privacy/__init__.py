"""What pseudonymizing costs, what it misses, and what it leaves: measured, not promised."""
