"""Questions with answers, whatever layout they are in; the documents are somebody else's matter."""

from collections import Counter
from pathlib import Path

from privrag.errors import EvaluationError
from privrag_evals.suites.conversations import conversation_questions, is_conversations
from privrag_evals.suites.lines import read_question_lines
from privrag_evals.suites.pubmedqa import is_pubmedqa, read_pubmedqa
from privrag_evals.suites.squad import answered, is_squad
from privrag_evals.suites.suite import Asked
from privrag_evals.suites.truth import is_truth, truth_questions
from privrag_evals.suites.whole_json import whole_json


def read_questions(path: Path, *, split: str | None = None) -> list[Asked]:
    """The questions of a file, with `split` those of that split alone.

    Lines as in lines.py, SQuAD's, PubMedQA's and mtRAG's JSON, and the example corpus's truth.
    Raises EvaluationError for a malformed or empty file, an id that stands twice, and a split that
    no question is in.
    """
    if path.is_dir():
        raise EvaluationError(f"{path.name!r} is a folder; name a file of questions with answers")
    found = _read(path)
    if not found:
        raise EvaluationError(f"{path.name} holds no questions with answers")
    name, times = Counter(asked.id for asked in found).most_common(1)[0]
    if times > 1:
        raise EvaluationError(f"{path.name}: the id {name!r} stands there {times} times")
    if split is None:
        return found
    kept = [asked for asked in found if asked.split == split]
    if not kept:
        known = sorted({asked.split for asked in found if asked.split is not None})
        has = f"it has {', '.join(known)}" if known else "its questions name no split"
        raise EvaluationError(f"{path.name} has no questions of the split {split!r}; {has}")
    return kept


def _read(path: Path) -> list[Asked]:
    if is_squad(path):
        return list(answered(path))
    if is_pubmedqa(path):
        return read_pubmedqa(path).questions
    whole = whole_json(path)
    if is_truth(whole):
        return truth_questions(whole, path.name)
    if is_conversations(whole):
        return conversation_questions(whole, path.name)
    return list(read_question_lines(path))
