"""The privacy report of a model that no attack of ours fits: it ranks passages.

Its rows are read for raw identities, and it says where it comes from. Every attack stands in it as
not measured, so the verdict is INCOMPLETE at best; it keeps such a model from nothing.
"""

from collections.abc import Sequence

from privrag.rag import AsyncRag
from privrag.registry import ModelVersion, model_folder_of
from privrag.tuning import Example
from privrag_finetune.home_data import gates_of
from privrag_finetune.leaks.lineage import lineage_of, utility_of
from privrag_finetune.leaks.pii_scan import scan_rows
from privrag_finetune.leaks.report import privacy_report
from privrag_finetune.leaks.subject import Subject
from privrag_finetune.leaks.write import write_report
from privrag_finetune.questions.rows import SetManifest


def report_on_ranking(
    rag: AsyncRag, version: ModelVersion, data: SetManifest, learnt: Sequence[Example]
) -> None:
    """Write the report of an embedder or a reranker beside its weights."""
    texts = {one.id: one.question for one in learnt}
    texts |= {passage.id: passage.text for one in learnt for passage in one.candidates}
    hashes = {"data": data.sha256, "weights": version.sha256}
    subject = Subject(
        name=version.name,
        kind=version.kind,
        lineage=lineage_of(
            [one.group for one in learnt],
            data=data.name,
            splits=data.splits,
            seed=version.seed,
            hashes={name: value for name, value in hashes.items() if value},
        ),
        pii=scan_rows(texts, rag.detector, rag.stores.vault),
        utility=utility_of(gates_of(version)),
    )
    write_report(privacy_report(subject), model_folder_of(rag.home, version.kind, version.name))
