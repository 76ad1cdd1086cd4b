"""What trained models find: spaCy, Presidio, a token classifier of yours."""
