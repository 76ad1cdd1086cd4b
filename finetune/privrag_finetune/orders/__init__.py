"""The model of how orders to a model are worded: its sentences and its training."""
