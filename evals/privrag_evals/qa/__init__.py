"""How good the answers of a home are: its own documents, settings and generator.

ask.py      each question put to the home, once to search and once to answer
score.py    start here: what each figure is, and over which questions
"""
