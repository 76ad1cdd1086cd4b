"""What an evaluation asks, and of which documents: public layouts, each read by one file.

suite.py        what all of them become
beir.py         a BEIR folder: corpus.jsonl, queries.jsonl, qrels/test.tsv
squad.py        SQuAD's JSON: each paragraph is a document, each article a group
pubmedqa.py     PubMedQA's JSON: each abstract is a document
truth.py        the example corpus and the truth about it
conversations.py  mtRAG's JSON: the last turn is the question
lines.py        our own lines of questions with answers
questions.py    questions with answers in any of these layouts, without documents
answers.py      questions with answers over the documents of another suite
written_out.py  follow-up questions as somebody wrote them out
folder.py       questions with places over the files of a folder
known_items.py  questions made from a folder of text files
"""

from privrag_evals.suites.answers import with_answers
from privrag_evals.suites.folder import read_folder
from privrag_evals.suites.known_items import known_items
from privrag_evals.suites.place import Place
from privrag_evals.suites.questions import read_questions
from privrag_evals.suites.read import read_suite
from privrag_evals.suites.suite import (
    Asked,
    Suite,
    document_of,
    drawn,
    refuse_long_questions,
)
from privrag_evals.suites.written_out import read_written_out

__all__ = [
    "Asked",
    "Place",
    "Suite",
    "document_of",
    "drawn",
    "known_items",
    "read_folder",
    "read_questions",
    "read_suite",
    "read_written_out",
    "refuse_long_questions",
    "with_answers",
]
