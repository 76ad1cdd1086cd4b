"""How fast a generator is tuned and what memory that takes, beside plain trl on the same rows."""
