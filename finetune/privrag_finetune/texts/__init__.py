"""Bases tuned on plain texts and their targets, from a CSV file.

home_texts.py   start here: CSV -> safe rows -> splits -> train -> figures on rows kept from it
columns.py      the file's rows, and which of them cannot be used
safe.py         the home's pseudonyms in the place of names
store.py        data sets in a home: one file a split; erase.py: forgetting somebody in them
recipe.py       a generator's recipe with what plain texts need besides
encode.py       rows as a causal, an encoder-decoder or an encoder base reads them
trainers.py     the trainers of transformers for the latter two
measure.py      what the tuned model writes or says to rows that it has not seen
"""
