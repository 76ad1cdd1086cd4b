"""Figures in words, in the order in which a person wants them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """A figure as a reader meets it."""

    short: str
    means: str


LABELS = {
    "ndcg_at_10": Label("nDCG@10", "how high the right documents stand among the first ten"),
    "mrr_at_10": Label("MRR@10", "1 / rank of the first right document"),
    "recall_at_5": Label("Recall@5", "share of the right documents among the first five"),
    "recall_at_10": Label("Recall@10", "share of the right documents among the first ten"),
    "hits_at_4": Label("Hits@4", "a right document is among the first four"),
    "holds_answer": Label("Holds the answer", "a gold answer stands in it word for word"),
    "f1": Label("F1", "words shared with a gold answer (SQuAD)"),
    "em": Label("Exact match", "equal to a gold answer (SQuAD)"),
    "rouge_l": Label("ROUGE-L", "longest common subsequence with a gold answer"),
    "bleu": Label("BLEU", "n-grams shared with a gold answer, mean over answers"),
    "bleu_corpus": Label("BLEU, corpus", "all answers as one text"),
    "right_page_in_5": Label("Right page in 5", "found by a search among its first five passages"),
    "right_in_5": Label("Right place in 5", "among the first five passages"),
    "evidence_right": Label(
        "Evidence right", "the sentence that speaks most to the question is in a right place"
    ),
    "answer_held": Label("Answer held", "by a passage that a model is shown, word for word"),
    "sources": Label("Sources", "different documents, as a share of the passages shown"),
    "citation_precision": Label("Citation precision", "citations that are a right place"),
    "citation_recall": Label("Citation recall", "a right document is cited"),
    "refused_unanswerable": Label("Refused rightly", "questions without an answer, refused"),
    "wrongly_refused": Label(
        "Refused wrongly", "questions with an answer, refused; less is better"
    ),
    "support": Label("Support", "of the citations, as the product states it"),
    "latency_ms": Label("Latency, ms", "mean without the first question; less is better"),
    "tokens": Label("Tokens", "prompt and completion of a question; less is better"),
}
MAIN = {"retrieval": "ndcg_at_10", "qa": "holds_answer", "ablation": "evidence_right"}
"""The figure that plots and tables by category show."""
KINDS = {"retrieval": "Retrieval", "qa": "Answers", "ablation": "Choosing passages"}


def label_of(name: str) -> Label:
    """The name itself where nobody wrote one."""
    return LABELS.get(name, Label(name, ""))
