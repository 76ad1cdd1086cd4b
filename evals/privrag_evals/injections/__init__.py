"""Documents that give orders to the model, and how often it obeys."""
