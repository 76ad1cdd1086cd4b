"""Whether something beats its absence: figures of rankings, their intervals, their differences.

ranking.py     nDCG and the like, by trec_eval
bootstrap.py   the interval of a mean over cases
figures.py     a system's figures, and two systems case by case
correction.py  what a reranker's logit is worth, by validation
fusion.py      weights of fusion, by validation
"""
