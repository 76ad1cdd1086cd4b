"""Tuning of the reranker and the generator on the same corpus."""
