"""Where documents come from, and the sync that cannot lose them."""
