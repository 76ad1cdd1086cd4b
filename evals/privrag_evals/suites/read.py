"""Which layout a path has, and the suite in it."""

from pathlib import Path

from privrag.errors import EvaluationError
from privrag.parse import ParseSettings
from privrag_evals.suites.beir import read_beir
from privrag_evals.suites.conversations import is_conversations, read_conversations
from privrag_evals.suites.pubmedqa import is_pubmedqa, read_pubmedqa
from privrag_evals.suites.squad import is_squad, read_squad
from privrag_evals.suites.suite import Suite
from privrag_evals.suites.truth import is_truth, read_truth
from privrag_evals.suites.whole_json import whole_json

_EXPECTED = (
    "expected a BEIR folder (corpus.jsonl, queries.jsonl, qrels/test.tsv), a SQuAD, PubMedQA or "
    "mtRAG file, or the example corpus's truth"
)


def read_suite(
    path: Path, *, group_field: str | None = None, parse: ParseSettings | None = None
) -> Suite:
    """Read what lies at `path`. Raises EvaluationError.

    `parse` is for layouts whose documents are files. With `group_field` a question is asked only of
    documents that share its value of that metadata field; in SQuAD's layout the only such field is
    `title`.
    """
    if not path.exists():
        raise EvaluationError(f"there is no file or folder {path.name!r}; {_EXPECTED}")
    if path.is_dir():
        if not (path / "corpus.jsonl").is_file():
            raise EvaluationError(f"the folder {path.name!r} lacks corpus.jsonl; {_EXPECTED}")
        return read_beir(path, group_field=group_field)
    if is_squad(path):
        if group_field not in (None, "title"):
            raise EvaluationError(f"a SQuAD file has no field {group_field!r}; group by title")
        return read_squad(path, by_article=group_field == "title")
    if group_field is not None:
        raise EvaluationError(f"{path.name!r} has no fields to group by")
    if is_pubmedqa(path):
        return read_pubmedqa(path)
    whole = whole_json(path)
    if is_truth(whole):
        return read_truth(whole, path, parse or ParseSettings())
    if is_conversations(whole):
        return read_conversations(whole, path.stem, path.name)
    raise EvaluationError(f"{path.name!r} is in no known layout; {_EXPECTED}")
