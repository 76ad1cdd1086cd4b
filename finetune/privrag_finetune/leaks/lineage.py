"""Where a model comes from and what the tuning brought, as a privacy report shows it."""

from collections import Counter
from collections.abc import Mapping, Sequence

from privrag.machine import this_machine
from privrag.registry import Gate
from privrag_finetune.leaks.membership import Share
from privrag_finetune.leaks.subject import Figure, Lineage


def lineage_of(
    owners: Sequence[str],
    *,
    data: str,
    splits: Mapping[str, int],
    seed: int,
    hashes: Mapping[str, str],
) -> Lineage:
    """Counts and hashes; `owners` names whose each row that was learnt is."""
    rows_of = Counter(owners)
    machine = this_machine()
    return Lineage(
        data=data,
        splits=splits,
        rows=len(owners),
        owners=len(rows_of),
        most_rows_of_an_owner=max(rows_of.values(), default=0),
        seed=seed,
        hashes=hashes,
        versions=machine.pop("versions", {}),
        machine=machine,
    )


def utility_of(figures: Mapping[str, Gate]) -> tuple[Figure, ...]:
    """Those that a gate decided by."""
    return tuple(
        Figure(name, gate.without, gate.with_it, Share(gate.difference, *gate.ci95), gate.questions)
        for name, gate in figures.items()
    )
