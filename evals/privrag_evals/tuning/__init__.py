"""What tuning brings on documents that nobody tuned on, part by part.

halves.py       groups of documents for training, validation and test
questions.py    what is trained on: people's questions, or those that a model wrote
examples.py     questions with what retrieval ranks for them, as trainers take them
choose.py       weights and corrections by what validation says
experiment.py   start here: train on one half, compare every system on the other
"""
