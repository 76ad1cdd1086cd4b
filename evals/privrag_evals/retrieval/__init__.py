"""How good retrieval is: the same questions put to several systems, each with an interval.

systems.py    what each system is: one leg alone, both, with a reranker
evaluate.py   start here: a suite is taken in once, every system ranks, figures follow
ablation.py   the same hits, chosen in several ways
trec.py       rankings as a file that trec_eval reads
"""
